"""The sweep that destroys what is over: stopped, let go on, and what was saved from it."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
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
