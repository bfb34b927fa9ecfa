"""An audit entry as an OCSF event: ids, codes and times, and no more of anybody than the
log itself holds, which is the id of staff and the address they came from.
"""

from collections.abc import Callable, Mapping
from typing import Any

from compliance.audit.actions import ACTIONS
from compliance.audit.facts import Severity
from compliance.audit.ocsf import VERSION, Class, meaning
from compliance.models import AuditEntry, Person

PORTAL = "Earwitness"
SEVERITIES = {Severity.INFO: 1, Severity.NOTICE: 2, Severity.WARNING: 3}
STATUSES = {
    AuditEntry.Outcome.DONE: 1,
    AuditEntry.Outcome.REFUSED: 2,
    AuditEntry.Outcome.FAILED: 2,
    AuditEntry.Outcome.BEGUN: 99,
}
"""Success, failure, other."""
_PERSON = Person._meta.label_lower
Parts = dict[str, Any]


def severity(entry: AuditEntry) -> Severity:
    """How much it should catch the eye."""
    spec = ACTIONS.get(entry.act)  # type: ignore[call-overload]
    return spec.severity if spec else Severity.NOTICE


def event(entry: AuditEntry) -> Parts:
    """The event, as plain JSON values. `docs/siem.md` describes it."""
    what = meaning(entry.act)
    return {
        "activity_id": what.activity,
        "category_uid": what.category,
        "class_uid": int(what.of),
        "type_uid": what.type,
        "time": int(entry.timestamp.timestamp() * 1000),
        "severity_id": SEVERITIES[severity(entry)],
        "status_id": STATUSES.get(AuditEntry.Outcome(entry.outcome), 0),
        "status_detail": entry.outcome,
        "message": entry.act,
        "metadata": _metadata(entry),
        "actor": _actor(entry),
        "src_endpoint": _source(entry),
        **_WANTED[what.of](entry),
        "unmapped": _unmapped(entry),
    }


def _metadata(entry: AuditEntry) -> Parts:
    told: Parts = {
        "version": VERSION,
        "product": {"name": PORTAL, "vendor_name": PORTAL},
        "uid": str(entry.id),
        "event_code": entry.act,
        "log_name": "audit",
    }
    if entry.request_id:
        told["correlation_uid"] = entry.request_id
    return told


def _actor(entry: AuditEntry) -> Parts:
    if entry.actor_id is None:
        return {"app_name": PORTAL}
    return {"user": {"uid": str(entry.actor_id)}}


def _source(entry: AuditEntry) -> Parts:
    if entry.remote_addr:
        return {"ip": entry.remote_addr}
    return {"svc_name": PORTAL}


def _unmapped(entry: AuditEntry) -> Parts:
    """What OCSF has no place for: enough to compare with the log, field by field."""
    return {
        "outcome": entry.outcome,
        "team": str(entry.team_id) if entry.team_id else None,
        "object_kind": entry.object_kind,
        "object_pk": entry.object_pk,
        "facts": entry.facts,
        "changes": entry.changes,
        "xid": str(entry.xid),
        "mac": entry.mac,
        "mac_key_id": entry.mac_key_id,
    }


def _user(entry: AuditEntry) -> Parts:
    """Whom it is about: somebody, else whoever acted, else nobody we know."""
    if entry.object_kind == _PERSON:
        return {"uid": entry.object_pk}
    return {"uid": str(entry.actor_id) if entry.actor_id else "unknown"}


def _thing(entry: AuditEntry) -> Parts:
    """The row it is about; where there is none, the noun of the action says what."""
    kind = entry.object_kind or entry.act.partition(".")[0]
    return {"type": kind, "uid": entry.object_pk or kind}


def _group(entry: AuditEntry) -> Parts:
    return {"uid": str(entry.facts.get("group") or entry.object_pk)}


def _access(entry: AuditEntry) -> Parts:
    return {
        "web_resources": [_thing(entry)],
        "http_request": {"uid": entry.request_id or "none"},
    }


_WANTED: Mapping[Class, Callable[[AuditEntry], Parts]] = {
    Class.AUTHENTICATION: lambda one: {
        "user": _user(one),
        "service": {"name": PORTAL},
    },
    Class.ENTITY: lambda one: {"entity": _thing(one)},
    Class.GROUP: lambda one: {"group": _group(one), "user": _user(one)},
    Class.USER: lambda one: {"user": _user(one)},
    Class.RESOURCE: lambda one: {"web_resources": [_thing(one)]},
    Class.LIFECYCLE: lambda one: {"app": {"name": PORTAL}},
    Class.RESOURCE_ACCESS: _access,
}
"""What each class asks for beyond what all have."""
