"""Legal holds: placed, what they caught, released, over; and restricted processing."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.ITEM_RESTRICTED: Spec(
        _("restricted the processing of %(kind)s %(item)s (%(ground)s)"),
        _NOTICE,
        facts={
            "kind": str,
            "item": str,
            "ground": str,
            "request": str,
            "too_late": bool,
        },
    ),
    Action.RESTRICTION_LIFTED: Spec(
        _("lifted the restriction of %(kind)s %(item)s"),
        _NOTICE,
        facts={"kind": str, "item": str, "request": str},
    ),
    Action.RESTRICTED_HEARD: Spec(
        _("was let hear %(about)s although it is restricted (%(ground)s)"),
        Severity.WARNING,
        facts={"ground": str, "listen": str},
    ),
    Action.HOLD_PREVIEWED: Spec(
        _("looked what a legal hold would catch (%(by)s): %(items)s items"),
        facts={"by": str, "items": int},
    ),
    Action.HOLD_PLACED: Spec(
        _("placed %(about)s on what fits %(by)s"),
        _NOTICE,
        facts={"by": str, "confidential": bool},
    ),
    Action.HOLD_CAUGHT: Spec(
        _("%(about)s caught %(items)s items, %(too_late)s of them too late"),
        facts={"items": int, "too_late": int},
    ),
    Action.HOLD_READ: Spec(_("read the contents of %(about)s")),
    Action.HOLD_RELEASED: Spec(
        _("released %(about)s; its items stay until %(until)s"),
        _NOTICE,
        facts={"until": str},
    ),
    Action.HOLD_OVER: Spec(
        _("%(about)s keeps nothing any more: the time after its release is over"),
        _NOTICE,
    ),
    Action.HOLD_UNMARKED: Spec(
        _("found that the store did not lock an item of %(about)s (%(what)s)"),
        Severity.WARNING,
        facts={"item": str, "what": str},
    ),
}
