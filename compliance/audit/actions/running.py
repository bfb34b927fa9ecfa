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
    Action.MAINTENANCE_BEGUN: Spec(_("turned maintenance mode on"), _NOTICE),
    Action.MAINTENANCE_ENDED: Spec(_("turned maintenance mode off"), _NOTICE),
    Action.EVENT_SECRET_MADE: Spec(_("made a secret for %(about)s"), _NOTICE),
    Action.EVENT_TESTED: Spec(_("sent a test to %(about)s")),
    Action.EVENT_SENT_AGAIN: Spec(_("sent %(about)s again"), _NOTICE),
    Action.INBOX_REPLAYED: Spec(
        _("had %(about)s applied again (%(was)s)"), _NOTICE, facts={"was": str}
    ),
}
