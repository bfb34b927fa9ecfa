"""What a change would do to what is kept now: counted exactly, nothing changed.

A change is a draft of a policy, or numbers that come on a list or leave it. One query over
the recordings that it touches: their dates by all policies as they would be, beside the
dates they have. The periods are PostgreSQL's own calendar here, the legal time zone's; a test compares them with
`compliance.retention.rules`.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.models import RetentionPolicy
from compliance.retention import number_lists, policies
from compliance.retention.number_lists import ListChange
from compliance.retention.periods import LAST_DAY, OPEN_END, legal_calendar
from recordings import covering, keeping

SOON = timedelta(days=30)
Change = RetentionPolicy | ListChange
"""A draft of a policy, or numbers that are to be added to a list or to leave it."""


@dataclass(frozen=True)
class Effect:
    """What a change would do: recordings, and bytes where it says so.

    covers: those that the draft catches, or the policies that go by the list. earlier, later: those with another date than now.
    soon: those that would go within 30 days, already over included; soon_now: as it is.
    """

    covers: int
    earlier: int
    later: int
    soon: int
    soon_now: int
    soon_bytes: int
    kept_by_floor: int
    first: datetime | None
    last: datetime | None

    def figures(self) -> dict[str, int]:
        """What an approval keeps of it."""
        said = asdict(self)
        return {name: said[name] for name in ("covers", "earlier", "soon")}


def effect(change: Change, *, now: datetime) -> Effect:
    """Count what putting this in force now would do; see `Effect`."""
    with connection.cursor() as cursor:
        cursor.execute(f"{RESOLVED}{_EFFECT}", asked(change, now=now))
        return Effect(*cursor.fetchone())


def asked(change: Change, *, now: datetime) -> dict[str, Any]:
    """The parameters of `RESOLVED` for a change."""
    calendar = legal_calendar()
    month, day = calendar.fiscal
    return {
        **covering.PARAMETERS,
        **_policies(change),
        "zone": calendar.zone,
        "month": month,
        "day": day,
        "states": list(keeping.DATED),
        "open": OPEN_END,
        "last_day": LAST_DAY,
        "now": now,
        "soon": now + SOON,
    }


def _policies(change: Change) -> dict[str, Any]:
    if isinstance(change, RetentionPolicy):
        return _of_draft(change)
    return _of_list(change)


def _of_draft(draft: RetentionPolicy) -> dict[str, Any]:
    before = policies.current(draft.series)
    others = [one for one in policies.in_force() if one.series != draft.series]
    after = others if draft.is_ended else [*others, draft]
    return {
        "policies": [one.pk for one in after],
        "touched": [one.pk for one in (before, draft) if one],
        "covers": [] if draft.is_ended else [draft.pk],
        "list": None,
        "added": [],
        "removed": [],
    }


def _of_list(change: ListChange) -> dict[str, Any]:
    going_by_it: list[UUID] = [
        one.pk for one in number_lists.used_by(change.number_list)
    ]
    return {
        "policies": [one.pk for one in policies.in_force()],
        "touched": going_by_it,
        "covers": going_by_it,
        "list": change.number_list.pk,
        "added": sorted(change.added),
        "removed": sorted(change.removed),
    }


_EVER = f"""
(SELECT number_list_id, number_id FROM {covering.MEMBERS}
 UNION ALL SELECT %(list)s::uuid, unnest(%(added)s::uuid[]))
"""  # noqa: S608
"""What is on the lists, or would be."""

_AFTER = f"""
(SELECT number_list_id, number_id FROM {covering.MEMBERS}
 WHERE NOT (number_list_id = %(list)s::uuid AND number_id = ANY(%(removed)s::uuid[]))
 UNION ALL SELECT %(list)s::uuid, unnest(%(added)s::uuid[]))
"""  # noqa: S608
"""What would be on them."""

_TOUCHED = f"""
SELECT part.id, part.call_id, part.bytes, part.expires_at AS goes_now,
  (part.dating->>'law')::timestamptz AS law,
  CASE WHEN part.expires_at IS NOT DISTINCT FROM (part.dating->>'written')::timestamptz
    THEN (part.dating->>'by_hand')::timestamptz ELSE part.expires_at END AS by_hand,
  part.spared_until,
  COALESCE(part.hashed_at, part.ended_at, call.ended_at, call.started_at) AS stored_at,
  (LEAST(COALESCE(part.ended_at, call.ended_at, call.started_at),
    COALESCE(part.hashed_at, %(now)s)) AT TIME ZONE %(zone)s)::date AS ended
