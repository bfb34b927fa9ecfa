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
}
