"""Every plain page: readable for all, quiet in the console, no wider than the window."""

from collections.abc import Callable
from datetime import timedelta

import brotli
import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.models import ConsentRule
from recordings import exporting, exports, impact, keeping
from recordings.models import Alert, Call, Party
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.compliance import ConsentRuleFactory, RetentionPolicyFactory
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import (
    AlertFactory,
    CallFactory,
    ListenFactory,
    PartyFactory,
    RecordingFactory,
)

Axe = Callable[[Page], list[str]]
DRAFTS = {
    state: f"/consent/drafts/00000000-0000-4000-8000-00000000000{number}/"
    for number, state in enumerate(("unseen", "running", "done"))
}
POLICY = "/retention/00000000-0000-4000-8000-000000000009/"
PAGES = (
    "/",
    "/calls/",
    "/calls/?label=none",
    "/calls/?team=x",
    "/calls/exports/",
    "/alerts/",
    "/alerts/?kind=event_stuck",
    "/lists/",
    "/lists/consents/",
    "/lists/notices/",
    "/retention/",
    "/retention/new",
    POLICY,
    POLICY + "edit",
    "/consent/",
    "/consent/DE/edit",
    *DRAFTS.values(),
    "/sessions/",
    "/security/",
    "/security/app",
    "/confirm",
    "/emergency/",
    "/nowhere",
)
FIRST_LOAD = 150_000


@pytest.fixture
def some_calls(cast: Cast) -> None:
    """A call of each outcome, today, with what the first page shows of them."""
    now = timezone.now()
    for capture in Call.Capture:
        call = CallFactory.create(team=cast.claims, started_at=now, capture=capture)
        PartyFactory.create(call=call)
        PartyFactory.create(
            call=call, role=Party.Role.AGENT, name="Mia", name_lookup="mia", number=None
        )
        recording = RecordingFactory.create(
            call=call, expires_at=now + timedelta(days=2)
        )
        ListenFactory.create(
            recording=recording, listener=cast.officer, position_ms=9_000
        )
        AlertFactory.create(call=call, team=cast.claims)
        AlertFactory.create(
            kind=Alert.Kind.SILENT_SIDE, call=call, team=cast.claims, closed_at=now
        )
    AlertFactory.create(kind=Alert.Kind.UNKNOWN_TRUNK, subject="ST_stray")
    for _ in range(2):
        export = exports.ask(query="", within=None, by=cast.officer, now=now)
    exporting.make(export_id=export.id, now=now)


@pytest.fixture
def some_drafts(cast: Cast, some_calls: None) -> None:
    """A draft nobody has looked at, one that is looked at, and one that was."""
    now = timezone.now()
    for place, (state, path) in zip(("DE", "EU", "PL"), DRAFTS.items(), strict=True):
        rule = ConsentRuleFactory.create(
            id=path.split("/")[3],
            place=place,
            place_name=place,
            version=ConsentRule.DRAFT,
            published_at=None,
            author=cast.officer,
            effective_from=now.date(),
        )
        if state == "unseen":
            continue
        Party.objects.update(declared_place=place)
        run = impact.begin(rule_id=rule.id, by=cast.officer, now=now)
        if state == "done":
            impact.advance(impact_id=run.id, now=now)


@pytest.fixture
def some_policies(cast: Cast) -> Call:
    """A policy in force with a draft of its next version, and a call that it covers."""
    series = POLICY.split("/")[2]
    said = {"team": cast.claims, "series": series, "name": "Claims: usual"}
    RetentionPolicyFactory.create(**said)
    draft = {"version": 0, "edition": 0, "published_at": None, "author": cast.officer}
    RetentionPolicyFactory.create(
        **said, **draft, keep_at_least="P2Y", delete_after="P6Y", places=["DE"]
    )
    RetentionPolicyFactory.create(
        name="Evidence", delete_after="", keep_at_least="P1Y", purposes=["evidence"],
        team=None,
    )  # fmt: skip
    part = part_of(hearable_call(cast.claims))
    keeping.set_date(part, now=timezone.now())
    part.save()
    return part.call


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_why_a_recording_is_still_here_is_clean(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    console: list[str],
    some_policies: Call,
    width: int,
    scheme: str,
) -> None:
    path = f"/calls/{some_policies.pk}/?panel=keep"
    page = open_page(path, person=cast.officer, width=width, scheme=scheme)
    winner = page.locator("tr.winner")
    assert "Evidence, version 1" in winner.inner_text()
    assert console == []
    assert axe(page) == []
    console.clear()  # axe itself copies the waveform's style, which CSP refuses it
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    link = winner.get_by_role("link")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/retention/**")


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.usefixtures("some_drafts", "some_policies")
def test_pages_are_clean(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_door_is_clean(
    transactional_db: None, open_page: OpenPage, axe: Axe, scheme: str
) -> None:
    page = open_page("/login", width=360, scheme=scheme)
    assert axe(page) == []


@pytest.mark.usefixtures("some_calls")
def test_open_menus_and_sheets_are_clean(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page("/calls/", person=cast.officer)
    for summary in ("Team", "When", "+ filter", "Menu of"):
        page.locator("summary", has_text=summary).first.click()
        assert axe(page) == []
        page.keyboard.press("Escape")
        assert page.locator("details[open]").count() == 0
    page.get_by_label("Take this list as a file").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert axe(page) == []
    page.keyboard.press("Escape")


@pytest.mark.usefixtures("some_calls")
def test_a_first_load_is_small(cast: Cast, open_page: OpenPage) -> None:
    page = open_page("/", person=cast.officer)
    sizes: dict[str, int] = {}

    def weigh(response: object) -> None:
        body = response.body()  # type: ignore[attr-defined]
        url: str = response.url  # type: ignore[attr-defined]
        sizes[url] = len(body if url.endswith("woff2") else brotli.compress(body))

    page.context.clear_cookies(name="zone")
    page.on("response", weigh)
    page.goto("/calls/", wait_until="networkidle")
    assert len(sizes) > 10
    assert sum(sizes.values()) < FIRST_LOAD
