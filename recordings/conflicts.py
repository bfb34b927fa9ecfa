"""Recordings whose floor is later than their ceiling, by the pair that contradicts itself.

Read from what was stored when they were dated, so the page, its alerts and the recording
itself say the same.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from recordings import alerts, keeping
from recordings.models import Alert

KIND = Alert.Kind.POLICY_CONFLICT


@dataclass(frozen=True)
class Pair:
    """A floor and the ceiling before it, with what they bear on.

    floor: the series of its policy; ceiling: likewise, or the id of a consent rule where
    the law of the call is the ceiling (`place` says where). narrowed: of the recordings,
    those that are past their ceiling. floor_ref, ceiling_ref: versions, or the rule, as
    the newest of these recordings have them.
    """

    floor: UUID
    floor_name: str
    ceiling: UUID
    ceiling_name: str
    place: str
    recordings: int
    calls: int
    narrowed: int
    first: datetime
    last: datetime
    purposes: list[str]
    floor_ref: UUID
    ceiling_ref: UUID

    @property
    def subject(self) -> str:
        """What an alert about it is known by."""
        return f"{self.floor}:{self.ceiling}"

    @property
    def address(self) -> str:
        """How the list of its calls is asked for."""
        return f"{self.floor_ref}.{self.ceiling_ref}"


def pairs(*, now: datetime, team_ids: Collection[UUID] | None = None) -> list[Pair]:
    """Every pair that contradicts itself on something that is kept, the most first.

    team_ids: of these teams only; None is every team.
    """
    asked = {
        "states": list(keeping.DATED),
        "teams": None if team_ids is None else list(team_ids),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, asked)
        return [Pair(*row) for row in cursor.fetchall()]


def watch(*, now: datetime) -> None:
    """Open an alert for each pair that has none, and close those of pairs that are gone."""
    found = {pair.subject for pair in pairs(now=now)}
    known = set(
        Alert.objects.filter(kind=KIND, closed_at=None).values_list(
            "subject", flat=True
        )
    )
    with transaction.atomic():
        for subject in sorted(found - known):
            alerts.open_once(KIND, subject=subject, now=now)
        for subject in sorted(known - found):
            alerts.close(KIND, subject=subject, now=now)


_PAIRS = """
WITH part AS (
  SELECT part.id, part.call_id, part.narrowed, part.narrowed_from, floor.ref AS floor,
    ceiling.ref AS ceiling, ceiling.side
  FROM recordings_recording part
  JOIN recordings_call call ON call.id = part.call_id
  CROSS JOIN LATERAL (
    SELECT (bound->>'ref')::uuid AS ref
    FROM jsonb_array_elements(part.dating->'bounds') bound
    WHERE bound->>'side' = 'floor' AND (bound->>'at')::timestamptz = part.keep_until
    ORDER BY 1 LIMIT 1) floor
  CROSS JOIN LATERAL (
    SELECT (bound->>'ref')::uuid AS ref, bound->>'side' AS side
    FROM jsonb_array_elements(part.dating->'bounds') bound
    WHERE bound->>'side' <> 'floor' AND (bound->>'counts')::bool
      AND (bound->>'at')::timestamptz = part.narrowed_from
    ORDER BY 1 LIMIT 1) ceiling
  WHERE part.narrowed_from IS NOT NULL AND part.state = ANY(%(states)s)
    AND (%(teams)s::uuid[] IS NULL OR call.team_id = ANY(%(teams)s::uuid[])))
SELECT floor.series, max(floor.name), COALESCE(policy.series, rule.id),
  COALESCE(max(policy.name), max(rule.place_name)), COALESCE(max(rule.place), ''),
  count(*), count(DISTINCT part.call_id),
  count(*) FILTER (WHERE part.narrowed_from <= %(now)s),
  min(part.narrowed_from), max(part.narrowed_from),
  ARRAY(SELECT DISTINCT unnest(string_to_array(
    string_agg(array_to_string(part.narrowed, ','), ','), ',')) ORDER BY 1),
  (array_agg(part.floor ORDER BY floor.version DESC))[1],
  (array_agg(part.ceiling ORDER BY floor.version DESC))[1]
FROM part
JOIN compliance_retentionpolicy floor ON floor.id = part.floor
LEFT JOIN compliance_retentionpolicy policy
  ON policy.id = part.ceiling AND part.side = 'ceiling'
LEFT JOIN compliance_consentrule rule ON rule.id = part.ceiling AND part.side = 'law'
GROUP BY floor.series, COALESCE(policy.series, rule.id)
ORDER BY count(*) DESC, 2, 4
"""
