"""The log of requests: what each was, when and how it was answered, and on what ground.

California asks for 24 months of it (11 CCR 7101); it follows that time itself: a row
goes when it is over, with everything that was said around it. Nothing in the file that
can be taken names anybody.
"""

import csv
import io
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.cells import safe
from compliance.models import FormEntry, Person, PlanItem, RequestLetter, SubjectRequest
from compliance.requests import handling, numbers, subject

PAGE = 200
COLUMNS = (
    "reference",
    "kind",
    "law",
    "channel",
    "received_at",
    "acknowledged_at",
    "due_at",
    "extended_at",
    "identity",
    "closed_at",
    "outcome",
    "ground",
)


def take(*, by: Person) -> str:
    """The whole log as CSV, oldest first. Taking it is an entry. Raises Refused."""
    policy.require(by, Verb.HANDLE_REQUEST)
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow((*COLUMNS, "days"))
    count = 0
    with transaction.atomic():
        rows = SubjectRequest.objects.order_by("received_at", "id")
        for row in rows.iterator(chunk_size=PAGE):
            lines.writerow([*(_cell(row, name) for name in COLUMNS), _days(row)])
            count += 1
        log.append(Action.REQUEST_LOG_TAKEN, actor=by, facts={"requests": count})
    return written.getvalue()


def sweep(*, now: datetime) -> int:
    """Delete requests whose time in the log is over, and forms nobody confirmed.

    One for whom something is still kept waits for its end. Returns how many requests.
    Each is an entry.
    """
    _forget_forms(now)
    kept = PlanItem.objects.filter(
        plan__request=OuterRef("pk"), fate=PlanItem.Fate.KEPT
    )
    over = SubjectRequest.objects.filter(~Exists(kept), forget_at__lte=now)
    gone = 0
    for pk in over.order_by("forget_at").values_list("pk", flat=True)[:PAGE]:
        with transaction.atomic():
            row = over.select_for_update(skip_locked=True).filter(pk=pk).first()
            if row is None:
                continue
            log.append(Action.REQUEST_FORGOTTEN, subject=row)
            _forget(row, now)
            gone += 1
    return gone


def _forget(row: SubjectRequest, now: datetime) -> None:
    """Delete it, and its numbers where only the request kept them; of who was erased, no
    more than the hash stays where a list needs it."""
    kept = row.subjects.exclude(number=None).values_list("number", flat=True)
    theirs, told = subject.of(row), [one for one in kept if one]
    row.delete()
    if row.kind == SubjectRequest.Kind.ERASURE and row.outcome in handling.ANSWERED:
        numbers.Numbers().erase(theirs, spare=(), now=now, limit=len(told))
    numbers.drop(told)


def _forget_forms(now: datetime) -> None:
    """What was typed and confirmed stands in its request; the rest was nobody's."""
    over = FormEntry.objects.filter(expires_at__lte=now)
    RequestLetter.objects.filter(entry__in=over).delete()
    over.delete()


def _cell(row: SubjectRequest, name: str) -> str:
    value = getattr(row, name)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return safe(str(value or ""))


def _days(row: SubjectRequest) -> str:
    """Whole days from receipt to the answer, for the figures that are published."""
    if row.closed_at is None:
        return ""
    return str((row.closed_at - row.received_at).days)
