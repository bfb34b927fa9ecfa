"""What the sweep is doing, as one person may know it: counts, and what is in its way."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q, QuerySet
from django.utils import timezone

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import DestructionReceipt, Person
from compliance.retention.periods import legal_calendar
from recordings import keeping, kept, restricted
from recordings.models import Recording

State = Recording.State
COUNT_UP_TO = 10_000
"""Beyond this a number says no more than "many", and would cost a scan."""
_SEEN = (*Recording.HEARABLE, *Recording.SHUT)


@dataclass(frozen=True)
class Standing:
    """How many recordings are where. Up to COUNT_UP_TO each, and one more for "more".

    waiting: over, and their turn is to come. held: over, kept by a hold. hidden: over,
    in their days of grace or kept by a floor. going: in a worker's hands. failed: put
    back with a reason. gone: destroyed today, by the day of the law.
    """

    waiting: int
    held: int
    hidden: int
    going: int
    failed: int
    gone: int

    @property
    def whole(self) -> int:
        """What there was to do today."""
        return self.waiting + self.going + self.failed + self.gone

    @property
    def is_moving(self) -> bool:
        """Whether the next look will show other numbers."""
        return bool(self.waiting or self.going)


def standing(person: Person, *, now: datetime) -> Standing:
    """Where everything is now, by six counts that each end at COUNT_UP_TO."""
    rows = mine(person)
    over = rows.filter(keeping.is_over(now), state__in=_SEEN, setback="")
    stays = Q(kept.part(now)) | Q(restricted.part())
    today = _begin_of_day(now)
    receipts = DestructionReceipt.objects.filter(
        item_kind=Recording.ITEM, destroyed_at__gte=today
    )
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    return Standing(
        waiting=_count(over.exclude(stays)),
        held=_count(over.filter(stays)),
        hidden=_count(hidden(person, now=now)),
        going=_count(rows.filter(state=State.EXPIRED, setback="")),
        failed=_count(failed(person)),
        gone=_count(scope.narrow(receipts)),
    )


def mine(person: Person) -> QuerySet[Recording]:
    """The recordings of the teams whose policies this person writes."""
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    return scope.narrow(Recording.objects.all(), "call__team_id")


def hidden(person: Person, *, now: datetime) -> QuerySet[Recording]:
    """What is over and not due yet: its grace is not over, or a floor keeps it."""
    rows = mine(person).filter(expires_at__lte=now, state__in=_SEEN)
    return rows.filter(~keeping.is_over(now)).select_related("call__team")


def failed(person: Person) -> QuerySet[Recording]:
    """What could not be destroyed, and is tried again."""
    rows = mine(person).filter(~Q(setback=""), due_at__isnull=False)
    return rows.exclude(state=State.DESTROYED).select_related("call__team")


def _begin_of_day(now: datetime) -> datetime:
    calendar = legal_calendar()
    return timezone.make_aware(
        datetime.combine(calendar.day_of(now), time.min), calendar.tzinfo
    )


def _count(rows: QuerySet[Recording] | QuerySet[DestructionReceipt]) -> int:
    return rows.order_by()[: COUNT_UP_TO + 1].count()
