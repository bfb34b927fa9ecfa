"""Calls as the list reads them: what a row shows and no more, by one statement.

Making instances of all that belongs to fifty calls took five times as long as their SQL
(`make bench ARGS=pages`). The ids of a page come from an index; only then is anything
else looked up. What is sealed stays sealed until it is shown.
"""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from compliance import keyset
from compliance.keys import keyring
from compliance.keyset import Order, Page
from compliance.models import PhoneNumber
from compliance.models.fields import PERSONAL
from recordings.models import Call
from recordings.restricted import PART_IS


class ListedParty(NamedTuple):
    """Somebody on the line."""

    role: str
    sealed_name: str
    sealed_number: str | None
    country: str | None

    @property
    def name(self) -> str:
        """As LiveKit told it, may be empty."""
        return keyring(PERSONAL).decrypt(self.sealed_name) if self.sealed_name else ""

    @property
    def number(self) -> PhoneNumber | None:
        """To be shown only: it has neither the id nor the hashes of the stored one."""
        if self.sealed_number is None:
            return None
        e164 = keyring(PERSONAL).decrypt(self.sealed_number)
        return PhoneNumber(e164=e164, country=self.country or "")


class ListedPart(NamedTuple):
    """One part of the recording; its times as JSON has them."""

    state: str
    findings: list[str]
    sha256: str
    started: str | None
    ended: str | None
    expires: str | None

    @property
    def started_at(self) -> datetime | None:
        """When it began."""
        return _moment(self.started)

    @property
    def ended_at(self) -> datetime | None:
        """When it ended."""
        return _moment(self.ended)

    @property
    def expires_at(self) -> datetime | None:
        """When it goes."""
        return _moment(self.expires)


class ListedCall(NamedTuple):
    """A row of the list: parties as they joined, parts by their numbers."""

    id: UUID
    started_at: datetime
    is_live: bool
    duration_ms: int
    expires_at: datetime | None
    direction: str
    consent: str
    capture: str
    team: str
    is_held: bool
    is_restricted: bool
    parties: list[ListedParty]
    parts: list[ListedPart]


def page(
    calls: QuerySet[Call], *, order: Order, cursor: str, size: int
) -> Page[ListedCall]:
    """One page of these calls. Raises BadCursor when the cursor cannot be read."""
    window = keyset.window(calls, order=order, cursor=cursor, size=size)
    return window.page(_read(window.rows, window.reading))


_ROWS = """
SELECT call.id, call.started_at, call.ended_at IS NULL, call.duration_ms,
  call.expires_at, call.direction, call.consent, call.capture, team.name,
  EXISTS (
    SELECT 1 FROM recordings_recording part
    JOIN compliance_holditem item ON item.kind = 'recording'
      AND item.item_id = part.id AND item.state = 'kept'
    JOIN compliance_hold hold ON hold.id = item.hold_id
      AND (hold.state = 'in_force'
        OR (hold.state = 'cooling' AND hold.cools_until > now()))
    WHERE part.call_id = call.id),
  EXISTS (
    SELECT 1 FROM recordings_recording part
    WHERE part.call_id = call.id AND {restricted}),
  (SELECT json_agg(
     json_build_array(party.role, party.name, number.e164, number.country)
     ORDER BY party.joined_at, party.id)
   FROM recordings_party party
   LEFT JOIN compliance_phonenumber number ON number.id = party.number_id
   WHERE party.call_id = call.id),
  (SELECT json_agg(
     json_build_array(part.state, part.findings, part.sha256,
       part.started_at, part.ended_at, part.expires_at)
     ORDER BY part.part)
   FROM recordings_recording part WHERE part.call_id = call.id)
FROM ({found}) found
JOIN recordings_call call USING (id)
JOIN compliance_team team ON team.id = call.team_id
ORDER BY {order}
"""
"""Not by the ORM: it would take as long to word this as PostgreSQL takes to run it."""


def _read(calls: QuerySet[Call], order: Order) -> list[ListedCall]:
    try:
        found, params = calls.values("id").query.sql_with_params()
    except EmptyResultSet:
        return []
    way = "DESC" if order.descending else "ASC"
    columns = f"call.{order.field} {way}, call.{order.id_field} {way}"
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS.format(found=found, order=columns, restricted=PART_IS), params
        )
        return [_call(row) for row in cursor.fetchall()]


def _call(row: tuple[Any, ...]) -> ListedCall:
    *plain, parties, parts = row
    return ListedCall._make(
        (
            *plain,
            list(map(ListedParty._make, parties or ())),
            list(map(ListedPart._make, parts or ())),
        )
    )


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None
