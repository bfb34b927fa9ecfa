"""The verbs: everything somebody may be allowed to do."""

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Verb(StrEnum):
    """One act that is granted or refused."""

    VIEW = "view"
    LISTEN = "listen"
    EMERGENCY_LISTEN = "emergency_listen"
    JUDGE_EMERGENCY = "judge_emergency"
    DOWNLOAD = "download"
    EXPORT = "export"
    PRODUCE = "produce"
    REVEAL_NUMBER = "reveal_number"
    SEARCH_PERSON = "search_person"
    WHO_LISTENED = "who_listened"
    WHO_HEARD = "who_heard"
    NAME_LISTENERS = "name_listeners"
    ERASE_GROUND = "erase_ground"
    QUARANTINE = "quarantine"
    RESTRICT = "restrict"
    HEAR_RESTRICTED = "hear_restricted"
    EDIT_LABEL = "edit_label"
    TELL_EVENT = "tell_event"
    REPORT_CONSENT = "report_consent"
    READ_PLAN = "read_plan"
    PAUSE = "pause"
    EDIT_RULE = "edit_rule"
    EDIT_LIST = "edit_list"
    KEEP_CONSENT = "keep_consent"
    EDIT_POLICY = "edit_policy"
    EDIT_NUMBER_LIST = "edit_number_list"
    EDIT_LIFECYCLE = "edit_lifecycle"
    PLACE_HOLD = "place_hold"
    VIEW_HOLD = "view_hold"
    RELEASE_HOLD = "release_hold"
    STOP_DELETION = "stop_deletion"
    PURGE = "purge"
    CERTIFY = "certify"
    TAKE_INVENTORY = "take_inventory"
    HANDLE_REQUEST = "handle_request"
    FILE_REQUEST = "file_request"
    ERASE_SUBJECT = "erase_subject"
    EDIT_TEAM = "edit_team"
    EDIT_TRUNK = "edit_trunk"
    SEE_ALERTS = "see_alerts"
    OPERATE = "operate"
    SEE_ROLES = "see_roles"
    GRANT_ROLE = "grant_role"
    MANAGE_KEYS = "manage_keys"
    APPROVE = "approve"
    READ_AUDIT = "read_audit"
    FORWARD_AUDIT = "forward_audit"
    VERIFY_AUDIT = "verify_audit"
    USE_ADMIN = "use_admin"


