"""What keeps the log itself honest."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import FactType, Severity, Spec

_NOTICE = Severity.NOTICE
_WARNING = Severity.WARNING
_CHECKED: Mapping[str, FactType] = {"entries": int, "found": int, "first": str}

SPECS: Mapping[Action, Spec] = {
    Action.AUDIT_ANCHORED: Spec(
        _(
            "put the checkpoint of %(size)s entries where we cannot change it (%(place)s)"
        ),
        facts={"place": str, "size": int, "root": str, "key": str, "signature": str},
    ),
    Action.AUDIT_ANCHOR_WRONG: Spec(
        _("a checkpoint held outside does not fit the log (%(finding)s)"),
        _WARNING,
        "failed",
        {"finding": str},
    ),
    Action.AUDIT_EPOCH_OPENED: Spec(
        _("found the audit log in another life of the database (%(cause)s)"),
        _WARNING,
        facts={"epoch": int, "size": int, "cause": str},
    ),
    Action.AUDIT_RESTORE_ACKNOWLEDGED: Spec(
        _("acknowledged that the database was restored: %(lost)s entries are lost"),
        _WARNING,
        facts={"epoch": int, "common": int, "lost": int, "approval": str},
    ),
    Action.AUDIT_CHECKED: Spec(
        _("checked the audit log: %(entries)s entries, nothing found"), facts=_CHECKED
    ),
    Action.AUDIT_FOUND_CHANGED: Spec(
        _("found the audit log changed: %(found)s findings, the first %(first)s"),
        _WARNING,
        "failed",
        _CHECKED,
    ),
    Action.AUDIT_PACK_ASKED: Spec(
        _("asked for a pack of the audit log (%(since)s to %(until)s)"),
        _NOTICE,
        "begun",
        {"since": str, "until": str},
    ),
    Action.AUDIT_PACK_MADE: Spec(
        _("made a pack of the audit log: %(entries)s entries"),
        facts={"entries": int, "bytes": int},
    ),
    Action.AUDIT_PACK_FAILED: Spec(
        _("could not make a pack of the audit log (%(reason)s)"),
        _NOTICE,
        "failed",
        {"reason": str},
    ),
    Action.AUDIT_PACK_TAKEN: Spec(
        _("took a pack of the audit log: %(entries)s entries"),
        _NOTICE,
        facts={"entries": int},
    ),
    Action.AUDIT_PACK_DELETED: Spec(
        _("deleted a pack of the audit log for ever: %(entries)s entries"),
        facts={"entries": int},
    ),
}
