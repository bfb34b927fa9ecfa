"""The course of a production that was agreed to: cut into volumes, made by workers, ready,
gone when its days are over. What is made stays made, whoever dies in between.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from compliance import packages
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Approval, Hold, Package, Person
from recordings.models import ProducedItem, Production, Volume
from recordings.producing import bringing_back, volumes

KIND = "production"
A_VOLUME = 1_000
"""So many items a volume holds at most, however small they are."""
PAGE = 2_000
MAKING = timedelta(days=30)
"""So long the making may take, with all the days on which nothing worked."""
State = Production.State


def begin(current: Production, *, by: Person, now: datetime) -> None:
    """Cut the list into volumes, for workers to make. The caller has locked the row."""
    count = 0
    for number, (first, last) in enumerate(_cuts(current), 1):
        volume = _volume(current, number, last - first + 1, now)
        within = current.items.filter(position__gte=first, position__lte=last)
        within.update(volume=volume)
        count = number
    _volume(current, Volume.PAPERS, 0, now)
    current.state = State.MAKING
    current.save(update_fields=["state"])
    facts: dict[str, Fact] = {"volumes": count}
    log.append(Action.PRODUCTION_BEGUN, subject=current, actor=by, facts=facts)


def approval_of(production: Production) -> Approval | None:
    """What the second person is asked, or was."""
    key = production.approval
    return Approval.objects.filter(pk=key).first() if key else None


def cancel(*, production: Production, by: Person, now: datetime) -> bool:
    """Stop it, or have its files deleted before their days are over.

    Returns False where it has ended already. Raises Refused.
    """
    policy.require(by, Verb.PRODUCE, production)
    with transaction.atomic():
        rows = Production.objects.select_for_update(no_key=True)
        current = rows.get(pk=production.pk)
        if current.state in {State.CANCELLED, State.GONE}:
            return False
        asked = approval_of(current)
        if asked and asked.state in Approval.OPEN and asked.asked_by_id == by.pk:
            approving.withdraw(approval=asked, by=by, now=now)  # others' end in time
        _cancel(current, reason="by_hand", by=by, now=now)
    return True


def give_up(*, production_id: UUID, reason: str, now: datetime) -> None:
    """Stop it, or have its files deleted, by no person's wish. reason: a code."""
    with transaction.atomic():
        rows = Production.objects.select_for_update(no_key=True)
        current = rows.filter(pk=production_id).first()
        if current and current.state not in {State.CANCELLED, State.GONE}:
            _cancel(current, reason=reason, by=None, now=now)


def again(*, production: Production, by: Person, now: datetime) -> bool:
    """Have the volumes made that failed; those that are made stay. Raises Refused."""
    policy.require(by, Verb.PRODUCE, production)
    with transaction.atomic():
        rows = Production.objects.select_for_update(no_key=True)
        current = rows.filter(pk=production.pk, state=State.FAILED).first()
        if current is None:
            return False
        failed = list(current.volumes.filter(state=Package.State.FAILED))
        for old in failed:
            items = list(old.contents.values_list("pk", flat=True))
            old.delete()
            new = _volume(current, old.number, old.planned, now)
            ProducedItem.objects.filter(pk__in=items).update(volume=new)
        current.state = State.MAKING
        current.save(update_fields=["state"])
        facts: dict[str, Fact] = {"volumes": len(failed)}
        log.append(Action.PRODUCTION_BEGUN, subject=current, actor=by, facts=facts)
    return True


def settle(*, now: datetime) -> None:
    """Ask for originals that lie in an archive; end productions whose volumes are all made,
    or one of them for good not; and those that nobody agreed to."""
    making = Production.objects.filter(state=State.MAKING)
    for one in making.select_related("asked_by"):
        bringing_back.ask(one, now=now)
        settle_one(production_id=one.pk, now=now)
    ended = Approval.objects.filter(kind=KIND, ended_at__isnull=False)
    over = ended.exclude(state=Approval.State.CARRIED_OUT).values("pk")
    for one in Production.objects.filter(state=State.ASKED, approval__in=over):
        with transaction.atomic():
            _cancel(one, reason="not_agreed", by=None, now=now)


