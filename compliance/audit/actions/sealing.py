"""What keeps the log itself honest."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

SPECS: Mapping[Action, Spec] = {
    Action.AUDIT_ANCHORED: Spec(
        _(
            "put the checkpoint of %(size)s entries where we cannot change it (%(place)s)"
        ),
        facts={"place": str, "size": int, "root": str, "key": str, "signature": str},
    ),
    Action.AUDIT_ANCHOR_WRONG: Spec(
        _("a checkpoint held outside does not fit the log (%(finding)s)"),
        Severity.WARNING,
        "failed",
        {"finding": str},
    ),
    Action.AUDIT_EPOCH_OPENED: Spec(
        _("found the audit log in another life of the database (%(cause)s)"),
        Severity.WARNING,
        facts={"epoch": int, "size": int, "cause": str},
    ),
    Action.AUDIT_RESTORE_ACKNOWLEDGED: Spec(
        _("acknowledged that the database was restored: %(lost)s entries are lost"),
        Severity.WARNING,
        facts={"epoch": int, "common": int, "lost": int, "approval": str},
    ),
}
