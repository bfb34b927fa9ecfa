"""The database compared with the store, what people decided about what differed, and
about what must not be on a recording."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.INVENTORY_BEGUN: Spec(_("began to compare a store with the database")),
    Action.INVENTORY_DONE: Spec(
        _(
            "compared %(keys)s keys of a store with the database: %(sound)s sound, "
            "%(lost)s lost, %(altered)s altered, %(orphans)s orphans, %(extra)s with "
            "more than is known; %(over)s of earlier runs are over"
        ),
        facts={
            "keys": int,
            "sound": int,
            "lost": int,
            "altered": int,
            "orphans": int,
            "extra": int,
            "over": int,
        },
    ),
    Action.INVENTORY_FAILED: Spec(
        _("a store could not be compared with the database (%(reason)s)"),
        Severity.WARNING,
        "failed",
        {"reason": str},
    ),
    Action.INVENTORY_TAKEN: Spec(
        _("took the list of what differs between store and database"),
        facts={"rows": int},
    ),
    Action.DISCREPANCY_DECIDED: Spec(
        _("decided about what differs in the store (%(kind)s): %(decision)s"),
        _NOTICE,
        facts={"kind": str, "decision": str},
    ),
    Action.RECORDING_ADOPTED: Spec(
        _("took a file of the store for part %(part)s of %(about)s"),
        _NOTICE,
        facts={"part": int, "discrepancy": str},
    ),
    Action.RECORDING_SEALED: Spec(
        _("sealed part %(part)s of %(about)s from everybody (%(because)s)"),
        Severity.WARNING,
        facts={"part": int, "because": str},
    ),
    Action.SEALED_OPENED: Spec(
        _("was let to hear the sealed part %(part)s of %(about)s until %(until)s"),
        Severity.WARNING,
        facts={"part": int, "until": str},
    ),
    Action.CONTROL_OPENED: Spec(
        _("opened a compensating control, to be reviewed on %(review_on)s"),
        _NOTICE,
        facts={"owner": str, "review_on": str},
    ),
    Action.CONTROL_REVIEWED: Spec(
        _("reviewed a compensating control; the next time is %(review_on)s"),
        facts={"review_on": str},
    ),
    Action.CONTROL_CLOSED: Spec(_("closed a compensating control"), _NOTICE),
}