def settle_one(*, production_id: UUID, now: datetime) -> None:
    """Ready when all volumes are; failed when one of them is."""
    with transaction.atomic():
        rows = Production.objects.select_for_update(no_key=True)
        current = rows.filter(pk=production_id, state=State.MAKING).first()
        if current is None:
            return
        states = set(current.volumes.values_list("state", flat=True))
        if Package.State.FAILED in states:
            current.state = State.FAILED
            current.save(update_fields=["state"])
            log.append(Action.PRODUCTION_FAILED, subject=current)
        elif states == {Package.State.READY}:
            _finish(current, now)


def sweep(*, now: datetime) -> int:
    """Delete for ever the files whose days are over; returns how many went.

    As long as its hold is in force, a production is kept for as many days again.
    """
    until = now + timedelta(days=settings.PRODUCTION_DAYS)
    kept = Production.objects.filter(
        state=State.READY,
        expires_at__lte=now,
        hold__in=Hold.objects.filter(Hold.holding(now)),
    )
    with transaction.atomic():
        Volume.objects.filter(production__in=kept.values("pk")).update(expires_at=until)
        kept.update(expires_at=until)
    over = packages.over(volumes.KIND, now=now).select_related("production")
    gone = packages.sweep(volumes.KIND, over)
    left = Volume.objects.exclude(state=Package.State.GONE).values("production")
    done = Production.objects.filter(state=State.READY, expires_at__lte=now)
    done.exclude(pk__in=left).update(state=State.GONE)
    return gone


def _cuts(production: Production) -> Iterator[tuple[int, int]]:
    """First and last position of each volume: bounded in bytes and in items."""
    most: int = settings.PRODUCTION_VOLUME_MB * 1_000_000
    first, last, size = 0, -1, 0
    rows = production.items.order_by("position")
    told = rows.values_list("position", "recording__bytes")
    for position, length in told.iterator(chunk_size=PAGE):
        full = size + (length or 0) > most or position - first >= A_VOLUME
        if full and last >= first:
            yield first, last
            first, size = position, 0
        last, size = position, size + (length or 0)
    if last >= first:
        yield first, last


def _volume(production: Production, number: int, planned: int, now: datetime) -> Volume:
    key = uuid4()
    return Volume.objects.create(
        id=key,
        production=production,
        number=number,
        planned=planned,
        owner=production.asked_by,
        file_name=f"{key}.zip",
        asked_at=now,
        expires_at=now + MAKING,
    )


def _finish(current: Production, now: datetime) -> None:
    current.state, current.made_at = State.READY, now
    current.expires_at = now + timedelta(days=settings.PRODUCTION_DAYS)
    current.save(update_fields=["state", "made_at", "expires_at"])
    current.volumes.update(expires_at=current.expires_at)
    facts: dict[str, Fact] = {
        "exceptions": current.items.exclude(problem="").count(),
        "manifest": current.manifest_sha256,
        "key": current.key_fingerprint,
    }
    log.append(Action.PRODUCTION_READY, subject=current, facts=facts)


def _cancel(
    current: Production, *, reason: str, by: Person | None, now: datetime
) -> None:
    """Workers that make a volume find their attempt gone; the sweep deletes files."""
    current.state, current.reason = State.CANCELLED, reason
    current.save(update_fields=["state", "reason"])
    current.volumes.filter(state__in=Package.UNFINISHED).update(
        state=Package.State.FAILED, reason="cancelled"
    )
    current.volumes.update(expires_at=now, claimed_until=None)
    facts: dict[str, Fact] = {"reason": reason}
    log.append(Action.PRODUCTION_CANCELLED, subject=current, actor=by, facts=facts)
