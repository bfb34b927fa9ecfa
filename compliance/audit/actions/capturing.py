"""What became of recordings, from the first request to their destruction."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import FactType, Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING
_PART: Mapping[str, FactType] = {"part": int}
_ENDED: Mapping[str, FactType] = {"part": int, "reason": str}
_FILE: Mapping[str, FactType] = {
    "part": int,
    "bytes": int,
    "sha256": str,
    "duration_ms": int,
}

SPECS: Mapping[Action, Spec] = {
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
    Action.RESTORE_ASKED: Spec(
        _("asked for %(about)s out of its archive (%(speed)s, for %(days)s days)"),
        outcome="begun",
        facts={"speed": str, "days": int},
    ),
    Action.RESTORE_DONE: Spec(_("%(about)s came out of its archive")),
    Action.RESTORE_LAPSED: Spec(_("the copy of %(about)s out of its archive lapsed")),
    Action.RESTORE_FAILED: Spec(
        _("%(about)s did not come out of its archive (%(reason)s)"),
        _NOTICE,
        "failed",
        {"reason": str},
    ),
    Action.RECORDING_LOCKED: Spec(
        _("had the store lock %(about)s until %(until)s (firmly: %(firmly)s)"),
        facts={"until": str, "firmly": bool},
    ),
    Action.RECORDING_UNLOCKED: Spec(
        _("found that the store did not lock %(about)s until its floor (%(what)s)"),
        _WARNING,
        facts={"what": str},
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
    Action.RECORDING_REDACTED: Spec(
        _(
            "silenced one person in %(about)s for ever, as request %(request)s wanted: "
            "the file with SHA-256 %(before)s gave way to one with %(sha256)s"
        ),
        _NOTICE,
        "begun",
        {"request": str, "before": str, "sha256": str, "bytes": int},
    ),
    Action.ORIGINAL_DESTROYED: Spec(
        _(
            "deleted the file that %(about)s had before for ever: %(versions)s of "
            "%(versions_listed)s versions in this run, %(bytes)s bytes"
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
}
