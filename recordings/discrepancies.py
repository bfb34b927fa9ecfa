"""What an inventory, or a check of a hash, found: noted once, seen again, or over.

A loss and an alteration are alerts; where a whole bucket is gone, a hundred of them and
one more that says so, as a hundred thousand mails would help nobody.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, Team
from recordings import alerts
from recordings.comparison import Judgement, Pair
from recordings.models import Alert, Discrepancy, Inventory, Recording

Kind = Discrepancy.Kind
State = Discrepancy.State

HASH = "hash"
"""Read again, the file had another SHA-256 than when it was first read."""
MANY = "many"
MOST_ALERTS = 100
"""Of one kind and store that may be open one by one."""
ALERTS = {
    Kind.LOST: Alert.Kind.OBJECT_LOST,
    Kind.ALTERED: Alert.Kind.OBJECT_ALTERED,
}
_TEAM = 1
"""Which segment of a key names the team (`part_plans.object_key`)."""


def note(
    found: Collection[tuple[Pair, Judgement]],
    *,
    store: str,
    now: datetime,
    inventory: Inventory | None = None,
) -> None:
    """Write down what differs; what waits already, or was accepted, was only seen again.

    inventory: the run that saw it; None for a check of hashes. The caller's transaction.
    """
    rows = Discrepancy.objects.filter(
        store=store, state__in=(*Discrepancy.WAITING, State.ACCEPTED)
    )
    known = rows.filter(object_key__in=[pair.key for pair, _judged in found])
    earlier = {(one.object_key, one.kind): one for one in known.order_by("found_at")}
    for pair, judged in found:
        row = earlier.get((pair.key, judged.kind))
        if row is None or _is_news(row, pair, judged):
            row = Discrepancy(
                kind=judged.kind, store=store, object_key=pair.key, found_at=now
            )
        _describe(row, pair, judged)
        row.seen_at, row.inventory = now, inventory
        is_new = row._state.adding
        row.save()
        if is_new:
            _tell(row, now)


def over(rows: QuerySet[Discrepancy], *, now: datetime) -> int:
    """These are not found any more, without anybody's doing; returns how many."""
    gone = list(rows.filter(state__in=(State.OPEN, State.SET_ASIDE)))
    for row in gone:
        row.state = State.OVER
        row.decided_at = now
        row.save(update_fields=["state", "decided_at"])
        close_alert(row, now=now)
    return len(gone)


def close_alert(row: Discrepancy, *, now: datetime) -> None:
    """Whoever was told need not look any more."""
    kind = ALERTS.get(Kind(row.kind))
    if kind and row.recording_id:
        alerts.close(kind, subject=str(row.recording_id), now=now)


def seen_by(person: Person) -> QuerySet[Discrepancy]:
    """Those of the teams that this person's role reaches; without a team, of all."""
    scope = policy.scope_for(person, Verb.TAKE_INVENTORY)
    return scope.narrow(Discrepancy.objects.all())


def _is_news(row: Discrepancy, pair: Pair, judged: Judgement) -> bool:
    """Whether what was accepted differs in another way by now."""
    if row.state != State.ACCEPTED:
        return False
    before = (row.detail, row.versions, row.markers, row.bytes or 0)
    stored = pair.stored
    return before != (judged.detail, stored.versions, stored.markers, stored.bytes)


def _describe(row: Discrepancy, pair: Pair, judged: Judgement) -> None:
    stored, known = pair.stored, pair.known
    row.detail = judged.detail
    row.version_id = stored.newest.version_id if stored.newest else ""
    row.bytes = stored.bytes if stored.versions else None
    row.versions, row.markers = stored.versions, stored.markers
    row.modified_at = stored.modified_at
    row.recording_id = known.recording if known else None
    row.team_id = _team_of(known.recording) if known else _team_in(pair.key)


def _team_of(recording: UUID) -> UUID | None:
    teams = Recording.objects.filter(pk=recording).values_list("call__team", flat=True)
    return teams.first()


def _team_in(key: str) -> UUID | None:
    """The team that a key names, if there is such a team."""
    segments = key.split("/")
    try:
        named = UUID(segments[_TEAM])
    except (IndexError, ValueError):
        return None
    return named if Team.objects.filter(pk=named).exists() else None


def _tell(row: Discrepancy, now: datetime) -> None:
    kind = ALERTS.get(Kind(row.kind))
    part = row.recording
    if kind is None or part is None or "/renditions/" in row.object_key:
        return  # what was made of a recording is made again
    if Alert.objects.filter(kind=kind, closed_at=None).count() >= MOST_ALERTS:
        alerts.open_once(kind, subject=row.store[:80], now=now, detail=MANY)
        return
    alerts.open_once(
        kind,
        subject=str(part.pk),
        now=now,
        call=part.call,
        recording=part,
        detail=row.detail,
    )
