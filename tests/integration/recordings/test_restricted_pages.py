"""What each role sees of a restricted call: pages, files, the API; and the officer's pages."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from compliance.access.refusals import Refused
from compliance.models import Person, Restriction
from recordings import exporting, exports, queries, restricting
from recordings.models import (
    EmergencyListen,
    Export,
    ExportedCall,
    Listen,
    Recording,
)
from tests.cast import Cast
from tests.factories.hearable import NUMBER, hearable_call, part_of
from tests.factories.recordings import DisclosureFactory, ListenFactory
from tests.factories.requests import asked, verified

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Api = Callable[[Person], APIClient]
WHY = "She wants to sue us"


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: object) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """Of yesterday, by a German caller."""
    begun = timezone.now() - timedelta(days=1)
    return part_of(hearable_call(cast.claims, started_at=begun))


def restrict(part: Recording, cast: Cast) -> None:
    restricting.place(
        call=part.call,
        ground=Restriction.Ground.CLAIMS,
        why=WHY,
        by=cast.officer,
        now=timezone.now(),
    )


def seen(client: Client, part: Recording) -> dict[str, bool]:
    """On which doors the call is met."""
    call = str(part.call_id)
    found = client.get(reverse("calls"), {"when": "all"}).content.decode()
    return {
        "list": call in found,
        "page": client.get(reverse("call", args=[call])).status_code == 200,
        "home": call in client.get(reverse("home")).content.decode(),
    }


def test_for_everybody_else_the_call_is_not_there_and_the_officer_sees_why(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    others = [cast.reviewer, cast.lead, cast.auditor]
    for person in others:
        assert seen(sign_in(person), part)["page"]

    restrict(part, cast)

    for person in others:
        met = seen(sign_in(person), part)
        assert not any(met.values()), person.name
        assert not queries.calls(person).exists()
    officer = sign_in(cast.officer)
    assert seen(officer, part) | {"home": False} == {
        "list": True,
        "page": True,
        "home": False,
    }
    page = officer.get(reverse("call", args=[part.call_id])).content.decode()
    assert "only stored" in page
    assert "legal claims" in page
    assert "wave" not in page.split('id="sound"')[1][:400], "no player"
    keep = officer.get(reverse("call", args=[part.call_id]), {"panel": "keep"})
    assert "no policy deletes it" in keep.content.decode()


def test_the_admin_site_tells_auditors_of_no_listen_copy_or_list_of_it(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    listen = ListenFactory.create(recording=part, listener=cast.reviewer)
    emergency = EmergencyListen.objects.create(
        listen=listen,
        listener=cast.reviewer,
        team=cast.claims,
        opened_at=timezone.now(),
        judge_by=timezone.now(),
    )
    copy = DisclosureFactory.create(recording=part, by=cast.officer)
    export = Export.objects.create(
        owner=cast.lead, file_name="x.csv", expires_at=timezone.now()
    )
    listed = ExportedCall.objects.create(export=export, call=part.call)
    rows = (listen, emergency, copy, listed)
    browser = sign_in(cast.auditor)

    def met() -> list[str]:
        return [row._meta.label for row in rows if is_told(browser, row)]

    assert len(met()) == len(rows)
    restrict(part, cast)
    assert met() == []


def is_told(browser: Client, row: Model) -> bool:
    """Whether the admin site opens it."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    answer = browser.get(reverse(name, args=[row.pk]))
    return answer.status_code == HTTPStatus.OK


