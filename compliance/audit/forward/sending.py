"""Carries the log to its receivers, each by one worker at a time.

A row is leased by the database's clock, and the cursor moves under the lease alone: a
worker that dies leaves a cursor from which the next one goes on, so that an entry may
come twice and never not at all. A receiver that does not take a message rests as a whole,
a little longer each time; the log waits in its table, however long that is.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from compliance.audit import horizon
from compliance.audit.forward import cursor, shapes
from compliance.audit.horizon import Place
from compliance.keys import CannotDecrypt
from compliance.leases import FREE
from compliance.models import AuditEntry, SiemTarget
from compliance.wire import signature, stream
from compliance.wire.post import NotTaken, post
from compliance.wire.trust import Trust

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
"""Longer than a worker may take (tasks): a lease ends only with its worker."""
RUN = timedelta(seconds=30)
"""After so long a worker turns to other work."""
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=1)
LONGEST_WISH = timedelta(hours=1)
"""A receiver that asks to be left alone for longer is asked again by then."""
TOO_LARGE = "413"
TAKEN = "ok"
_Kind = SiemTarget.Kind


def due(*, now: datetime) -> list[UUID]:
    """The receivers that something waits for and that no worker is busy with."""
    rested = Q(rests_until=None) | Q(rests_until__lte=now)
    rows = SiemTarget.objects.filter(FREE)
    rows = rows.filter(Q(is_active=True) & rested | Q(test_entry__isnull=False))
    place = horizon.place()
    return [one.pk for one in rows if one.test_entry or _has_more(one, place)]


def send(*, target_id: UUID, now: datetime) -> int:
    """Send a receiver what waits for it, in order, until all is sent or one message is
    not taken. Returns how many entries were.
    """
    if not _claim(target_id):
        return 0
    rows = SiemTarget.objects.filter(pk=target_id)
    attempt = rows.values_list("attempt", flat=True).get()
    mine = rows.filter(attempt=attempt)
    try:
        return _carry(rows.get(), mine, now)
    except NotTaken as failure:
        _rest(mine, failure, now)
    except CannotDecrypt:
        _rest(mine, NotTaken("no_key"), now)
    finally:
        mine.update(claimed_until=None)
    return 0


def _claim(target_id: UUID) -> bool:
    free = SiemTarget.objects.filter(FREE, pk=target_id)
    return bool(free.update(claimed_until=Now() + LEASE, attempt=F("attempt") + 1))


def _carry(target: SiemTarget, mine: QuerySet[SiemTarget], now: datetime) -> int:
    if target.test_entry:
        _test(target, mine, now)
    if not target.is_active or (target.rests_until and target.rests_until > now):
        return 0
    cursor.mend(target, horizon.place())
    taken, most, stop_at = 0, cursor.PAGE, timezone.now() + RUN
    while timezone.now() < stop_at:
        page = list(cursor.ready(target, horizon.place())[:most])
        if not page:
            break
        try:
            sent = _send(target, page)
        except NotTaken as failure:
            if failure.code != TOO_LARGE or len(page) == 1:
                raise
            most = len(page) // 2  # for the rest of this run
            continue
        if not _advance(target, mine, sent, now):
            break  # the lease is another worker's
        taken += len(sent)
    return taken


def _has_more(target: SiemTarget, place: Place) -> bool:
    return cursor.ready(target, place).exists() or cursor.is_foreign(target, place)


def _test(target: SiemTarget, mine: QuerySet[SiemTarget], now: datetime) -> None:
    """Send the entry of the test ahead of its turn, and keep the answer."""
    answer = TAKEN
    try:
        _send(target, list(AuditEntry.objects.filter(pk=target.test_entry)))
    except NotTaken as failure:
        answer = failure.code
    mine.update(test_entry=None, tested_at=now, test_answer=answer[:40])


def _send(target: SiemTarget, entries: Sequence[AuditEntry]) -> Sequence[AuditEntry]:
    """Send the first of these; returns which. Raises NotTaken."""
    kind = _Kind(target.kind)
    body, sent = shapes.message(kind, entries)
    trust = Trust(
        networks=settings.SIEM_NETWORKS,
        ca=target.ca,
        certificate=target.certificate,
        key=target.secret if target.certificate else "",
    )
    if kind == _Kind.SYSLOG:
        stream.deliver(target.url, data=body, trust=trust)
    else:
        headers = _HEADERS[kind](target, sent, body)
        post(target.url, body=body, headers=headers, trust=trust)
    return sent


def _signed(
    target: SiemTarget, sent: Sequence[AuditEntry], body: bytes
) -> dict[str, str]:
    return signature.headers(
        message_id=f"{sent[0].id}.{len(sent)}",
        body=body,
        secrets=[target.secret],
        now=timezone.now(),
    )


_HEADERS: Mapping[
    SiemTarget.Kind,
    Callable[[SiemTarget, Sequence[AuditEntry], bytes], dict[str, str]],
] = {
    _Kind.OCSF: _signed,
    _Kind.SPLUNK: lambda one, _sent, _body: {"Authorization": f"Splunk {one.secret}"},
    _Kind.DATADOG: lambda one, _sent, _body: {"DD-API-KEY": one.secret},
}
"""By what a receiver knows us."""


def _advance(
    target: SiemTarget,
    mine: QuerySet[SiemTarget],
    sent: Sequence[AuditEntry],
    now: datetime,
) -> bool:
    """Move the cursor behind what was taken, and go on with the lease, if it is ours."""
    last = sent[-1]
    target.sent_xid, target.sent_id = last.xid, last.id
    moved = mine.update(
        sent_xid=last.xid,
        sent_id=last.id,
        sent_at=now,
        sent_count=F("sent_count") + len(sent),
        failures=0,
        failing_since=None,
        last_error="",
        rests_until=None,
        claimed_until=Now() + LEASE,
    )
    return bool(moved)


def _rest(mine: QuerySet[SiemTarget], failure: NotTaken, now: datetime) -> None:
    """Let the receiver be for twice as long as before, a minute at the most; longer
    where it asked for that.
    """
    failures = mine.values_list("failures", flat=True).first() or 0
    ours: timedelta = min(FIRST_REST * 2 ** min(failures, 10), LONGEST_REST)
    rest = max(ours, min(failure.after, LONGEST_WISH))
    mine.update(
        failures=F("failures") + 1,
        failing_since=Coalesce("failing_since", now),
        last_error=failure.code[:40],
        rests_until=now + rest,
    )
    told = mine.values_list("pk", flat=True).first()
    logger.warning("siem.not_taken", extra={"target": str(told), "why": failure.code})
