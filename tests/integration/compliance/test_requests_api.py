"""Another system hands in requests: once each, and sees only its own."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.access import keys
from compliance.models import Person, SubjectRequest
from tests.cast import Cast
from tests.factories.requests import asked

pytestmark = pytest.mark.django_db
SAID = {
    "kind": "erasure",
    "law": "US-CA",
    "place": "US-CA",
    "name": "Ana Ruiz",
    "email": "ana@example.org",
    "numbers": ["+1 202 555 0143"],
}


def service(person: Person) -> Client:
    now = timezone.now()
    _key, token = keys.make(
        service=person,
        name="CRM",
        by=None,
        now=now,
        until=now + timedelta(days=30),
    )
    return Client(headers={"authorization": f"Api-Key {token}"})


def post(client: Client, said: object, key: str = "crm-1") -> Any:
    return client.post(
        "/api/v1/requests",
        said,
        content_type="application/json",
        headers={"idempotency-key": key},
    )


def test_handed_in_once_however_often_it_is_sent(cast: Cast) -> None:
    crm = service(cast.service)

    first, again = post(crm, SAID), post(crm, SAID)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert "ana" not in first.content.decode().lower()
    request = SubjectRequest.objects.get()
    assert request.made_by == cast.service
    assert request.acknowledge_by is not None
    state = crm.get(f"/api/v1/requests/{request.pk}")
    assert state.json()["reference"] == request.reference


def test_what_is_wrong_is_said(cast: Cast) -> None:
    crm = service(cast.service)
    post(crm, SAID)

    assert post(crm, SAID | {"kind": "access"}).json()["code"] == "told_otherwise"
    assert post(crm, SAID, key="").json()["code"] == "no_key"
    assert post(crm, SAID | {"place": "QQ"}, key="2").json()["code"] == "not_taken_in"
    assert post(crm, SAID | {"numbers": ["12"]}, key="3").status_code == 400
    assert SubjectRequest.objects.count() == 1


def test_requests_of_others_are_not_there(cast: Cast) -> None:
    request = asked(cast.officer)

    assert (
        service(cast.service).get(f"/api/v1/requests/{request.pk}").status_code == 404
    )
