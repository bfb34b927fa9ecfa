"""Lists of numbers on their pages and by API: previewed, masked, and by two where it counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries
from rest_framework.test import APIClient

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import (
    Approval,
    AuditEntry,
    NumberList,
    Person,
    PhoneNumber,
    RetentionPolicy,
    Team,
)
from compliance.retention import number_lists
from recordings import dating
from recordings.models import Recording, Rehearsal
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Api = Callable[[Person], APIClient]
Entries = Callable[..., list[AuditEntry]]
ANNA, BERT = "+493023125001", "+493023125002"


def listed(cast: Cast, *numbers: str, team: Team | None = None) -> NumberList:
    now = timezone.now()
    made = number_lists.make(name="Desk", team=team, by=cast.officer, now=now)
    wanted = number_lists.change(made, add=number_lists.kept(numbers))
    number_lists.carry_out(wanted=wanted, by=cast.officer, now=now)
    return made


def kept(cast: Cast, number: str) -> Recording:
    ended = timezone.now() - timedelta(days=20)
    call = CallFactory.create(team=cast.claims, started_at=ended)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(number))
    part: Recording = RecordingFactory.create(
        call=call, ended_at=ended, hashed_at=ended, expires_at=None, bytes=7
    )
    dating.catch_up(now=timezone.now())
    return part


def page(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_a_list_is_begun_filled_after_a_preview_and_named_in_a_policy(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    client.post(reverse("number-list-add"), {"name": "Private desk"})
    found = NumberList.objects.get()
    sent = SimpleUploadedFile("a.csv", f"Number\n{BERT}\nnobody 7\n".encode())

    html = client.post(
        reverse("number-list-preview", args=[found.pk]),
        {"numbers": f"{ANNA}\n030 123", "file": sent},
    ).content.decode()

    assert "2 whole numbers were read." in html
    assert "2 lines are no whole numbers" in html
    assert "nobody 7" in html
    assert not found.members.exists()
    assert not PhoneNumber.known([ANNA]), "a preview keeps nothing"
    change = reverse("number-list-change", args=[found.pk])
    client.post(change, {"numbers": f"{ANNA}\r\n{BERT}"})
    html = page(client, "number-list", found.pk)
    assert found.members.count() == 2
    assert "5001" in html
    assert ANNA not in html
    (entry,) = entries(act=Action.NUMBER_LIST_CHANGED)
    assert entry.facts == {"added": 2, "removed": 0, "edition": 0}
    assert f'value="{found.pk}"' in page(client, "policy-new")
    html = client.post(change, {"numbers": ANNA}, follow=True).content.decode()
    assert "The list says so already." in html


def test_a_whole_number_is_shown_by_its_verb_with_an_entry(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    found = listed(cast, ANNA)
    url = reverse("number-list-reveal", args=[found.pk, found.members.get().pk])
    client = sign_in(cast.officer)

    shown = client.post(url, headers={"HX-Request": "true"}).content.decode()

    assert ANNA in shown
    assert ANNA in client.post(url).content.decode(), "without a script as well"
    assert len(entries(act=Action.NUMBER_REVEALED)) == 2
    assert client.get(url).status_code == 405


def test_what_lets_go_earlier_is_frozen_asked_and_done_by_two(
    cast: Cast, sign_in: SignIn
) -> None:
    other, found = second(Role.OFFICER), listed(cast, ANNA)
    RetentionPolicyFactory.create(team=None, number_list=found, delete_after="P1M")
    part, now = kept(cast, BERT), timezone.now()
    client, said = sign_in(cast.officer), {"numbers": BERT}
    html = client.post(
        reverse("number-list-preview", args=[found.pk]), said
    ).content.decode()
    assert "a second person must approve it" in html

    client.post(reverse("number-list-change", args=[found.pk]), said)

    asked, frozen = Approval.objects.get(), Rehearsal.objects.get()
    assert found.members.count() == 1, "nothing yet"
    assert [one.item_id for one in frozen.items.all()] == [part.pk]
    assert asked.content["sha256"] == frozen.sha256
    html = page(sign_in(other), "approval", asked.pk)
    assert frozen.sha256 in html
    assert reverse("rehearsal", args=[frozen.pk]) in html
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    approving.carry_out(approval=asked, by=other, now=now)
    dating.catch_up(now=now)
    part.refresh_from_db()
    assert part.expires_at
    assert found.members.count() == 2


def test_what_is_taken_off_is_ticked(cast: Cast, sign_in: SignIn) -> None:
    found = listed(cast, ANNA, BERT)
    row = found.members.get(number=PhoneNumber.known([ANNA])[ANNA])
    client, said = sign_in(cast.officer), {"remove": [row.pk]}
    preview = reverse("number-list-preview", args=[found.pk])

    assert "1 number is to leave." in client.post(preview, said).content.decode()
    client.post(reverse("number-list-change", args=[found.pk]), said)

    assert [one.number.e164 for one in found.members.all()] == [BERT]
    assert "There is no whole number in it." in (
        client.post(preview, {"numbers": ""}).content.decode()
    )


def test_a_service_fills_a_list_and_asks_for_what_takes_two(
    cast: Cast, api: Api
) -> None:
    second(Role.OFFICER)
    found, client = listed(cast, team=cast.claims), api(cast.service)
    url = f"/api/v1/number-lists/{found.pk}/members"
    assert client.get("/api/v1/number-lists").json()[0]["members"] == 0

    answers = [client.post(url, {"add": [ANNA]}, format="json") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    assert [one.json()["added"] for one in answers] == [1, 0]
    RetentionPolicyFactory.create(
        team=None, number_list=found, delete_after="", keep_at_least="P7Y"
    )
    answers = [client.post(url, {"remove": [ANNA]}, format="json") for _ in range(2)]

    assert [one.status_code for one in answers] == [202, 202]
    assert {one.json()["asked"] for one in answers} == {
        str(Approval.objects.get().pk)
    }, "asked once"
    assert found.members.count() == 1
    wrong = client.post(url, {"add": ["030 123"]}, format="json")
    assert wrong.status_code == 400
    assert "123" not in wrong.content.decode()


def test_the_page_of_lists_takes_a_fixed_number_of_queries(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, now = sign_in(cast.officer), timezone.now()
    client.get(reverse("number-lists"))
    for name in "ABC":
        found = number_lists.make(name=name, team=None, by=cast.officer, now=now)
        RetentionPolicyFactory.create(number_list=found)

    with django_assert_num_queries(8):
        client.get(reverse("number-lists"))


def test_a_draft_can_name_a_list(cast: Cast, sign_in: SignIn) -> None:
    found, client = listed(cast, ANNA), sign_in(cast.officer)
    client.post(
        reverse("policy-new"),
        {
            "name": "Desk, ten years",
            "clock": "call_end",
            "least_count": "10",
            "least_unit": "Y",
            "most_unit": "Y",
            "play_unit": "Y",
            "citation": "Contract",
            "number_list": found.pk,
        },
    )
    draft = RetentionPolicy.objects.get(version=0)
    assert draft.number_list == found
    assert "numbers of “Desk”" in page(client, "policy", draft.series)