def test_a_search_by_number_finds_it_for_who_may_restrict_alone(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    restrict(part, cast)
    officer = sign_in(cast.officer)

    found = officer.post(reverse("calls-search"), {"words": NUMBER}, follow=True)

    assert str(part.call_id) in found.content.decode()


def test_play_download_and_links_of_programs_are_refused(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    restrict(part, cast)
    said = {"purpose": "quality", "reason": "Training"}
    asks: dict[str, Any] = {"headers": {"accept": "application/json"}}

    listen = reverse("listen", args=[part.pk])
    assert sign_in(cast.reviewer).post(listen, said, **asks).status_code == 404
    refused = sign_in(cast.officer).post(listen, said, **asks)
    assert (refused.status_code, "only stored" in refused.content.decode()) == (
        403,
        True,
    )
    assert not Listen.objects.exists()


def test_a_list_as_a_file_never_holds_it(cast: Cast, part: Recording) -> None:
    now = timezone.now()
    other = part_of(hearable_call(cast.claims, started_at=now - timedelta(hours=5)))
    restrict(part, cast)
    export = exports.ask(query="", within=None, by=cast.officer, now=now)

    assert exporting.make(export_id=export.pk, now=now)

    _row, file = exports.take(export_id=export.pk, by=cast.officer, now=now)
    with file:
        rows = list(csv.DictReader(io.StringIO(str(file.read(), "utf-8-sig"))))
    assert [row["Call"] for row in rows] == [str(other.call_id)]

    restrict(other, cast)
    with pytest.raises(Refused, match="restricted since"):
        exports.take(export_id=export.pk, by=cast.officer, now=now)


def test_programs_meet_it_only_where_they_may_know(
    cast: Cast, part: Recording, api: Api
) -> None:
    restrict(part, cast)
    call = f"/api/v1/calls/{part.call_id}"

    lead = api(cast.lead)
    assert lead.get(call).status_code == 404
    for many in ("calls", "recordings", "parties", "consents"):
        assert lead.get(f"/api/v1/{many}").json()["results"] == [], many
    told = api(cast.officer).get(call).json()
    assert told["restricted"] is True
    restricting.lift(call=part.call, why="Over", by=cast.officer, now=timezone.now())
    assert lead.get(call).json()["restricted"] is False


def test_an_officer_restricts_hears_on_a_ground_and_lifts_with_words(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    officer = sign_in(cast.officer)
    page = reverse("call-restriction", args=[part.call_id])
    assert officer.post(page, {"act": "place", "ground": "claims"}).status_code == 422

    officer.post(page, {"act": "place", "ground": "claims", "why": WHY})

    row = Restriction.objects.get()
    assert (row.why, row.placed_by) == (WHY, cast.officer)
    assert WHY in officer.get(page).content.decode()
    assert reverse("call", args=[part.call_id]) in (
        officer.get(reverse("restrictions")).content.decode()
    )
    hear = reverse("restricted-hear", args=[part.call_id])
    said = {"part": "1", "purpose": "evidence", "law": "claims"}
    assert officer.post(hear, said).status_code == 422, "not without a reason"
    heard = officer.post(hear, said | {"reason": WHY})
    assert heard.status_code == 200
    assert "<audio" in heard.content.decode()
    assert "no-store" in heard.headers["Cache-Control"]
    again = officer.post(reverse("restricted-again", args=[Listen.objects.get().pk]))
    assert again.status_code == 200

    officer.post(page, {"act": "lift", "why": "Settled"})

    assert not Restriction.objects.filter(lifted_at=None).exists()
    over = officer.get(reverse("restrictions"), {"view": "over"}).content.decode()
    assert "lifted" in over


def test_the_page_of_a_request_tells_how_much_and_lifts_with_a_letter(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    officer = sign_in(cast.officer)
    request = asked(cast.officer, numbers=(NUMBER,))
    page = reverse("request", args=[request.pk])
    assert "Once the identity is verified" in officer.get(page).content.decode()

    verified(request, cast.officer)
    assert "1 recording is only stored" in officer.get(page).content.decode()

    officer.post(
        reverse("request-act", args=[request.pk]), {"act": "lift", "why": "Settled"}
    )
    text = officer.get(page).content.decode()
    assert "as soon as the letter about it has left" in text
    assert Restriction.objects.filter(lifted_at=None).count() == 1


def test_the_list_costs_the_same_however_many_are_restricted(
    cast: Cast,
    part: Recording,
    sign_in: SignIn,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    restrict(part, cast)
    officer = sign_in(cast.officer)
    officer.get(reverse("restrictions"))
    for _ in range(2):
        with django_assert_num_queries(7):
            officer.get(reverse("restrictions"))
        restrict(part_of(hearable_call(cast.claims)), cast)
