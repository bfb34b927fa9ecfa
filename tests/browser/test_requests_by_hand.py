"""The desk of requests and the public form: clean for all, and done by keyboard."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from compliance.models import FormEntry, PhoneNumber, SubjectRequest
from compliance.requests import (
    clock,
    externals,
    handling,
    notices,
    plan,
    public_form,
)
from recordings.models import Call
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.requests import NUMBER, asked, external_custodian, verified

Axe = Callable[[Page], list[str]]


@dataclass(frozen=True)
class Given:
    """What a recipient was given."""

    to_whom: str
    at: datetime
    what: str = "two recordings"
    items: int = 2


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody."""
    return assemble()


@pytest.fixture
def request_row(cast: Cast) -> SubjectRequest:
    """One that is verified, on a line of two people; two others, one of them late."""
    now = timezone.now()
    for name, lookup in (("Erika Muster", "a" * 64), ("Max Muster", "b" * 64)):
        PartyFactory.create(
            call=CallFactory.create(team=cast.claims),
            number=PhoneNumber.from_raw(NUMBER),
            name=name,
            name_lookup=lookup,
        )
    asked(cast.officer, now=now - timedelta(days=70), kind="access")
    asked(cast.officer, now=now - timedelta(days=29), kind="objection")
    made = asked(cast.officer, now=now - timedelta(days=9), words="Please delete it.")
    handling.assign(request=made, to=cast.officer, by=cast.officer)
    verified(made, cast.officer, now=now)
    clock.extend(request=made, why="Many calls.", by=cast.officer, now=now)
    external_custodian(ask_how="By ticket.")
    external_custodian("Backups", retention="P35D")
    externals.tasks_for(request=made, by=cast.officer, now=now)
    given = [Given("Regional court", now - timedelta(days=90))]
    notices.write_for(request=made, recipients=given, by=cast.officer, now=now)
    for call in Call.objects.all():
        RecordingFactory.create(call=call)
    made.refresh_from_db()
    plan.make(request=made, by=cast.officer, now=now)
    return made


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast,
    request_row: SubjectRequest,
    open_page: OpenPage,
    axe: Axe,
    width: int,
    scheme: str,
) -> None:
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in (
        "/requests/",
        f"/requests/{request_row.pk}/",
        f"/requests/{request_row.pk}/plan/",
        "/requests/new",
        "/requests/external/",
        "/requests/external/new?preset=egress_backup",
        "/requests/processing/",
        "/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_public_form_is_filled_in_by_keyboard(
    cast: Cast,
    live_server: LiveServer,
    settings: Settings,
    open_page: OpenPage,
    axe: Axe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = urlsplit(live_server.url).netloc
    settings.REQUESTS = {**settings.REQUESTS, "public_host": host}
    monkeypatch.setattr(public_form, "SHORTEST", timedelta())
    page = open_page("/privacy/?lang=es", width=360)

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Su nombre").fill("Ana Ruiz")
    page.get_by_label("Su correo electrónico").fill("ana@example.org")
    page.get_by_role("button", name="Enviar").press("Enter")

    expect(page.get_by_role("heading", name="Mire su correo")).to_be_visible()
    assert axe(page) == []
    assert FormEntry.objects.count() == 1
