"""Every action the log knows, and exactly the facts each must carry.

To add one: a member of `Action`, and a row in `ACTIONS` with its severity, the
outcome it stands for, its facts with their types, and a sentence for people.
`log.append` refuses an unknown action and a missing, extra or ill-typed fact.
"""

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from compliance.audit.facts import FactType, Severity, Spec


class Action(StrEnum):
    """What can happen, as `noun.what`."""

    RECORD_CREATED = "record.created"
    RECORD_CHANGED = "record.changed"
    RECORD_DELETED = "record.deleted"
    LOGIN = "session.login"
    LOGIN_FAILED = "session.login_failed"
    LOGOUT = "session.logout"
    SESSIONS_ENDED = "session.ended"
    SESSION_ENDED_BY_PROVIDER = "session.ended_by_provider"
    STEPPED_UP = "session.stepped_up"
    STEP_UP_FAILED = "session.step_up_failed"
    FACTOR_ADDED = "factor.added"
    FACTOR_REMOVED = "factor.removed"
    RECOVERY_CODES_MADE = "factor.recovery_codes_made"
    BREAK_GLASS_MARKED = "person.break_glass_marked"
    BREAK_GLASS_USED = "session.break_glass_used"
    ACCESS_REFUSED = "access.refused"
    ROLE_GRANTED = "role.granted"
    ROLE_ENDED = "role.ended"
    IDENTITY_TIED = "person.identity_tied"
    STAFF_IDENTITY_GIVEN = "person.staff_identity_given"
    STAFF_IDENTITY_ENDED = "person.staff_identity_ended"
    GROUP_JOINED = "group.joined"
    GROUP_LEFT = "group.left"
    DIRECTORY_PERSON_ADDED = "directory.person_added"
    DIRECTORY_PERSON_CHANGED = "directory.person_changed"
    DIRECTORY_PERSON_REMOVED = "directory.person_removed"
    DIRECTORY_GROUP_ADDED = "directory.group_added"
    DIRECTORY_GROUP_REMOVED = "directory.group_removed"
    DIRECTORY_REFUSED = "directory.refused"
    REVIEW_BEGUN = "access_review.begun"
    REVIEW_DECIDED = "access_review.decided"
    REVIEW_DONE = "access_review.done"
    REVIEW_TAKEN = "access_review.taken"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_APPROVED = "approval.approved"
    APPROVAL_REJECTED = "approval.rejected"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_CARRIED_OUT = "approval.carried_out"
    APPROVAL_TAMPERED = "approval.tampered"
    DEPUTY_NAMED = "deputy.named"
    DEPUTY_ENDED = "deputy.ended"
    SERVICE_KEY_MADE = "service_key.made"
    SERVICE_KEY_ROTATED = "service_key.rotated"
    SERVICE_KEY_REVOKED = "service_key.revoked"
    SERVICE_KEY_REFUSED = "service_key.refused"
    PASSWORD_SET = "person.password_set"  # noqa: S105
    AUDIT_READ = "audit.read"
    AUDIT_ENTRY_READ = "audit.entry_read"
    NUMBER_REVEALED = "number.revealed"
    PERSON_SEARCHED = "search.by_person"
    LISTENERS_VIEWED = "listeners.viewed"
    LISTEN_GRANTED = "recording.listen_granted"
    LISTEN_RENEWED = "recording.listen_renewed"
    EMERGENCY_OPENED = "emergency.opened"
    EMERGENCY_JUDGED = "emergency.judged"
    LISTEN_REFUSED = "recording.listen_refused"
    DOWNLOADED = "recording.downloaded"
    RENDITION_ASKED = "rendition.asked"
    RENDITION_MADE = "rendition.made"
    RENDITION_FAILED = "rendition.failed"
    RENDITION_DELETED = "rendition.deleted"
    EXPORT_ASKED = "export.asked"
    EXPORT_MADE = "export.made"
    EXPORT_FAILED = "export.failed"
    EXPORT_TAKEN = "export.taken"
    EXPORT_DELETED = "export.deleted"
    CONSENT_RECORDED = "consent.recorded"
    CONSENT_VERDICT = "consent.verdict"
    CONSENT_EXEMPTED = "consent.exempted"
    STANDING_CONSENT_RECORDED = "standing_consent.recorded"
    STANDING_CONSENT_WITHDRAWN = "standing_consent.withdrawn"
    STAFF_NOTICE_GIVEN = "staff_notice.given"
    STAFF_NOTICE_ENDED = "staff_notice.ended"
    LIST_ADDED = "do_not_record.added"
    LIST_ENDED = "do_not_record.ended"

    CAPTURE_BEGUN = "capture.begun"
    CAPTURE_STARTED = "capture.started"
    CAPTURE_FAILED = "capture.failed"
    CAPTURE_UNCLEAR = "capture.unclear"
    CAPTURE_STOP_BEGUN = "capture.stop_begun"
    CAPTURE_STOPPED = "capture.stopped"
    CAPTURE_STOP_FAILED = "capture.stop_failed"
    CAPTURE_PAUSED = "capture.paused"
    CAPTURE_PAUSE_CONFIRMED = "capture.pause_confirmed"
    CAPTURE_RESUMED = "capture.resumed"
    CAPTURE_FOUND = "capture.found"

    RECORDING_AVAILABLE = "recording.available"
    RECORDING_LIMIT_REACHED = "recording.limit_reached"
    RECORDING_FAILED = "recording.failed"
    RECORDING_ABORTED = "recording.aborted"
    RECORDING_LOST = "recording.lost"
    RECORDING_IN_BACKUP = "recording.in_backup"
    RECORDING_QUARANTINED = "recording.quarantined"
    RECORDING_REPORTED = "recording.reported"
    RECORDING_RELEASED = "recording.released"
    RECORDING_EXPIRED = "recording.expired"

    DESTRUCTION_BEGUN = "destruction.begun"
    DESTRUCTION_DONE = "destruction.done"
    DESTRUCTION_FAILED = "destruction.failed"

    RULE_DRAFTED = "rule.drafted"
    RULE_DRAFT_DROPPED = "rule.draft_dropped"
    IMPACT_BEGUN = "impact.begun"
    IMPACT_DONE = "impact.done"
    IMPACT_FAILED = "impact.failed"
    RULE_PUBLISHED = "rule.published"
    RULE_VERSIONED = "rule.versioned"
    RULE_REVIEWED = "rule.reviewed"
    DUTY_VERSIONED = "duty.versioned"
    DUTY_REVIEWED = "duty.reviewed"
    POLICY_VERSIONED = "policy.versioned"
    CALL_ASSIGNED = "call.assigned"
    CALL_DECLARED = "call.declared"
    CALL_LABELLED = "call.labelled"
    CALL_RECONCILED = "call.reconciled"
    PARTY_DESCRIBED = "party.described"
    ALERT_OPENED = "alert.opened"
    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_ASSIGNED = "alert.assigned"
    ALERT_CLOSED = "alert.closed"
    MAINTENANCE_BEGUN = "maintenance.begun"
    MAINTENANCE_ENDED = "maintenance.ended"
    EVENT_SECRET_MADE = "subscription.secret_made"  # noqa: S105
    EVENT_TESTED = "subscription.tested"
    EVENT_SENT_AGAIN = "event.sent_again"
    INBOX_REPLAYED = "inbox.replayed"


