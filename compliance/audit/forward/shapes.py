"""Entries in the shape that each kind of receiver takes: one message, and how many it
holds.
"""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from compliance.audit.facts import Severity
from compliance.audit.ocsf_event import event, severity
from compliance.models import AuditEntry, SiemTarget

MOST_BYTES = 900_000
"""Of a message; Splunk in the cloud takes a million. One entry may be longer."""
SOURCE = "earwitness"
AUDIT_FACILITY = 13
LEVELS = {Severity.INFO: 6, Severity.NOTICE: 5, Severity.WARNING: 4}
BOM = "\ufeff"
Put = Callable[[AuditEntry], bytes]


@cache
def host() -> str:
    """Which portal it is: the name people know it by, else this machine's."""
    return urlsplit(settings.PORTAL_URL).hostname or socket.gethostname() or "-"


def message(
    kind: SiemTarget.Kind, entries: Sequence[AuditEntry]
) -> tuple[bytes, Sequence[AuditEntry]]:
    """The bytes to send, and the entries in them: the first of these, one at least."""
    put, begin, between, end = _SHAPES[kind]
    parts: list[bytes] = []
    size = 0
    for entry in entries:
        part = put(entry)
        if parts and size + len(part) > MOST_BYTES:
            break
        parts.append(part)
        size += len(part) + len(between)
    return begin + between.join(parts) + end, entries[: len(parts)]


def _ocsf(entry: AuditEntry) -> bytes:
    return _json(event(entry))


def _splunk(entry: AuditEntry) -> bytes:
    told = {
        "time": round(entry.timestamp.timestamp(), 6),
        "host": host(),
        "source": SOURCE,
        "sourcetype": "earwitness:ocsf",
        "event": event(entry),
    }
    return _json(told)


def _datadog(entry: AuditEntry) -> bytes:
    told = {
        "ddsource": SOURCE,
        "service": SOURCE,
        "hostname": host(),
        "status": severity(entry).value,
        "timestamp": int(entry.timestamp.timestamp() * 1000),
        "message": entry.act,
        "ocsf": event(entry),
    }
    return _json(told)


def _syslog(entry: AuditEntry) -> bytes:
    """RFC 5424, framed by RFC 5425: its length, a blank, the message."""
    when = entry.timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    priority = AUDIT_FACILITY * 8 + LEVELS[severity(entry)]
    header = f"<{priority}>1 {when} {host()} {SOURCE} - {entry.act[:32]} -"
    line = f"{header} {BOM}".encode() + _json(event(entry))
    return b"%d %s" % (len(line), line)


def _json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


_Kind = SiemTarget.Kind
_SHAPES: Mapping[SiemTarget.Kind, tuple[Put, bytes, bytes, bytes]] = {
    _Kind.OCSF: (_ocsf, b"[", b",", b"]"),
    _Kind.SPLUNK: (_splunk, b"", b"\n", b""),
    _Kind.DATADOG: (_datadog, b"[", b",", b"]"),
    _Kind.SYSLOG: (_syslog, b"", b"", b""),
}
"""How an entry is put, what begins the message, parts two entries, and ends it."""
