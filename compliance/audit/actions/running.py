"""Calls put right, alerts, and the running of the portal."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from compliance.audit.actions.names import Action
from compliance.audit.facts import Severity, Spec

_NOTICE = Severity.NOTICE

SPECS: Mapping[Action, Spec] = {
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
    Action.SIEM_SECRET_SET: Spec(
        _("set by which secret %(about)s knows the portal"), _NOTICE
    ),
    Action.SIEM_TESTED: Spec(_("sent a test to %(about)s")),
    Action.SIEM_RESUMED: Spec(
        _(
            "the database is another than before: %(about)s is sent the log from %(since)s"
        ),
        Severity.WARNING,
        facts={"since": str},
    ),
    Action.CONTROL_RESTORED: Spec(
        _("what raised an alert is over (%(kind)s), after %(seconds)s s"),
        _NOTICE,
        facts={"kind": str, "seconds": int},
    ),
    Action.INBOX_REPLAYED: Spec(
        _("had %(about)s applied again (%(was)s)"), _NOTICE, facts={"was": str}
    ),
}