_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING
_LISTEN: Mapping[str, FactType] = {
    "listen": str,
    "purpose": str,
    "seconds": int,
    "form": str,
}
_PART: Mapping[str, FactType] = {"part": int}
_ENDED: Mapping[str, FactType] = {"part": int, "reason": str}
_FILE: Mapping[str, FactType] = {
    "part": int,
    "bytes": int,
    "sha256": str,
    "duration_ms": int,
}
_FROZEN: Mapping[str, FactType] = {"kind": str, "sha256": str}
_DECIDED: Mapping[str, FactType] = {**_FROZEN, "in_place_of": str | None}

ACTIONS: Mapping[Action, Spec] = {
    Action.RECORD_CREATED: Spec(_("created %(about)s")),
    Action.RECORD_CHANGED: Spec(_("changed %(about)s")),
    Action.RECORD_DELETED: Spec(_("deleted %(about)s"), _NOTICE),
    Action.LOGIN: Spec(_("signed in"), facts={"method": str}),
    Action.LOGIN_FAILED: Spec(
        _("could not sign in (%(reason)s)"),
        _NOTICE,
        "refused",
        {"method": str, "reason": str},
    ),
    Action.LOGOUT: Spec(_("signed out")),
    Action.SESSION_ENDED_BY_PROVIDER: Spec(
        _("the identity provider ended the session of %(about)s (%(reason)s)"),
        facts={"reason": str},
    ),
    Action.SESSIONS_ENDED: Spec(
        _("ended %(sessions)s sessions of %(about)s"), facts={"sessions": int}
    ),
    Action.STEPPED_UP: Spec(
        _("proved once more who he is (%(method)s)"), facts={"method": str}
    ),
    Action.STEP_UP_FAILED: Spec(
        _("could not prove who he is (%(method)s, %(reason)s)"),
        _WARNING,
        "refused",
        {"method": str, "reason": str},
    ),
    Action.FACTOR_ADDED: Spec(
        _("added a second factor (%(kind)s)"), _NOTICE, facts={"kind": str}
    ),
    Action.FACTOR_REMOVED: Spec(
        _("removed a second factor (%(kind)s)"), _WARNING, facts={"kind": str}
    ),
    Action.RECOVERY_CODES_MADE: Spec(_("made new recovery codes"), _NOTICE),
    Action.BREAK_GLASS_MARKED: Spec(
        _("changed whether %(about)s is a break-glass account (%(is_one)s)"),
        _WARNING,
        facts={"is_one": bool},
    ),
    Action.BREAK_GLASS_USED: Spec(
        _("signed in with the break-glass account %(about)s"), _WARNING
    ),
    Action.ACCESS_REFUSED: Spec(
        _("was not allowed to %(verb)s%(at)s (%(reason)s)"),
        _WARNING,
        "refused",
        {"verb": str, "reason": str},
    ),
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
    Action.AUDIT_READ: Spec(
        _("read the audit log (%(entries)s entries)"),
        facts={"filters": str, "entries": int},
    ),
    Action.AUDIT_ENTRY_READ: Spec(_("opened an audit entry")),
    Action.NUMBER_REVEALED: Spec(_("saw a whole number on %(about)s"), _NOTICE),
    Action.PERSON_SEARCHED: Spec(
        _("searched for a person by %(by)s"), _NOTICE, facts={"by": str}
    ),
    Action.LISTENERS_VIEWED: Spec(_("looked up who listened to %(about)s"), _NOTICE),
    Action.LISTEN_GRANTED: Spec(
        _("was served %(about)s to hear, for %(purpose)s"),
        facts={**_LISTEN, "reason_given": bool},
    ),
    Action.LISTEN_RENEWED: Spec(
        _("was served a fresh link to %(about)s, for %(purpose)s"), facts=_LISTEN
    ),
    Action.EMERGENCY_OPENED: Spec(
        _("heard %(about)s in an emergency, outside his own scope, for %(purpose)s"),
        _WARNING,
        facts={"emergency": str, "purpose": str},
    ),
    Action.EMERGENCY_JUDGED: Spec(
        _("judged %(about)s (%(judgement)s)"), _NOTICE, facts={"judgement": str}
    ),
    Action.LISTEN_REFUSED: Spec(
        _("was not served %(about)s to hear, for %(purpose)s (%(reason)s)"),
        _WARNING,
        "refused",
        {"purpose": str, "reason": str},
    ),
    Action.DOWNLOADED: Spec(
        _("took a copy of %(about)s, for %(purpose)s"),
        _NOTICE,
        facts={"disclosure": str, "purpose": str, "seconds": int, "form": str},
    ),
    Action.RENDITION_ASKED: Spec(
        _("had %(about)s prepared as another kind of file (%(form)s)"),
        outcome="begun",
        facts={"form": str},
    ),
    Action.RENDITION_MADE: Spec(
        _("made a file of another kind of %(about)s (%(form)s, %(bytes)s bytes)"),
        facts={"form": str, "bytes": int, "sha256": str},
    ),
    Action.RENDITION_FAILED: Spec(
        _("could not make a %(form)s of %(about)s (%(reason)s)"),
        _NOTICE,
        "failed",
        {"form": str, "reason": str},
    ),
    Action.RENDITION_DELETED: Spec(
        _("deleted the %(form)s made of %(about)s for ever: %(bytes)s bytes"),
        facts={"form": str, "versions": int, "bytes": int},
    ),
    Action.EXPORT_ASKED: Spec(
        _("asked for a list of calls as a file (%(filters)s)"),
        _NOTICE,
        "begun",
        {"filters": str},
    ),
    Action.EXPORT_MADE: Spec(
        _("made the file of %(about)s: %(rows)s calls"),
        facts={"rows": int, "bytes": int},
    ),
    Action.EXPORT_FAILED: Spec(
        _("could not make the file of %(about)s (%(reason)s)"),
        _NOTICE,
        "failed",
        {"reason": str},
    ),
    Action.EXPORT_TAKEN: Spec(
        _("took the file of %(about)s: %(rows)s calls"), _NOTICE, facts={"rows": int}
    ),
    Action.EXPORT_DELETED: Spec(
        _("deleted the file of %(about)s for ever: %(rows)s calls"),
        facts={"rows": int},
    ),
    Action.CONSENT_RECORDED: Spec(
        _("reported consent on %(about)s: %(kind)s, by %(by)s"),
        facts={"record": str, "kind": str, "by": str},
    ),
    Action.CONSENT_VERDICT: Spec(
        _("the law was asked about %(about)s: verdict %(number)s"),
        facts={"verdict": str, "number": int},
    ),
    Action.CONSENT_EXEMPTED: Spec(
        _("%(about)s is not recorded: entry of the do-not-record list (%(reason)s)"),
        _NOTICE,
        facts={"entry": str, "reason": str},
    ),
    Action.STANDING_CONSENT_RECORDED: Spec(
        _("recorded %(about)s for %(purposes)s, until %(until)s"),
        _NOTICE,
        facts={"purposes": str, "source": str, "until": str},
    ),
    Action.STANDING_CONSENT_WITHDRAWN: Spec(_("withdrew %(about)s"), _NOTICE),
    Action.STAFF_NOTICE_GIVEN: Spec(
        _("put on file a notice to staff (%(to)s), given on %(given_on)s"),
        _NOTICE,
        facts={"to": str, "given_on": str, "until": str | None},
    ),
    Action.STAFF_NOTICE_ENDED: Spec(_("ended %(about)s"), _NOTICE),
    Action.LIST_ADDED: Spec(
        _("put a %(what)s on the do-not-record list (%(reason)s)"),
        _NOTICE,
        facts={"what": str, "reason": str, "until": str | None},
    ),
    Action.LIST_ENDED: Spec(
        _("took an entry off the do-not-record list: %(about)s"), _NOTICE
    ),
    Action.CAPTURE_BEGUN: Spec(
        _("asked to record part %(part)s of %(about)s"), outcome="begun", facts=_PART
    ),
    Action.CAPTURE_STARTED: Spec(
        _("recording of part %(part)s of %(about)s started"),
        facts={"part": int, "egress": str},
    ),
    Action.CAPTURE_FAILED: Spec(
        _("part %(part)s of %(about)s could not be recorded (%(reason)s)"),
        _WARNING,
        "failed",
        _ENDED,
    ),
    Action.CAPTURE_UNCLEAR: Spec(
        _("no answer whether part %(part)s of %(about)s is recorded"),
        _NOTICE,
        "failed",
        _ENDED,
    ),
    Action.CAPTURE_STOP_BEGUN: Spec(
        _("asked to stop part %(part)s of %(about)s (%(reason)s)"),
        outcome="begun",
        facts=_ENDED,
    ),
    Action.CAPTURE_STOPPED: Spec(
        _("recording of part %(part)s of %(about)s stopped (%(reason)s)"), facts=_ENDED
    ),
    Action.CAPTURE_STOP_FAILED: Spec(
        _("part %(part)s of %(about)s could not be stopped (%(reason)s)"),
        _WARNING,
        "failed",
        _ENDED,
    ),
    Action.CAPTURE_PAUSED: Spec(
        _("asked to pause the recording of %(about)s (%(reason)s)"),
        outcome="begun",
        facts={"pause": str, "reason": str},
    ),
    Action.CAPTURE_PAUSE_CONFIRMED: Spec(
        _("nothing of %(about)s is recorded any more, %(seconds)s s after a pause"),
        facts={"pause": str, "seconds": int},
    ),
    Action.CAPTURE_RESUMED: Spec(
        _("a pause of %(about)s ended after %(seconds)s s (%(how)s)"),
        facts={"pause": str, "how": str, "seconds": int},
    ),
    Action.CAPTURE_FOUND: Spec(
        _("found by asking LiveKit: part %(part)s of %(about)s is %(state)s"),
        facts={"part": int, "state": str},
    ),
    Action.RECORDING_AVAILABLE: Spec(
        _("part %(part)s of %(about)s was checked and is kept"), facts=_FILE
    ),
    Action.RECORDING_LIMIT_REACHED: Spec(
        _("part %(part)s of %(about)s was cut at the limit and is kept"),
        _NOTICE,
        facts=_FILE,
    ),
    Action.RECORDING_FAILED: Spec(
        _("part %(part)s of %(about)s failed (%(reason)s)"),
        _WARNING,
        "failed",
        _ENDED,
    ),
    Action.RECORDING_ABORTED: Spec(
        _("part %(part)s of %(about)s was aborted (%(reason)s)"),
        _WARNING,
        "failed",
        _ENDED,
    ),
    Action.RECORDING_LOST: Spec(
        _("part %(part)s of %(about)s is lost (%(reason)s)"),
        _WARNING,
        "failed",
        _ENDED,
    ),
    Action.RECORDING_IN_BACKUP: Spec(
        _("part %(part)s of %(about)s lies in the backup store (%(reason)s)"),
        _WARNING,
        facts=_ENDED,
    ),
    Action.RECORDING_QUARANTINED: Spec(
        _("part %(part)s of %(about)s was put in quarantine (%(reason)s)"),
        _WARNING,
        facts=_ENDED,
    ),
    Action.RECORDING_REPORTED: Spec(
        _("said that part %(part)s of %(about)s should not be there (%(what)s)"),
        _WARNING,
        facts={"part": int, "what": str, "at_ms": int},
    ),
    Action.RECORDING_RELEASED: Spec(
        _("let part %(part)s of %(about)s out of quarantine"), _NOTICE, facts=_PART
    ),
    Action.RECORDING_EXPIRED: Spec(
        _("%(about)s reached its end (%(reason)s)"), facts={"reason": str}
    ),
    Action.DESTRUCTION_BEGUN: Spec(
        _(
            "began to delete %(about)s for ever (%(reason)s): "
            "%(versions)s versions, %(bytes)s bytes"
        ),
        _NOTICE,
        "begun",
        {"reason": str, "versions": int, "bytes": int},
    ),
    Action.DESTRUCTION_DONE: Spec(
        _(
            "deleted %(about)s for ever: %(versions)s of %(versions_listed)s versions "
            "in this run, %(bytes)s bytes"
        ),
        _NOTICE,
        facts={
            "receipt": str,
            "versions_listed": int,
            "versions": int,
            "bytes": int,
        },
    ),
    Action.DESTRUCTION_FAILED: Spec(
        _("could not delete %(about)s (%(reason)s)"),
        _WARNING,
        "failed",
        {"reason": str},
    ),
    Action.RULE_DRAFTED: Spec(
        _("wrote a draft of the rule for %(place)s"), facts={"place": str, "draft": str}
    ),
    Action.RULE_DRAFT_DROPPED: Spec(
        _("dropped the draft of the rule for %(place)s"), facts={"place": str}
    ),
    Action.IMPACT_BEGUN: Spec(
        _("asked which calls the draft for %(place)s changes"),
        outcome="begun",
        facts={"place": str, "draft": str},
    ),
    Action.IMPACT_DONE: Spec(
        _("of %(looked)s calls the draft for %(place)s changes %(changed)s"),
        facts={"place": str, "draft": str, "looked": int, "changed": int},
    ),
    Action.IMPACT_FAILED: Spec(
        _("did not find out which calls the draft for %(place)s changes (%(reason)s)"),
        _NOTICE,
        "failed",
        {"place": str, "reason": str},
    ),
    Action.RULE_PUBLISHED: Spec(
        _("published version %(version)s of the rule for %(place)s, from %(begins)s"),
        _NOTICE,
        facts={"place": str, "version": int, "begins": str, "draft": str},
    ),
    Action.RULE_VERSIONED: Spec(
        _("wrote version %(version)s of the rule for %(place)s"),
        _NOTICE,
        facts={"place": str, "version": int},
    ),
    Action.RULE_REVIEWED: Spec(
        _("confirmed version %(version)s of the rule for %(place)s as reviewed"),
        _NOTICE,
        facts={"place": str, "version": int},
    ),
    Action.DUTY_VERSIONED: Spec(
        _("wrote version %(version)s of the duty to record %(duty)s"),
        _NOTICE,
        facts={"duty": str, "version": int},
    ),
    Action.DUTY_REVIEWED: Spec(
        _("confirmed version %(version)s of the duty to record %(duty)s as reviewed"),
        _NOTICE,
        facts={"duty": str, "version": int},
    ),
    Action.POLICY_VERSIONED: Spec(
        _("wrote version %(version)s of a policy: keep %(keep_days)s days"),
        _NOTICE,
        facts={"version": int, "keep_days": int},
    ),
    Action.CALL_ASSIGNED: Spec(
        _("gave %(about)s to another team"),
        _NOTICE,
        facts={"from_team": str, "to_team": str},
    ),
    Action.CALL_DECLARED: Spec(
        _("told of %(about)s before LiveKit did"), facts={"party": str}
    ),
    Action.CALL_LABELLED: Spec(
        _("changed labels of %(about)s: %(labels)s"), facts={"labels": str}
    ),
    Action.CALL_RECONCILED: Spec(
        _("found by asking LiveKit about %(about)s (%(because)s): %(found)s"),
        _NOTICE,
        facts={"found": str, "because": str},
    ),
    Action.PARTY_DESCRIBED: Spec(
        _("told more of a party of %(about)s: %(fields)s"),
        _NOTICE,
        facts={"party": str, "fields": str, "places": str},
    ),
    Action.ALERT_OPENED: Spec(
        _("raised an alert (%(kind)s)"), _NOTICE, facts={"kind": str}
    ),
    Action.ALERT_ACKNOWLEDGED: Spec(
        _("acknowledged an alert (%(kind)s)"), facts={"kind": str}
    ),
    Action.ALERT_ASSIGNED: Spec(
        _("gave an alert to somebody (%(kind)s)"), facts={"kind": str, "to": str}
    ),
    Action.ALERT_CLOSED: Spec(
        _("closed an alert (%(kind)s)"), _NOTICE, facts={"kind": str, "noted": bool}
    ),
    Action.MAINTENANCE_BEGUN: Spec(_("turned maintenance mode on"), _NOTICE),
    Action.MAINTENANCE_ENDED: Spec(_("turned maintenance mode off"), _NOTICE),
    Action.EVENT_SECRET_MADE: Spec(_("made a secret for %(about)s"), _NOTICE),
    Action.EVENT_TESTED: Spec(_("sent a test to %(about)s")),
    Action.EVENT_SENT_AGAIN: Spec(_("sent %(about)s again"), _NOTICE),
    Action.INBOX_REPLAYED: Spec(
        _("had %(about)s applied again (%(was)s)"), _NOTICE, facts={"was": str}
    ),
}
