"""The sweep that destroys what is over: stopped, let go on, and what was saved from it."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
    Action.PURGE_REHEARSED: Spec(
        _("rehearsed %(about)s: %(recordings)s recordings would go (%(sha256)s)"),
        facts={"recordings": int, "sha256": str},
    ),
    Action.PURGE_TAKEN: Spec(_("took the list of %(about)s"), _NOTICE),
    Action.PURGE_BEGUN: Spec(
        _("began %(about)s: %(recordings)s recordings, and no others (%(sha256)s)"),
        Severity.WARNING,
        facts={"recordings": int, "sha256": str},
    ),
    Action.PURGE_CANCELLED: Spec(
        _("cancelled %(about)s after %(gone)s recordings"), _NOTICE, facts={"gone": int}
    ),
    Action.PURGE_DONE: Spec(
        _(
            "ended %(about)s: %(gone)s deleted, %(failed)s left to the sweep; kept:"
            " %(held)s on a legal ground, %(stored)s restricted, %(floored)s by a floor,"
            " %(changed)s changed"
        ),
        _NOTICE,
        facts=dict.fromkeys(
            ("gone", "failed", "held", "stored", "floored", "changed"), int
        ),
    ),
    Action.SWEEP_PAUSED: Spec(
        _("paused the sweep: nothing is deleted until it goes on"), _NOTICE
    ),
    Action.SWEEP_RESUMED: Spec(
        _("let the sweep go on after %(hours)s hours"), _NOTICE, facts={"hours": int}
    ),
    Action.RECORDING_BROUGHT_BACK: Spec(
        _("brought part %(part)s of %(about)s back until %(until)s"),
        _NOTICE,
        facts={"part": int, "until": str},
    ),
}
