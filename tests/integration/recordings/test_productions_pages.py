"""Productions as officers ask for, watch, cancel and take them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance.access.roles import Role
from compliance.custody import Scope
from compliance.models import Approval, Person
from compliance.retention import holds
from recordings.media_store.exports import ExportStorage
from recordings.models import Production, Volume
from tests.cast import Cast
from tests.factories.productions import MATTER, RECIPIENT, agreed, asked, small, worked
from tests.factories.second_person import second
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}


@pytest.fixture
def other(cast: Cast) -> Person:
    """A second officer."""
    return second(Role.OFFICER)


def said(**more: str) -> dict[str, str]:
    due = timezone.now() + timedelta(hours=30, minutes=5)
    usual = {"to": "court", "recipient": RECIPIENT, "matter": MATTER, "basis": "ZPO"}
    return {**usual, "due_at": f"{due:%Y-%m-%dT%H:%M}", **more}


def test_it_is_asked_for_agreed_to_made_and_taken(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    part, now = small(cast), timezone.now()
    browser = sign_in(cast.officer)
    assert "Nothing is due" in words(browser.get("/productions/"))
    page = browser.post(
        "/productions/new", said(calls=f"https://x/calls/{part.call_id}/"), follow=True
    )
    assert "waiting for a second person" in words(page)
    assert "30 hours left" in words(browser.get("/productions/"))
    assert browser.get("/productions/").content.decode().count(RECIPIENT) == 0

    approval = Approval.objects.get()
    other_browser = sign_in(other)
    paper = words(other_browser.get(f"/approvals/{approval.pk}/"))
    assert MATTER in paper and RECIPIENT in paper  # noqa: PT018
    production = Production.objects.get()
    agreed(production, other, now=now)
    page = browser.get(f"/productions/{production.pk}/")
    assert "0 of 1 items copied and verified" in words(page)
    assert "hx-trigger" in page.content.decode()

    worked(now=now)
    page = browser.get(f"/productions/{production.pk}/")
    assert "How the recipient checks it" in words(page)
    volume = production.volumes.get(number=1)
    answer = browser.get(f"/productions/volumes/{volume.pk}/file")
    assert answer.headers["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]
    assert "1×" in words(browser.get(f"/productions/{production.pk}/"))  # noqa: RUF001
    seen = words(browser.get(f"/calls/{part.call_id}/?panel=listened"))
    assert "Produced for others a court" in seen
    assert RECIPIENT not in seen


def test_a_hold_is_produced_and_seen_only_by_who_sees_it(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    part = small(cast)
    hold = holds.place(
        matter=MATTER,
        reason="R",
        scope=Scope(calls=(part.call_id,)),
        by=cast.officer,
        now=timezone.now(),
        is_confidential=True,
    )
    browser = sign_in(cast.officer)
    link = f"/productions/new?hold={hold.pk}"
    assert link in browser.get(f"/holds/{hold.pk}/").content.decode()
    assert MATTER in words(browser.get(link))
    browser.post("/productions/new", said(hold=str(hold.pk)))
    production = Production.objects.get()
    assert (production.hold, production.recordings) == (hold, 1)
    agreed(production, other, now=timezone.now())
    worked(now=timezone.now())
    panel = f"/calls/{part.call_id}/?panel=listened"
    assert "Produced for others" in words(browser.get(panel))
    assert "Produced for others" not in words(sign_in(cast.lead).get(panel))
    assert sign_in(cast.lead).get(f"/productions/{production.pk}/").status_code == 403


def test_a_filtered_list_is_produced(
    cast: Cast, other: Person, sign_in: SignIn
) -> None:
    small(cast)
    browser = sign_in(cast.officer)
    page = browser.get("/calls/?when=all&direction=inbound").content.decode()
    assert "/productions/new?" in page
    form = browser.get("/productions/new?when=all&direction=inbound").content.decode()
    assert 'name="listed"' in form
    browser.post("/productions/new", said(listed="when=all&direction=outbound"))
    assert not Production.objects.exists()
    browser.post("/productions/new", said(listed="when=all&direction=inbound"))
    assert Production.objects.get().calls == 1


def test_what_is_missing_is_said(cast: Cast, sign_in: SignIn) -> None:
    part = small(cast)
    browser = sign_in(cast.officer)
    empty = browser.post("/productions/new", said())
    assert empty.status_code == 422
    assert "Say which calls" in words(empty)
    alone = browser.post("/productions/new", said(calls=str(part.call_id)))
    assert "Nobody is left who could approve this." in words(alone)
    assert not Production.objects.exists()


def test_it_is_cancelled(cast: Cast, other: Person, sign_in: SignIn) -> None:
    production = asked(cast, small(cast), now=timezone.now())
    agreed(production, other, now=timezone.now())
    page = sign_in(cast.officer).post(
        f"/productions/{production.pk}/cancel", follow=True
    )
    assert "cancelled" in words(page)
    assert worked(now=timezone.now()) == 0


def test_a_volume_in_a_bucket_is_taken_by_the_stores_own_link(
    cast: Cast, other: Person, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = asked(cast, small(cast), now=timezone.now())
    agreed(production, other, now=timezone.now())
    worked(now=timezone.now())
    volume = production.volumes.get(number=1)
    given: list[tuple[str, str]] = []

    def link(name: str, filename: str) -> str:
        given.append((name, filename))
        return "https://bucket.example/signed"

    assert callable(ExportStorage.link)
    monkeypatch.setattr(storages["exports"], "link", link, raising=False)
    answer = sign_in(cast.officer).get(f"/productions/volumes/{volume.pk}/file")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "https://bucket.example/signed"
    assert "no-store" in answer.headers["Cache-Control"]
    assert given == [(volume.file_name, f"production-{str(production.pk)[:8]}-001.zip")]
    assert Volume.objects.get(pk=volume.pk).times_taken == 1


def test_the_page_asks_a_fixed_number_of_questions(
    cast: Cast,
    other: Person,
    sign_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    browser = sign_in(cast.officer)
    for n in range(4):
        asked(cast, small(cast, n), now=timezone.now())
    with django_assert_max_num_queries(20):
        browser.get("/productions/")
