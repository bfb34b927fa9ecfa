"""When the time of a part is over: due, in somebody's hands, hidden, put back, saved.

Nothing is destroyed here (`destruction`). Due is what is over with its grace and every
floor; what still has grace, or is kept, is only hidden, and heard by nobody.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Item
from compliance.leases import FREE
from compliance.models import Person
from compliance.retention import restrictions
from recordings import keeping, kept, restricted, summary
from recordings.models import Recording

State = Recording.State

HANDED_OUT = timedelta(minutes=10)
"""A worker that has not come to an item by then is taken for dead."""
RETRY = timedelta(hours=1)
"""What failed is tried again so much later, behind everything else."""
DAYS = (7, 30, 90)
"""For so many days a person may bring back what is hidden; what must stay longer takes
a policy or a hold."""
_BEFORE = (
    *Recording.HEARABLE,
    *Recording.SHUT,
    State.FAILED,
    State.LOST,
)
"""States from which destruction may begin."""
_SEEN = (*Recording.HEARABLE, *Recording.SHUT)
_OVER = Greatest("expires_at", "gone_by", "keep_until")


def is_due(now: datetime) -> Q:
    """Its time is over, with its grace and every floor, by the policies as they are now;
    or its destruction has begun: there is no way back from that."""
    over = keeping.is_over(now) & keeping.is_dated_anew()
    return over & Q(state__in=_BEFORE) | Q(state=State.EXPIRED)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of what is due: what a dead worker had begun, then what is over longest, and
    last what failed before.

    Were the failed first, a page that the store refuses to delete would keep all others
    alive; so would a page of what is on hold.
    """
    found: list[UUID] = []
    for rows in _queues(now):
        if len(found) < limit:
            found += rows.values_list("id", flat=True)[: limit - len(found)]
    return found


@transaction.atomic
def lease(*, now: datetime, limit: int) -> list[UUID]:
    """The same for one worker alone, who has a while to come to them. What another is
    being given at this moment is left to him."""
    found: list[UUID] = []
    for rows in _queues(now):
        if len(found) < limit:
            mine = rows.select_for_update(no_key=True, skip_locked=True, of=("self",))
            found += mine.values_list("id", flat=True)[: limit - len(found)]
    Recording.objects.filter(id__in=found).update(due_at=now + HANDED_OUT)
    return found


def _queues(now: datetime) -> Iterator[QuerySet[Recording]]:
    """Three that no part is in twice, each along an index of its own."""
    rows = Recording.objects.filter(FREE).order_by("due_at")
    waits = Q(due_at=None) | Q(due_at__lte=now)
    begun = rows.filter(waits, state=State.EXPIRED)
    is_over = keeping.is_over(now) & keeping.is_dated_anew()
    over = rows.filter(is_over, ~_stays(now), state__in=_BEFORE)
    yield begun.filter(setback="")
    yield over.filter(due_at=None).order_by(_OVER)
    yield over.filter(due_at__lte=now)
    yield begun.exclude(setback="")


def _stays(now: datetime) -> Q:
    """A hold keeps it, or it is restricted: then no date ends it."""
    return Q(kept.part(now)) | Q(restricted.part())


def put_back(part_id: UUID, *, attempt: int | None, reason: str, now: datetime) -> None:
    """Try it again later, and keep why. attempt: the claim that failed; None for what
    could not even be claimed. Whoever claimed it meanwhile goes on."""
    rows = Recording.objects.filter(id=part_id)
    rows = rows.filter(FREE) if attempt is None else rows.filter(attempt=attempt)
    rows.exclude(state=State.DESTROYED).update(
        claimed_until=None, due_at=now + RETRY, setback=reason[:60]
    )


@transaction.atomic
def hide(*, now: datetime, limit: int) -> int:
    """Write down of up to `limit` parts that their time is over; returns how many.

    Nobody hears them from their date on in any case. Those that are due go at once, and
    their destruction is told instead.
    """
    rows = Recording.objects.filter(
        ~keeping.is_over(now) | _stays(now),
        expires_at__lte=now,
        hidden_at=None,
        state__in=_SEEN,
    )
    rows = rows.select_related("call").order_by("expires_at")
    found = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
    Recording.objects.filter(id__in=[part.id for part in found]).update(hidden_at=now)
    for part in found:
        facts = {"reason": "hidden"}
        log.append(Action.RECORDING_EXPIRED, subject=part, facts=facts)
    return len(found)


def may_be_brought_back(part: Recording, *, now: datetime) -> bool:
    """Whether it is hidden, has grace left, and nobody decided that it goes.

    The law of its call leaves no grace, and an erasure none either.
    """
    is_hidden = part.expires_at is not None and part.expires_at <= now
    has_grace = part.gone_by is not None and part.gone_by > now
    by_policy = keeping.set_by_hand(part) is None
    return part.state in _SEEN and is_hidden and has_grace and by_policy


def bring_back(
    *, recording: Recording, days: int, by: Person, now: datetime
) -> Recording:
    """Let it be heard again for so many days, as far as the law of its call allows; then
    it is hidden anew. Returns it as it is now. Raises Refused."""
    policy.require(by, Verb.STOP_DELETION, recording)
    with transaction.atomic():
        call = summary.locked(recording.call_id)
        rows = Recording.objects.select_for_update(of=("self",))
        part = rows.select_related("call").get(id=recording.id)
        if not may_be_brought_back(part, now=now):
            raise _too_late(part)
        if restrictions.is_restricted(Item(Recording.ITEM, part.pk)):
            raise _restricted(part)
        part.spared_until = now + timedelta(days=min(days, max(DAYS)))
        keeping.set_date(part, now=now)
        part.save(update_fields=(*keeping.DATES, "spared_until"))
        until = part.expires_at.date().isoformat() if part.expires_at else "-"
        facts: dict[str, Fact] = {"part": part.part, "until": until}
        log.append(Action.RECORDING_BROUGHT_BACK, subject=part, actor=by, facts=facts)
        summary.refresh(call)
    return part


def _too_late(part: Recording) -> Refused:
    return Refused(
        verb=Verb.STOP_DELETION,
        code="not_hidden",
        reason=_("It is not hidden for its grace any more."),
        ask=_("What a person, the law or an erasure ended is not brought back."),
        subject=part,
    )


def _restricted(part: Recording) -> Refused:
    return Refused(
        verb=Verb.STOP_DELETION,
        code="restricted",
        reason=_("Its processing is restricted: it is only stored."),
        ask=_(
            "It is not deleted meanwhile, and can be brought back when that is lifted."
        ),
        subject=part,
    )
