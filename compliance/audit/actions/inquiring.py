"""Who asked after whom: listeners, one's own trail, and the auditor's own steps."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import FactType, Severity, Spec

_NOTICE = Severity.NOTICE
_CONSULTED: Mapping[str, FactType] = {"consultations": int, "named": bool}

SPECS: Mapping[Action, Spec] = {
    Action.LISTENERS_VIEWED: Spec(_("looked up who listened to %(about)s"), _NOTICE),
    Action.LISTENERS_MAPPED: Spec(
        _("looked up which seconds of %(about)s were heard, for a reason given"),
        _NOTICE,
        facts={"ground": str, "commitment": str, "named": bool},
    ),
    Action.PERSON_LISTENERS_VIEWED: Spec(
        _("looked up who listened to a person: %(consultations)s times"),
        _NOTICE,
        facts=_CONSULTED,
    ),
    Action.PERSON_LISTENERS_NAMED: Spec(
        _("asked for the names of who listened to a person, for a reason given"),
        Severity.WARNING,
        facts={"ground": str, "commitment": str},
    ),
    Action.GROUND_ERASED: Spec(
        _("erased the words of %(about)s"), _NOTICE, facts={"kind": str}
    ),
    Action.PERSON_LISTENERS_TAKEN: Spec(
        _("took a report of who listened to a person: %(consultations)s times"),
        _NOTICE,
        facts=_CONSULTED,
    ),
    Action.TRAIL_READ: Spec(
        _("read his own trail (%(entries)s entries)"), facts={"entries": int}
    ),
    Action.TRAIL_TAKEN: Spec(
        _("took his own trail as a file (%(entries)s entries)"), facts={"entries": int}
    ),
    Action.AUDIT_READ: Spec(
        _("read the audit log (%(entries)s entries)"),
        facts={"filters": str, "entries": int},
    ),
    Action.AUDIT_ENTRY_READ: Spec(_("opened an audit entry")),
    Action.AUDIT_BINDER_READ: Spec(_("read the binder of controls")),
    Action.POPULATION_COUNTED: Spec(
        _("counted audit entries before a sample: %(entries)s (%(filters)s)"),
        _NOTICE,
        facts={"filters": str, "entries": int},
    ),
    Action.POPULATION_TAKEN: Spec(_("took the statement of %(about)s"), _NOTICE),
    Action.SAMPLE_DRAWN: Spec(
        _("drew a sample of %(entries)s entries from %(about)s (seed %(seed)s)"),
        _NOTICE,
        facts={"entries": int, "seed": str},
    ),
}
