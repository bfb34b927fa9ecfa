"""Copies: who may take one, what is asked, what is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings.models import Disclosure, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
TOLD = {
    "recipient": "J. Brandt",
    "organisation": "Amtsgericht Mitte",
    "purpose": "evidence",
    "reason": "Order 12 C 44/26",
}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A part of a claims call that may be heard for evidence and quality."""
    return part_of(hearable_call(cast.claims))


def test_a_copy_goes_out_as_a_file_and_is_remembered(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    response = client.post(reverse("download", args=[part.id]), TOLD)
    assert response.status_code == 303
    file = client.get(response.headers["Location"])
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.getvalue()[:4] == b"OggS"
    kept = Disclosure.objects.get()
    assert (kept.by, kept.recipient, kept.organisation, kept.reason) == (
        cast.officer,
        "J. Brandt",
        "Amtsgericht Mitte",
        "Order 12 C 44/26",
    )
    [entry] = entries(act=Action.DOWNLOADED)
    assert entry.facts["disclosure"] == str(kept.id)
    assert "Brandt" not in str(entry.facts)


@pytest.mark.parametrize("missing", ["recipient", "reason", "purpose"])
def test_what_is_asked_must_be_answered(
    cast: Cast, sign_in: SignIn, part: Recording, missing: str
) -> None:
    client = sign_in(cast.officer)
    response = client.post(reverse("download", args=[part.id]), {**TOLD, missing: "  "})
    assert response.status_code == 422
    assert "/media/" not in response.content.decode()
    assert not Disclosure.objects.exists()


def test_a_closed_purpose_is_no_choice(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    url = reverse("download", args=[part.id])
    response = sign_in(cast.officer).post(url, {**TOLD, "purpose": "ai_training"})
    assert response.status_code == 422


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("reviewer", 403), ("lead", 403), ("auditor", 403), ("sales_reviewer", 404)],
)
def test_a_copy_is_a_permission_of_its_own(
    cast: Cast, sign_in: SignIn, part: Recording, who: str, status: int, method: str
) -> None:
    client = sign_in(cast.people[who])
    response = getattr(client, method)(reverse("download", args=[part.id]), TOLD)
    assert response.status_code == status
    assert not Disclosure.objects.exists()


def test_a_quarantined_part_is_not_given_away(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    Recording.objects.update(state=Recording.State.QUARANTINED)
    url = reverse("download", args=[part.id])
    assert sign_in(cast.officer).post(url, TOLD).status_code == 403
    assert len(entries(outcome="refused")) == 1


def test_a_store_that_is_gone_is_said(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Recording.objects.update(store="s3:nowhere:none")
    url = reverse("download", args=[part.id])
    response = sign_in(cast.officer).post(url, TOLD, follow=True)
    assert "The store gives no link at present." in response.content.decode()
