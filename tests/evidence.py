"""A sealed audit log for tests: many entries cheaply, both checkers, and a clean end."""

import hmac
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from compliance.audit import pack, sealing_keys, seals
from compliance.audit.canonical import canonical
from compliance.audit.checkpoint import fingerprint
from compliance.audit.outside import Held
from compliance.keys import keyring
from compliance.models import AuditSeal
from compliance.models.audit import MAC_VERSION

BEGAN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
TABLES = ("auditentry", "auditleaf", "auditnode", "auditseal", "installation")
ACTOR, TEAM = uuid.UUID(int=0xAC7), uuid.UUID(int=0x7EA)
_COLUMNS = (
    "id, timestamp, act, outcome, actor_id, object_kind, object_pk, object_repr, team_id,"
    " action, facts, changes, remote_addr, request_id, mac_key_id, mac"
)


def fill(entries: int, *, first: int = 0, each: int = 2_000) -> None:
    """Write so many entries, `each` in a transaction, as fast as COPY takes them."""
    for begin in range(first, first + entries, each):
        with transaction.atomic(), connection.cursor() as cursor:
            rows = map(_row, range(begin, min(begin + each, first + entries)))
            with cursor.copy(
                f"COPY compliance_auditentry ({_COLUMNS}) FROM STDIN"
            ) as out:
                out.write("".join(rows))


def _row(number: int) -> str:
    """One entry with everything an entry may have, under the true MAC."""
    key = keyring("audit_mac").current
    milliseconds = int(BEGAN.timestamp() * 1000) + number
    identity = uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | 0b10 << 62 | number)
    time = (BEGAN + timedelta(milliseconds=number)).isoformat(timespec="microseconds")
    is_diff = number % 4 == 2
    content: dict[str, Any] = {
        "version": MAC_VERSION,
        "id": str(identity),
        "time": time,
        "act": "policy.versioned",
        "outcome": "done",
        "actor": str(ACTOR),
        "object_kind": "compliance.team",
        "object_pk": str(TEAM),
        "team": str(TEAM),
        "facts": {} if is_diff else {"version": number, "keep_days": 90},
        "changes": {"seat": ["DE", str(number)]} if is_diff else None,
        "address": "192.0.2.7",
        "request_id": f"r{number}",
        "mac_key_id": key.id,
    }
    mac = hmac.digest(key.secret, canonical(content), "sha256").hex()
    facts = json.dumps(content["facts"])
    changes = json.dumps(content["changes"]) if is_diff else "\\N"
    told = content
    return (
        f"{identity}\t{time}\t{told['act']}\tdone\t{ACTOR}\t{told['object_kind']}\t{TEAM}"
        f"\t\t{TEAM}\t3\t{facts}\t{changes}\t192.0.2.7\t{told['request_id']}\t{key.id}"
        f"\t{mac}\n"
    )


def seal_all() -> None:
    """Seal until nothing is left."""
    while (sealed := seals.seal(now=timezone.now())) and not sealed.took_all:
        pass


@contextmanager
def emptied() -> Iterator[None]:
    """Leave the tables of the log empty, past their triggers, as they were."""
    try:
        yield
    finally:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            names = ", ".join(f"compliance_{table}" for table in TABLES)
            cursor.execute(f"TRUNCATE {names}")


def held() -> list[Held]:
    """Every seal of now, as it would lie outside."""
    rows = AuditSeal.objects.order_by("id")
    return [Held("a safe", str(one.id), seals.note_of(one)) for one in rows]


def known() -> list[str]:
    """The fingerprints of our keys, as they were told outside."""
    return [fingerprint(public) for public in sealing_keys.publics().values()]


@dataclass(frozen=True)
class Bare:
    """What the checker that is handed out said."""

    status: int
    said: str


def check_bare(
    folder: Path, *, fingerprints: Sequence[str], anchors: Sequence[Path] = ()
) -> Bare:
    """Run it over a pack, in a Python that knows nothing of us."""
    named = [arg for one in fingerprints for arg in ("--fingerprint", one)]
    held = [arg for path in anchors for arg in ("--anchors", str(path))]
    done = subprocess.run(
        [sys.executable, "-I", folder / pack.CHECKER.name, folder, *named, *held],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return Bare(done.returncode, done.stdout)
