"""Requests of people, taken in as an officer does."""

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from compliance.models import (
    ExternalCustodian,
    Person,
    RequestSubject,
    SubjectRequest,
)
from compliance.requests import identity, intake
from compliance.requests.intake import Told

RECEIVED = datetime(2026, 11, 2, 9, tzinfo=UTC)
NUMBER = "+4930231257890"


def asked(
    by: Person | None, *, now: datetime = RECEIVED, **told: Any
) -> SubjectRequest:
    """An erasure under the GDPR by Erika Muster, who told her number and address."""
    said: dict[str, Any] = {
        "kind": "erasure",
        "law": "EU-GDPR",
        "channel": "mail",
        "received_at": now,
        "name": "Erika Muster",
        "email": "erika@example.org",
        "numbers": (NUMBER,),
    }
    return intake.receive(told=Told(**(said | told)), by=by, now=now)


def number_of(request: SubjectRequest) -> RequestSubject:
    """What is linked to it as a number."""
    return request.subjects.select_related("request", "number").get(kind="number")


def verified(request: SubjectRequest, by: Person, *, now: datetime = RECEIVED) -> None:
    """Its number confirmed, a check passed, and verified."""
    identity.confirm(subject=number_of(request), by=by, now=now)
    identity.check(
        request=request,
        method=identity.Method.CALL_FACTS,
        passed=True,
        points=3,
        evidence="Knew day, topic and ticket of the last call.",
        by=by,
        now=now,
    )
    identity.verify(request=request, by=by, now=now)


def external_custodian(name: str = "Observer Inc.", **said: Any) -> ExternalCustodian:
    """A processor that holds sound and transcripts since last year, and is to be asked."""
    told: dict[str, Any] = {
        "role": ExternalCustodian.Role.PROCESSOR,
        "holds": "Sound and transcripts.",
        "since": date(2025, 1, 1),
    }
    with transaction.atomic():
        return ExternalCustodian.objects.create(name=name, **(told | said))
