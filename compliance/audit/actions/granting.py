"""Who may do what: roles, groups, directory, reviews, second persons, keys."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import FactType, Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING
_FROZEN: Mapping[str, FactType] = {"kind": str, "sha256": str}
_DECIDED: Mapping[str, FactType] = {**_FROZEN, "in_place_of": str | None}

SPECS: Mapping[Action, Spec] = {
    Action.ROLE_GRANTED: Spec(
        _("gave %(about)s the role %(role)s for %(scope)s"),
        _NOTICE,
        facts={
            "grant": str,
            "role": str,
            "scope": str,
            "scope_id": str | None,
            "until": str | None,
        },
    ),
    Action.ROLE_ENDED: Spec(
        _("took the role %(role)s from %(about)s"),
        _NOTICE,
        facts={"grant": str, "role": str},
    ),
    Action.IDENTITY_TIED: Spec(
        _("tied %(about)s to an account of the identity provider"), _WARNING
    ),
    Action.STAFF_IDENTITY_GIVEN: Spec(
        _("said under which identity %(about)s takes part in calls"),
        _WARNING,
        facts={"identity": str},
    ),
    Action.STAFF_IDENTITY_ENDED: Spec(
        _("said that an identity in calls is no longer that of %(about)s"),
        _NOTICE,
        facts={"identity": str},
    ),
    Action.GROUP_JOINED: Spec(
        _("put %(about)s into a group"), _NOTICE, facts={"group": str}
    ),
    Action.GROUP_LEFT: Spec(
        _("took %(about)s out of a group"), _NOTICE, facts={"group": str}
    ),
    Action.DIRECTORY_PERSON_ADDED: Spec(
        _("took %(about)s in from the directory"), _NOTICE, facts={"known": bool}
    ),
    Action.DIRECTORY_PERSON_CHANGED: Spec(
        _("told of %(about)s by the directory: %(fields)s"),
        _NOTICE,
        facts={"fields": str},
    ),
    Action.DIRECTORY_PERSON_REMOVED: Spec(
        _("removed %(about)s, who is no longer in the directory"), _NOTICE
    ),
    Action.DIRECTORY_GROUP_ADDED: Spec(
        _("took %(about)s in from the directory"), _NOTICE
    ),
    Action.DIRECTORY_GROUP_REMOVED: Spec(
        _("removed %(about)s, which is no longer in the directory"), _NOTICE
    ),
    Action.DIRECTORY_REFUSED: Spec(
        _("somebody without a token came as the directory (%(reason)s)"),
        _WARNING,
        "refused",
        {"reason": str},
    ),
    Action.REVIEW_BEGUN: Spec(
        _("began an access review of %(roles)s roles"), _NOTICE, facts={"roles": int}
    ),
    Action.REVIEW_DECIDED: Spec(
        _("reviewed a role of %(about)s (%(decision)s)"),
        _NOTICE,
        facts={"grant": str, "decision": str},
    ),
    Action.REVIEW_DONE: Spec(
        _("finished an access review: %(kept)s roles kept, %(taken)s taken away"),
        _NOTICE,
        facts={"kept": int, "taken": int},
    ),
    Action.REVIEW_TAKEN: Spec(
        _("took an access review of %(roles)s roles as a file"),
        _NOTICE,
        facts={"roles": int},
    ),
    Action.APPROVAL_ASKED: Spec(
        _("asked for a second person: %(about)s (%(kind)s)"), _NOTICE, facts=_FROZEN
    ),
    Action.APPROVAL_APPROVED: Spec(
        _("approved %(about)s (%(kind)s)"), _NOTICE, facts=_DECIDED
    ),
    Action.APPROVAL_REJECTED: Spec(
        _("rejected %(about)s (%(kind)s)"), _NOTICE, facts=_DECIDED
    ),
    Action.APPROVAL_WITHDRAWN: Spec(_("withdrew %(about)s (%(kind)s)"), facts=_FROZEN),
    Action.APPROVAL_EXPIRED: Spec(
        _("nobody decided in time: %(about)s (%(kind)s)"), _NOTICE, facts=_FROZEN
    ),
    Action.APPROVAL_CARRIED_OUT: Spec(
        _("carried out %(about)s (%(kind)s)"), _NOTICE, facts=_FROZEN
    ),
    Action.APPROVAL_TAMPERED: Spec(
        _("%(about)s (%(kind)s) is not what was approved, and was not carried out"),
        _WARNING,
        "refused",
        {"kind": str},
    ),
    Action.DEPUTY_NAMED: Spec(
        _("made %(about)s a deputy for approvals, until %(until)s"),
        _NOTICE,
        facts={"deputy": str, "until": str},
    ),
    Action.DEPUTY_ENDED: Spec(
        _("ended the time of %(about)s as a deputy"), _NOTICE, facts={"deputy": str}
    ),
    Action.SERVICE_KEY_MADE: Spec(
        _("made a service key for %(about)s"),
        _NOTICE,
        facts={"key": str, "until": str | None}
        | dict.fromkeys(("verbs", "teams", "networks"), int | None),
    ),
    Action.SERVICE_KEY_ROTATED: Spec(
        _("replaced a service key of %(about)s"),
        _NOTICE,
        facts={"key": str, "replaces": str, "ends": str},
    ),
    Action.SERVICE_KEY_REVOKED: Spec(
        _("revoked a service key of %(about)s"), _NOTICE, facts={"key": str}
    ),
    Action.SERVICE_KEY_REFUSED: Spec(
        _("a service key of %(about)s was refused (%(reason)s)"),
        _WARNING,
        "refused",
        {"key": str, "reason": str},
    ),
    Action.PASSWORD_SET: Spec(_("set a new password for %(about)s"), _NOTICE),
}
