"""Recordings, as the law book sees them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from compliance.custody import (
    Description,
    Ending,
    Extent,
    Fates,
    Item,
    Marking,
    Order,
    Scope,
    Standing,
    Subject,
)
from recordings import (
    about,
    destruction,
    ending,
    expiry,
    locks,
    restoring,
    scopes,
    tombstones,
)
from recordings.models import Call, Recording


class RecordingCustodian:
    """Implements `compliance.custody.Custodian` for recordings."""

    kinds: tuple[str, ...] = (destruction.KIND,)

    def due(self, *, now: datetime, limit: int) -> list[Item]:
        """Recordings whose retention is over and that no hold keeps, oldest first."""
        return [Item(destruction.KIND, pk) for pk in expiry.due(now=now, limit=limit)]

    def lease(self, *, now: datetime, limit: int) -> list[Item]:
        """Some of them, for one worker alone."""
        return [Item(destruction.KIND, pk) for pk in expiry.lease(now=now, limit=limit)]

    def hide(self, *, now: datetime, limit: int) -> int:
        """Write down of recordings with grace left that their time is over."""
        return expiry.hide(now=now, limit=limit)

    def describe(self, items: Collection[Item], *, now: datetime) -> list[Description]:
        """What is to be known of these, and what keeps them."""
        return ending.describe([item.id for item in items], now=now)

    def end(
        self, items: Collection[Item], order: Order, *, now: datetime
    ) -> dict[Item, Ending]:
        """Give them their end now, unless a hold or a floor keeps one."""
        ids = [item.id for item in items]
        told = ending.end(ids, reason=order.reason, now=now)
        return {item: told[item.id] for item in items}

    def destroy(self, items: Sequence[Item], order: Order, *, now: datetime) -> Fates:
        """Destroy recordings for ever, with their waveforms, and write the receipts."""
        ended = destruction.destroy_several(
            ids=[item.id for item in items], reason=order.reason, now=now
        )
        return Fates(destroyed=len(ended.destroyed), failed=len(ended.failed))

    def destroy_again(self, item: Item, *, reason: str, now: datetime) -> Standing:
        """Make a tombstone of it, and destroy what the store still has."""
        return restoring.destroy_again(item.id, reason=reason, now=now)

    def quarantine(self, item: Item, *, reason: str, now: datetime) -> bool:
        """Put it in quarantine again."""
        return restoring.quarantine_again(item.id, reason=reason, now=now)

    def let_out(self, item: Item, *, reason: str, now: datetime) -> bool:
        """Let it out of quarantine again."""
        return restoring.let_out_again(item.id, reason=reason, now=now)

    def match(self, scope: Scope, *, unlisted_by: UUID, limit: int) -> list[Item]:
        """Recordings within a scope that this hold has not listed yet."""
        return scopes.unlisted(scope, hold=unlisted_by, limit=limit)

    def about(self, subject: Subject) -> list[Item]:
        """Recordings of calls that this person had."""
        return [Item(destruction.KIND, pk) for pk in about.parts(subject)]

    def measure(self, scope: Scope) -> Extent:
        """How many recordings lie within a scope, of how many calls."""
        return scopes.measure(scope)

    def catching(self, item: Item, asked: Mapping[UUID, Scope]) -> set[UUID]:
        """The keys of those scopes that the recording lies within."""
        return scopes.catching(item.id, asked)

    def lock(self, items: Collection[Item]) -> set[Item]:
        """Lock the rows; returns those whose destruction has begun."""
        going = tombstones.lock([item.id for item in items])
        return {item for item in items if item.id in going}

    def mark(self, item: Item, *, on: bool) -> Marking:
        """The store's own lock on the recording and on what was made of it."""
        return locks.mark(item.id, on=on)

    def related(self, id: UUID) -> list[UUID]:
        """Of a call, or of one of its recordings: the call with its recordings."""
        of_part = Recording.objects.filter(id=id).values("call")
        calls = Call.objects.filter(Q(id=id) | Q(id__in=of_part))
        rows = calls.values_list("id", "recordings").order_by("recordings__part")
        return list(dict.fromkeys(key for row in rows for key in row if key))
