"""Reasons people gave: officers read them, and erase words that should not be kept."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import grounds
from compliance.audit.registered import commitment
from compliance.models import AuditEntry, Ground, Person
from recordings import listeners
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
WHY = "Frau Beispiel asked who heard her"


@pytest.fixture
def ground(cast: Cast) -> Ground:
    """The lead of claims looked who heard a call, and wrote too much."""
    part = part_of(hearable_call(cast.claims))
    listeners.map_heard(part=part, by=cast.lead, reason=WHY, now=timezone.now())
    return Ground.objects.get()


def test_an_officer_erases_words_and_their_commitment_stays(
    cast: Cast, sign_in: SignIn, ground: Ground, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    assert WHY in browser.get(reverse("grounds")).content.decode()

    answer = browser.post(reverse("ground-erase", args=[ground.pk]), follow=True)

    page = answer.content.decode()
    assert WHY not in page
    assert "erased" in page
    assert cast.lead.name in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM compliance_ground")
        assert cursor.fetchall() == [("",)]
    (looked,) = entries(act="listeners.mapped")
    assert looked.facts["commitment"] == commitment(WHY)
    (erased,) = entries(act="ground.erased")
    assert (erased.actor_id, erased.object_pk) == (cast.officer.pk, str(ground.pk))
    assert erased.facts == {"kind": "who_heard"}


def test_twice_is_once(
    cast: Cast, sign_in: SignIn, ground: Ground, entries: Entries
) -> None:
    browser = sign_in(cast.officer)
    for _time in range(2):
        browser.post(reverse("ground-erase", args=[ground.pk]))
    assert len(entries(act="ground.erased")) == 1
    with pytest.raises(grounds.AlreadyErased):
        grounds.erase(ground_id=ground.pk, by=cast.officer, now=timezone.now())


def test_nobody_erases_what_he_wrote_himself(
    cast: Cast, sign_in: SignIn, ground: Ground
) -> None:
    Ground.objects.update(by=cast.officer)
    browser = sign_in(cast.officer)

    answer = browser.post(reverse("ground-erase", args=[ground.pk]))

    assert answer.status_code == 403
    assert "he gave himself" in answer.content.decode()
    assert Ground.objects.get().text == WHY
    shown = browser.get(reverse("grounds")).content.decode()
    assert reverse("ground-erase", args=[ground.pk]) not in shown
    with pytest.raises(IntegrityError, match="own_reason"), transaction.atomic():
        Ground.objects.update(erased_by=cast.officer, erased_at=timezone.now(), text="")


def test_one_that_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)
    assert browser.post(reverse("ground-erase", args=[uuid4()])).status_code == 404
    assert "No reason yet" in browser.get(reverse("grounds")).content.decode()


def test_the_page_costs_the_same_for_one_as_for_many(
    cast: Cast,
    sign_in: SignIn,
    ground: Ground,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    browser, address = sign_in(cast.officer), reverse("grounds")
    browser.get(address)
    rows = [
        Ground(kind=ground.kind, about=ground.about, by=cast.lead, text=WHY)
        for _row in range(60)
    ]
    Ground.objects.bulk_create(rows)

    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        page = browser.get(address).content.decode()

    assert page.count(WHY) == 50
    assert "cursor=" in page