FROM recordings_recording part JOIN recordings_call call ON call.id = part.call_id
WHERE part.state = ANY(%(states)s) AND EXISTS (
  SELECT 1 FROM compliance_retentionpolicy policy
  WHERE policy.id = ANY(%(touched)s) AND {covering.match(_EVER)})
"""  # noqa: S608

_BOUNDS = f"""
SELECT part.id, policy.id AS policy_id, policy.kept_until, policy.keep_at_least, policy.delete_after,
  policy.adopted_by_id IS NOT NULL AS adopted,
  CASE policy.clock
    WHEN 'calendar_year' THEN make_date(year, 12, 31)
    WHEN 'fiscal_year' THEN make_date(
      year + (part.ended >= make_date(year, %(month)s, %(day)s))::int,
      %(month)s, %(day)s) - 1
    WHEN 'call_end' THEN part.ended
    ELSE (SELECT GREATEST(
        part.ended, (told.occurred_at AT TIME ZONE %(zone)s)::date)
      FROM recordings_toldevent told JOIN compliance_clockevent event
        ON event.id = told.event_id AND policy.clock = 'event:' || event.code
      WHERE told.call_id = call.id AND told.replaced_at IS NULL
        AND told.occurred_at IS NOT NULL) END AS since
FROM part JOIN recordings_call call ON call.id = part.call_id
CROSS JOIN LATERAL (SELECT EXTRACT(year FROM part.ended)::int AS year) told
JOIN compliance_retentionpolicy policy
  ON policy.id = ANY(%(policies)s) AND {covering.match(_AFTER)}
"""  # noqa: S608


def _end(column: str) -> str:
    """The first moment of the day after a period of that column; `open` while the clock
    of the policy stands still."""
    last = f"LEAST(since + {column}::interval, %(last_day)s)::date"
    end = f"(({last} + 1)::timestamp AT TIME ZONE %(zone)s)"
    still = "since IS NULL THEN %(open)s::timestamptz"
    return f"CASE WHEN {column} = '' THEN NULL WHEN {still} ELSE {end} END"


RESOLVED = f"""
WITH part AS MATERIALIZED ({_TOUCHED}),
bound AS ({_BOUNDS}),
dates AS (
  SELECT id, GREATEST(max({_end("keep_at_least")}),
      max((kept_until + 1)::timestamp AT TIME ZONE %(zone)s)) AS floor,
    NULLIF(min({_end("delete_after")}) FILTER (WHERE adopted), %(open)s) AS ceiling,
    bool_or(policy_id = ANY(%(covers)s)) AS covered
  FROM bound GROUP BY id),
resolved AS (
  SELECT part.*, covered, floor, LEAST(ceiling, law) AS ceiling,
    LEAST(by_hand, NULLIF(GREATEST(LEAST(ceiling, law),
      CASE WHEN LEAST(ceiling, law) IS NOT NULL THEN floor END,
      CASE WHEN LEAST(ceiling, law) IS NOT NULL AND spared_until IS NOT NULL
        THEN LEAST(spared_until, law) END), %(open)s)) AS goes
  FROM part LEFT JOIN dates USING (id))
"""  # noqa: S608
"""What the change touches, as `resolved`: each with the date it has and the one it would
have."""

EARLIER = "goes < COALESCE(goes_now, 'infinity')"

_EFFECT = f"""
SELECT count(*) FILTER (WHERE covered),
  count(*) FILTER (WHERE {EARLIER}),
  count(*) FILTER (WHERE COALESCE(goes, 'infinity') > goes_now),
  count(*) FILTER (WHERE goes < %(soon)s),
  count(*) FILTER (WHERE goes_now < %(soon)s),
  COALESCE(sum(bytes) FILTER (WHERE goes < %(soon)s), 0)::bigint,
  count(*) FILTER (WHERE floor > ceiling),
  min(goes) FILTER (WHERE covered), max(goes) FILTER (WHERE covered)
FROM resolved
"""  # noqa: S608
