"""Who asked is forgotten, once what they asked for is done and the answer has left.

What stays for the log: that somebody asked, for what, when, under which law, and how it
ended. A certificate commits to the numbers, so that the person can be answered again.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import (
    ExternalTask,
    PlanItem,
    RecipientNotice,
    RequestLetter,
    RequestPlan,
    RequestTexts,
    SubjectRequest,
)
from compliance.requests import handling, numbers, subject

State = RequestPlan.State


def due(*, limit: int) -> list[UUID]:
    """Ids of requests whose person is to be forgotten, the first answered first."""
    return list(_due().order_by("closed_at").values_list("pk", flat=True)[:limit])


def forget(*, request_id: UUID, now: datetime) -> bool:
    """Erase who asked; returns whether this call did it. May be repeated."""
    with transaction.atomic():
        rows = SubjectRequest.objects.filter(pk=request_id)
        row = rows.select_for_update(no_key=True).get()
        if not _due().filter(pk=row.pk).exists():
            return False
        person = subject.of(row)
        _erase(row, now)
        told = [one.number for one in person.numbers]
        numbers.Numbers().erase(person, spare=(), now=now, limit=len(told))
        numbers.drop(told)
        log.append(Action.REQUEST_PERSON_FORGOTTEN, subject=row)
    return True


def _due() -> QuerySet[SubjectRequest]:
    """Answered, nothing is kept that would have to be told apart, every letter has left,
    and nobody outside is still to be asked or told about the person."""
    plans = RequestPlan.objects.filter(request=OuterRef("pk"))
    kept = PlanItem.objects.filter(
        plan__request=OuterRef("pk"), plan__state=State.DONE
    ).exclude(fate__in=[PlanItem.Fate.GONE, PlanItem.Fate.REDACTED])
    mine = {"request": OuterRef("pk")}
    unsent = RequestLetter.objects.filter(**mine).exclude(
        state=RequestLetter.State.SENT
    )
    untold = RecipientNotice.objects.filter(**mine, state=RecipientNotice.State.TO_SEND)
    unasked = ExternalTask.objects.filter(**mine, state__in=ExternalTask.PENDING)
    return SubjectRequest.objects.filter(
        Exists(plans.filter(state=State.DONE)),
        ~Exists(plans.filter(state__in=RequestPlan.OPEN)),
        ~Exists(kept),
        ~Exists(unsent),
        ~Exists(untold),
        ~Exists(unasked),
        outcome__in=handling.ANSWERED,
        person_forgotten_at=None,
    )


def _erase(row: SubjectRequest, now: datetime) -> None:
    texts = RequestTexts.objects.filter(request=row)
    texts.update(name="", email="", email_lookup="", address="", words="")
    row.letters.update(to="", subject="", body="")
    row.notes.all().delete()
    row.restrictions.update(why="", lift_why="")
    row.restricting.update(why="", lift_why="")
    row.notices.update(to_whom="", subject="", body="", reason="")
    row.plans.update(reasons="")
    row.subjects.all().delete()
    row.person_forgotten_at = now
    row.save(update_fields=["person_forgotten_at"])
