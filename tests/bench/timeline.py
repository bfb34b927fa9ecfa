"""The audit timeline at a million entries, beside itself at ten thousand.

The rows are made by PostgreSQL, without MACs: what is measured is how pages are found.
Filters that no index leads to look at a fixed number of entries (`selection.LOOK`).
"""

import statistics
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from compliance.audit import selection
from compliance.audit.selection import Selection
from compliance.models import AuditEntry
from tests.bench import report

FEW, MANY = 10_000, 1_000_000
TRIES = 15
DRIFT = 1.5
LONGEST_LOOK_MS = 250
_PERSON = UUID(int=1 << 40)

LED = {
    "timeline_newest": Selection(),
    "timeline_of_a_person": Selection(person=_PERSON),
    "timeline_of_a_rare_act": Selection(acts=("policy.versioned",)),
    "timeline_about_a_call": Selection(
        about=tuple(str(UUID(int=(2 << 40) + 49_900 + n)) for n in range(3))
    ),
}
"""By name: what an index leads to, which costs the same however long the log is."""
LOOKED_FOR = {
    "timeline_of_an_address": Selection(address="192.0.2.1"),
    "timeline_of_a_purpose": Selection(purpose="security"),
    "timeline_of_failures": Selection(outcome="failed"),
}
"""What is looked for, and not there: the longest look there is."""


def run() -> None:
    """Measure each at FEW entries, then at MANY."""
    _fill(MANY - FEW + 1, MANY)
    few = {name: _measured(wanted) for name, wanted in LED.items()}
    _fill(1, MANY - FEW)
    for name, wanted in LED.items():
        many, before = _measured(wanted), few[name]
        report.line(name, many, before, ratio=many / before, target=DRIFT, unit="ms")
    newest = _measured(LED["timeline_newest"])
    for name, wanted in LOOKED_FOR.items():
        report.within(name, _measured(wanted), newest, limit=LONGEST_LOOK_MS, unit="ms")


def _measured(wanted: Selection) -> float:
    """The median of reading its first page, in ms."""
    return 1000 * statistics.median(
        report.timed(lambda: _page(wanted)) for _try in range(TRIES)
    )


def _page(wanted: Selection) -> object:
    return selection.find(
        wanted, within=AuditEntry.objects.all(), is_scoped=False, cursor="", size=50
    )


def _fill(first: int, last: int) -> None:
    """Entries of a month, evenly, by 200 people, twenty about each thing."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, {"first": first, "last": last, **_times()})
        cursor.execute("ANALYZE compliance_auditentry")


def _times() -> dict[str, Any]:
    return {"end": timezone.now(), "step": timedelta(days=30) / MANY, "many": MANY}


_ENTRIES = """
INSERT INTO compliance_auditentry (id, timestamp, act, outcome, actor_id, object_kind,
  object_pk, object_repr, action, facts, remote_addr, request_id, mac_key_id, mac)
SELECT
  (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008'
    || lpad(to_hex(n), 15, '0'))::uuid, at,
  CASE WHEN n %% 150 = 7 THEN 'policy.versioned' WHEN n %% 10 = 0 THEN 'session.login'
    ELSE 'recording.listen_granted' END,
  CASE WHEN n %% 500 = 0 THEN 'refused' ELSE 'done' END,
  lpad(to_hex((1::bigint << 40) + n %% 200), 32, '0')::uuid, 'recordings.recording',
  lpad(to_hex((2::bigint << 40) + n / 20), 32, '0')::uuid::text, '', 3,
  '{"purpose": "quality", "seconds": 300}', ('10.0.0.' || n %% 200)::inet, '', 'none',
  repeat('0', 64)
FROM (SELECT n, %(end)s - (%(many)s - n) * %(step)s::interval AS at
      FROM generate_series(%(first)s, %(last)s) n) made
"""