WORDS: dict[Verb, Promise] = {
    Verb.VIEW: _("see calls and their facts"),
    Verb.LISTEN: _("hear recordings"),
    Verb.EMERGENCY_LISTEN: _("hear a call of another team in an emergency"),
    Verb.JUDGE_EMERGENCY: _("judge what others heard in an emergency"),
    Verb.DOWNLOAD: _("take copies of recordings"),
    Verb.EXPORT: _("take lists of calls as files"),
    Verb.PRODUCE: _(
        "produce recordings for a court, an authority or a client, with a second person"
    ),
    Verb.REVEAL_NUMBER: _("see whole numbers and names"),
    Verb.SEARCH_PERSON: _("search for a person by number or name"),
    Verb.WHO_LISTENED: _("see how often recordings were heard, and by how many"),
    Verb.WHO_HEARD: _("see which seconds of a recording were heard, for a reason"),
    Verb.NAME_LISTENERS: _("see which colleague heard what"),
    Verb.ERASE_GROUND: _(
        "read why colleagues looked up who heard what, and erase the words"
    ),
    Verb.QUARANTINE: _("put recordings in quarantine and release them"),
    Verb.RESTRICT: _(
        "see calls whose processing is restricted, restrict others, and lift that"
    ),
    Verb.HEAR_RESTRICTED: _(
        "hear restricted recordings, on a ground of the law, in writing"
    ),
    Verb.EDIT_LABEL: _("label calls"),
    Verb.TELL_EVENT: _("tell the events that start clocks of policies"),
    Verb.REPORT_CONSENT: _("report consent"),
    Verb.READ_PLAN: _("read what must be announced"),
    Verb.PAUSE: _("pause the recording of a running call"),
    Verb.EDIT_RULE: _("change consent rules"),
    Verb.EDIT_LIST: _("keep the do-not-record list and the notices to staff"),
    Verb.KEEP_CONSENT: _("record and withdraw standing consents"),
    Verb.EDIT_POLICY: _("change how long recordings are kept"),
    Verb.EDIT_NUMBER_LIST: _("keep the lists of numbers that policies go by"),
    Verb.EDIT_LIFECYCLE: _("change what the stores do by themselves"),
    Verb.PLACE_HOLD: _("place legal holds"),
    Verb.VIEW_HOLD: _("see legal holds and what they are for"),
    Verb.RELEASE_HOLD: _("release legal holds, with a second person"),
    Verb.STOP_DELETION: _("pause the sweep, and bring back what is hidden"),
    Verb.PURGE: _("have recordings deleted by a list, with a second person"),
    Verb.CERTIFY: _("issue and take certificates of destruction"),
    Verb.TAKE_INVENTORY: _("compare the recordings with what lies in the store"),
    Verb.HANDLE_REQUEST: _("handle requests of the people recorded"),
    Verb.ERASE_SUBJECT: _(
        "have what is kept about a person deleted on request, with a second person"
    ),
    Verb.FILE_REQUEST: _("hand in requests of the people recorded"),
    Verb.EDIT_TEAM: _("change teams"),
    Verb.EDIT_TRUNK: _("change trunks"),
    Verb.SEE_ALERTS: _("see alerts"),
    Verb.OPERATE: _("see to alerts and unassigned calls"),
    Verb.SEE_ROLES: _("see who holds which role, and the reviews of access"),
    Verb.GRANT_ROLE: _("manage people and give roles"),
    Verb.MANAGE_KEYS: _("manage service keys"),
    Verb.APPROVE: _("approve what another person asks for"),
    Verb.READ_AUDIT: _("read the audit log"),
    Verb.FORWARD_AUDIT: _("say which systems are sent the audit log"),
    Verb.VERIFY_AUDIT: _("check the audit log and take packs of it"),
    Verb.USE_ADMIN: _("use the admin site"),
}
"""Each verb as it ends the sentence 'You may …'."""

ORGANISATION_WIDE = frozenset(
    {
        Verb.EDIT_RULE,
        Verb.ERASE_GROUND,
        Verb.EDIT_LIFECYCLE,
        Verb.STOP_DELETION,
        Verb.HANDLE_REQUEST,
        Verb.ERASE_SUBJECT,
        Verb.SEE_ROLES,
        Verb.GRANT_ROLE,
        Verb.MANAGE_KEYS,
        Verb.FORWARD_AUDIT,
        Verb.VERIFY_AUDIT,
    }
)
"""Verbs that touch everybody unless an object narrows them: a grant for one team
does not answer the question 'anywhere?' with yes."""

OF_OWN_CALLS = frozenset(
    {
        Verb.VIEW,
        Verb.LISTEN,
        Verb.EXPORT,
        Verb.EDIT_LABEL,
        Verb.PAUSE,
        Verb.WHO_LISTENED,
    }
)
"""What a role for own calls gives of its verbs: those that are about one call."""

STEP_UP = frozenset(
    {
        Verb.DOWNLOAD,
        Verb.EXPORT,
        Verb.PRODUCE,
        Verb.QUARANTINE,
        Verb.HEAR_RESTRICTED,
        Verb.EDIT_POLICY,
        Verb.EDIT_NUMBER_LIST,
        Verb.RELEASE_HOLD,
        Verb.EDIT_LIFECYCLE,
        Verb.PURGE,
        Verb.ERASE_SUBJECT,
        Verb.GRANT_ROLE,
        Verb.FORWARD_AUDIT,
        Verb.VERIFY_AUDIT,
        Verb.APPROVE,
    }
)
"""Verbs that take a second factor shown lately, on pages (`access.step_up`): copies,
lists, productions and packs of the audit log that leave, where that log goes, what is let out of
quarantine or destroyed, what is heard although it is restricted, policies and lists that let things go earlier, releases of holds, rules of the stores, roles, and the
yes of a second person to one of these."""

READS_EVIDENCE = frozenset({Verb.READ_AUDIT, Verb.VERIFY_AUDIT})
GIVES_ACCESS = frozenset({Verb.GRANT_ROLE, Verb.MANAGE_KEYS})
"""Nobody holds a verb of both: who can open doors does not judge what came of it."""
