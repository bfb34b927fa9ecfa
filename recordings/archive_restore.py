"""Recordings out of the store's archive: asked for, awaited, opened, closed again.

What was asked for is a row; a worker asks the store, and asks again until the copy is there.
The recording itself says until when it can be read, so that it closes on time, whether a
worker looks or not.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance.access.guards import require_or_hide
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import media_store, outbox
from recordings.media_store.archive import Speed, WayBack
from recordings.media_store.errors import StoreError, StoreUnavailable
from recordings.models import Recording, Restoration

logger = logging.getLogger(__name__)

State = Restoration.State
KEPT_DAYS = 7
"""How long a copy stays once it is there."""
LOOKED_EVERY = timedelta(minutes=5)
PAGE = 200


_NO_WAY = WayBack(Speed.USUAL, timedelta())


class NotPossible(Exception):
    """It lies in no archive, is on its way already, or does not come at that speed."""


def ways_back(part: Recording) -> list[WayBack]:
    """How fast the store brings it back; none where it need not, or is not known."""
    try:
        return media_store.store(part.store).ways_back(part.storage_class)
    except StoreError:
        return []


def under_way(part: Recording) -> Restoration | None:
    """What somebody has asked for and has not come yet."""
    rows = part.restorations.filter(state__in=Restoration.UNFINISHED)
    return rows.select_related("asked_by").first()


def ask(*, recording_id: UUID, by: Person, speed: str, now: datetime) -> Restoration:
    """Ask for a recording; whoever may hear it may. Raises Refused or Hidden, NotPossible.

    A worker asks the store (`settle`).
    """
    with transaction.atomic():
        rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
        part = rows.get(pk=recording_id)
        require_or_hide(by, Verb.LISTEN, part)
        ways = {one.speed: one for one in ways_back(part)}
        if part.is_within_reach(now=now) or not part.is_hearable or speed not in ways:
            raise NotPossible
        return _want(part, ways[Speed(speed)], by, now)


def bring(*, part: Recording, by: Person, now: datetime) -> Restoration:
    """Ask for an original that a production wants, at the usual speed if there is one.

    What `by` may do was asked when the production was. Where the store knows no way back
    it has failed at once. Raises NotPossible where somebody else has just asked.
    """
    ways = {one.speed: one for one in ways_back(part)}
    way = ways.get(Speed.USUAL) or next(iter(ways.values()), _NO_WAY)
    with transaction.atomic():
        wanted = _want(part, way, by, now, for_production=True)
        if way is _NO_WAY:
            _settled(wanted, State.FAILED, now, reason="no_way_back")
    return wanted


def _want(
    part: Recording,
    way: WayBack,
    by: Person,
    now: datetime,
    *,
    for_production: bool = False,
) -> Restoration:
    try:
        with transaction.atomic():
            wanted = Restoration.objects.create(
                recording=part,
                speed=way.speed.value,
                asked_by=by,
                asked_at=now,
                expected_at=now + way.within,
                due_at=now,
                for_production=for_production,
            )
    except IntegrityError as error:
        raise NotPossible from error
    facts = {"speed": way.speed.value, "days": KEPT_DAYS}
    log.append(Action.RESTORE_ASKED, subject=part, actor=by, facts=facts)
    return wanted


def settle(*, now: datetime, limit: int = PAGE) -> int:
    """Ask the store for what is wanted, see what has come, close what has lapsed; returns
    how many were looked at."""
    rows = Restoration.objects.filter(due_at__lte=now)
    waiting = rows.filter(state__in=[*Restoration.UNFINISHED, State.OPEN])
    due = list(waiting.select_related("recording__call", "asked_by")[:limit])
    for row in due:
        mine = Restoration.objects.filter(pk=row.pk, due_at=row.due_at)
        if not mine.update(due_at=now + LOOKED_EVERY):
            continue  # another worker is at it
        try:
            _go_on(row, now)
        except StoreUnavailable:
            _again(row, now)
        except StoreError as error:
            _settled(row, State.FAILED, now, reason=error.code or type(error).__name__)
    return len(due)


def _go_on(row: Restoration, now: datetime) -> None:
    part = row.recording
    store = media_store.store(part.store)
    if row.state == State.ASKED:
        store.bring_back(
            part.object_key,
            version_id=part.version_id,
            days=KEPT_DAYS,
            speed=Speed(row.speed),
        )
        row.state = State.COMING
        _again(row, now)
        return
    found = store.head(part.object_key, part.version_id or None)
    row.open_until = found.open_until if found else None
    opens = found is not None and not found.is_coming
    opens = opens and store.opens(part.object_key, version_id=part.version_id)
    if row.state == State.COMING and opens:
        _settled(row, State.OPEN, now)
    elif row.state == State.OPEN and not opens:
        _settled(row, State.LAPSED, now)
    else:
        _again(row, now)


def _again(row: Restoration, now: datetime) -> None:
    row.due_at = now + LOOKED_EVERY
    if row.state == State.OPEN and row.open_until and row.open_until > row.due_at:
        row.due_at = row.open_until
    row.save()


_ENTRIES = {
    State.OPEN: Action.RESTORE_DONE,
    State.LAPSED: Action.RESTORE_LAPSED,
    State.FAILED: Action.RESTORE_FAILED,
}


def _settled(
    row: Restoration, state: Restoration.State, now: datetime, *, reason: str = ""
) -> None:
    """Note how it stands, for the recording too; tell whoever asked, if it came or failed."""
    with transaction.atomic():
        part = row.recording
        row.state, row.reason = state, reason[:40]
        if state == State.OPEN:
            row.opened_at = now
        if state != State.FAILED:
            is_open = state == State.OPEN
            reach = {"is_closed": not is_open, "open_until": row.open_until}
            Recording.objects.filter(pk=part.pk).update(**reach)
        _again(row, now)
        facts = {"reason": row.reason} if state == State.FAILED else {}
        log.append(_ENTRIES[state], subject=part, actor=row.asked_by, facts=facts)
        if state != State.LAPSED and not row.for_production:
            outbox.restored(row, now=now)
