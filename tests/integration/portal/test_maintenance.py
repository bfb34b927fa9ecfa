"""Maintenance mode: what is closed, what stays open, and who is told what."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from compliance.models import AuditEntry, Person
from portal import maintenance
from recordings.livekit.simulator import sign
from recordings.models import LiveKitEvent
from tests.cast import PASSWORD, Cast
from tests.directory import Directory, somebody
from tests.telling import room_started

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECRET = "a secret of at least thirty-two letters"


@pytest.fixture(autouse=True)
def _open_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test leaves behind in this process."""
    yield
    monkeypatch.setattr(maintenance, "_last", (0.0, None))
    monkeypatch.undo()
    maintenance._remember(None)


@pytest.fixture
def closed() -> None:
    maintenance.begin(message="Back at 14:00.", now=NOON)


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("maintenance", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("closed")
def test_the_directory_reads_and_tells_later(directory: Directory) -> None:
    assert directory.get("Users").status_code == 200
    answer = directory.post("Users", somebody("rosa"))

    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Retry-After"] == "120"


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("path", ["/", "/calls", "/nowhere", "/media/"])
def test_pages_ask_to_come_again(
    cast: Cast,
    sign_in: Callable[[Person], Client],
    path: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = sign_in(cast.reviewer).get(path)

    assert answer.status_code == 503
    assert not caplog.records, "nobody need be alarmed"
    assert answer.headers["Retry-After"] == "120"
    assert answer.headers["Cache-Control"] == "private, no-store"
    page = answer.content.decode()
    assert "Back at 14:00." in page
    assert "12:00 UTC" in page
    assert "<h1>The portal is being maintained</h1>" in page


@pytest.mark.usefixtures("closed")
def test_what_somebody_wrote_is_not_taken(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    answer = sign_in(cast.reviewer).post("/preferences", {"theme": "dark"})

    assert answer.status_code == 503
    cast.reviewer.refresh_from_db()
    assert cast.reviewer.theme != "dark"


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_changes_through_the_api_wait(method: str) -> None:
    answer = getattr(Client(), method)("/api/v1/rooms/RM_1/consents")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "120"
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = json.loads(answer.content)
    assert (told["status"], told["code"]) == (503, "maintenance")
    assert told["title"] == "Back at 14:00."
    assert told["request"] == answer.headers["X-Request-ID"]


@pytest.mark.usefixtures("closed")
def test_the_api_still_tells(cast: Cast, sign_in: Callable[[Person], Client]) -> None:
    assert sign_in(cast.reviewer).get("/api/v1/calls").status_code == 200
    assert Client().get("/api/v1/calls").status_code in {401, 403}


@pytest.mark.usefixtures("closed")
def test_webhooks_are_stored_as_ever(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = {"key": SECRET}
    body = json.dumps(room_started()).encode()

    answer = Client().post(
        "/webhooks/livekit",
        body,
        content_type="application/webhook+json",
        headers={"Authorization": sign(body, key="key", secret=SECRET)},
    )

    assert answer.status_code == 200
    assert LiveKitEvent.objects.get().state == "received"


@pytest.mark.usefixtures("closed")
def test_whoever_watches_still_sees(settings: Settings) -> None:
    settings.METRICS_TOKEN = SECRET

    def status(path: str, **headers: Any) -> int:
        return Client().get(path, **headers).status_code

    assert status("/healthz") == 200
    assert status("/readyz") in {200, 503}
    assert status("/metrics", headers={"Authorization": f"Bearer {SECRET}"}) == 200


@pytest.mark.usefixtures("closed", "clean_cache")
def test_an_administrator_signs_in_and_looks(cast: Cast) -> None:
    browser = Client()
    assert browser.get("/login").status_code == 200
    login = {"username": cast.administrator.email, "password": PASSWORD}

    assert browser.post("/login", login).status_code == 302

    assert browser.get("/admin/").status_code == 200
    assert browser.get("/calls").status_code == 503


@pytest.mark.usefixtures("closed")
def test_a_reviewer_does_not_get_in_through_the_admin_site(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    assert sign_in(cast.reviewer).get("/admin/").status_code == 403


@pytest.mark.usefixtures("closed")
def test_a_program_that_reads_no_pages_is_told_as_a_program() -> None:
    answer = Client().get("/calls", headers={"Accept": "application/json"})

    assert answer.status_code == 503
    assert json.loads(answer.content)["code"] == "maintenance"


def test_on_and_off_from_the_command_line(
    entries: Callable[..., list[AuditEntry]],
) -> None:
    assert command("status") == "off\n"

    assert command("on", "--message", "Back soon.").startswith("on since ")
    assert command("status").endswith("Back soon.\n")
    assert Client().get("/").status_code == 503

    assert command("off") == "off\n"
    assert Client().get("/").status_code == 302
    acts = [one.act for one in entries() if one.act.startswith("maintenance")]
    assert acts == ["maintenance.begun", "maintenance.ended"]


def test_off_when_it_is_off_is_no_act(
    entries: Callable[..., list[AuditEntry]],
) -> None:
    assert command("off") == "off\n"

    assert entries(act="maintenance.ended") == []


def test_a_new_message_does_not_begin_anew() -> None:
    maintenance.begin(message="Back at 14:00.", now=NOON)

    command("on", "--message", "Back at 15:00.")

    mode = maintenance.current()
    assert mode is not None
    assert (mode.message, mode.began_at) == ("Back at 15:00.", NOON)


def test_without_a_message_the_page_says_something_all_the_same() -> None:
    maintenance.begin(message="", now=NOON)

    assert b"It will be back soon." in Client().get("/").content


def test_a_message_is_text_and_nothing_else() -> None:
    maintenance.begin(message="<script>alert(1)</script>", now=NOON)

    assert b"<script>alert" not in Client().get("/").content


def test_another_process_learns_of_it_by_looking(
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    maintenance.begin(message="", now=NOON)
    monkeypatch.setattr(maintenance, "_last", (float("-inf"), None))
    monkeypatch.setattr(maintenance, "LOOK_SECONDS", 3.0)

    with django_assert_num_queries(1):
        assert Client().get("/").status_code == 503
        assert Client().get("/").status_code == 503


@pytest.mark.parametrize("was_on", [True, False])
def test_without_an_answer_of_the_database_it_stays_as_it_was(
    monkeypatch: pytest.MonkeyPatch, was_on: bool
) -> None:
    """Also before the table is there: a deploy starts processes, then migrates."""

    def no_table() -> None:
        raise ProgrammingError

    if was_on:
        maintenance.begin(message="", now=NOON)
    monkeypatch.setattr(maintenance, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(maintenance, "current", no_table)

    assert Client().get("/").status_code == (503 if was_on else 302)
