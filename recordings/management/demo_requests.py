"""Requests of people for the demo: one that is verified, one that is due, one that is late."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count

from compliance.models import Person, PhoneNumber, RequestSubject, SubjectRequest
from compliance.requests import handling, identity, intake
from compliance.requests.intake import Told
from recordings.models import Party

FEWEST, MOST = 3, 8
"""Somebody who called about so often has something to be found, and is no machine."""
Asked = tuple[str, str, str, str, int, str]
ASKED: tuple[Asked, ...] = (
    ("erasure", "EU-GDPR", "Erika Sommer", "de", 12, "Bitte löschen Sie alles."),
    ("access", "US-CA", "Daniel Ortiz", "en", 41, "What do you have about me?"),
    ("objection", "UK-GDPR", "Grace Whitfield", "en", 34, "Not for training, please."),
)


@transaction.atomic
def make(*, now: datetime) -> None:
    """Write them down, once for a database, about callers of the demo."""
    numbers = _callers()
    if SubjectRequest.objects.exists() or len(numbers) < len(ASKED):
        return
    officer = Person.objects.get(email="officer@demo.example")
    for number, (kind, law, name, language, days, words) in zip(
        numbers, ASKED, strict=False
    ):
        made = intake.receive(
            told=Told(
                kind=kind,
                law=law,
                channel="mail",
                language=language,
                received_at=now - timedelta(days=days),
                name=name,
                email=f"{name.split()[0].lower()}@example.org",
                words=words,
                numbers=(str(number.e164),),
            ),
            by=officer,
            now=now,
        )
        handling.assign(request=made, to=officer, by=officer)
        if kind == "erasure":
            _verify(made, officer, now)


def _callers() -> list[PhoneNumber]:
    counted = Party.objects.filter(role=Party.Role.CALLER).exclude(number=None)
    told = counted.values("number").annotate(n=Count("call", distinct=True))
    often = told.filter(n__gte=FEWEST, n__lte=MOST).order_by("-n", "number")
    ids = [row["number"] for row in often[: len(ASKED)]]
    return list(PhoneNumber.objects.filter(pk__in=ids).order_by("pk"))


def _verify(request: SubjectRequest, officer: Person, now: datetime) -> None:
    number = RequestSubject.objects.get(request=request, kind="number")
    identity.confirm(subject=number, by=officer, now=now)
    identity.check(
        request=request,
        method=identity.Method.CALL_FACTS,
        passed=True,
        points=3,
        evidence="Knew day, topic and ticket of the last call.",
        by=officer,
        now=now,
    )
    identity.verify(request=request, by=officer, now=now)
