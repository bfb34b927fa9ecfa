"""An officer has one person alone silenced, by the page of the plan."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import approvals
from compliance.models import Approval, Person, PlanItem, SubjectRequest
from recordings import media_store
from recordings.media_store import MediaStore
from recordings.models import Recording
from tests.cast import Cast
from tests.factories import redactions
from tests.factories.redactions import carried_out
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> MediaStore:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    return media_store.store()


@pytest.fixture
def request_(cast: Cast) -> SubjectRequest:
    return redactions.erasure(cast, now=timezone.now())


def test_it_is_chosen_for_all_and_said_where_it_cannot_be(
    cast: Cast, store: MediaStore, request_: SubjectRequest, sign_in: SignIn
) -> None:
    apart = redactions.spoken(cast, store)
    mixed = redactions.spoken(cast, store, sides=Recording.Sides.TOGETHER)
    browser = sign_in(cast.officer)
    page = reverse("request-plan", args=[request_.pk])
    browser.post(reverse("request-plan-make", args=[request_.pk]))
    drawn = browser.get(page)
    assert "This person cannot be silenced alone: sides are not apart" in words(drawn)
    assert reverse("copy-review", args=[request_.pk, mixed.pk]) in drawn.text

    answer = browser.post(
        reverse("request-plan-treat", args=[request_.pk]),
        {"everything": "on", "ground": "redact", "until": ""},
        follow=True,
    )

    told = words(answer)
    assert "Changed: 1." in told
    assert "The person cannot be silenced alone in 1: sides are not apart" in told
    items = dict(PlanItem.objects.values_list("item_id", "treatment"))
    assert items == {apart.pk: "redact", mixed.pk: "destroy"}
    assert "your side was made silent" in told


def test_the_second_person_and_the_page_of_the_call_are_told(
    cast: Cast, store: MediaStore, request_: SubjectRequest, sign_in: SignIn
) -> None:
    part = redactions.spoken(cast, store)
    was = part.sha256
    made = redactions.agreed(cast, request_, now=timezone.now())
    approval = Approval.objects.get()
    kind = approvals.kind_of(approval)
    assert kind is not None
    told = dict(kind.tell(approval.content))
    assert told["Recordings in which this person alone is silenced for ever"] == "1"
    carried_out(made, now=timezone.now())

    browser = sign_in(cast.officer)
    plan = words(browser.get(reverse("request-plan", args=[request_.pk])))
    assert "1 of 1 recordings settled, 0 deleted for ever, in 1 this person" in plan
    url = reverse("call", args=[part.call_id])
    call = words(browser.get(url, {"panel": "keep"}))
    assert "One person was silenced in it for ever" in call
    assert was in call
