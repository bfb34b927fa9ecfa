"""Every plain page: readable for all, quiet in the console, no wider than the window."""

import json
from collections.abc import Callable
from datetime import timedelta

import brotli
import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.audit import population, seals
from compliance.audit.selection import Selection
from compliance.models import AuditEntry, ConsentRule, PhoneNumber
from recordings import exporting, exports, impact, keeping
from recordings.models import Alert, Call, Listen, Party, Recording, SavedSearch
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
SUBJECT = "/subjects/00000000-0000-4000-8000-000000000009/"
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
    "/holds/",
    "/holds/new",
    "/retention/",
    "/retention/new",
    POLICY,
    POLICY + "edit",
    "/consent/",
    "/consent/DE/edit",
    *DRAFTS.values(),
    "/sessions/",
    "/trail/",
    "/trail/?kind=heard",
    "/subjects/",
    SUBJECT,
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
    SavedSearch.objects.create(
        id=SUBJECT.split("/")[2],
        owner=cast.officer,
        filters=json.dumps({"number": PhoneNumber.objects.first().e164}),  # type: ignore[union-attr]
    )
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


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.usefixtures("some_calls")
def test_the_desk_of_the_auditor_is_clean(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    while sealed := seals.seal(now=timezone.now()):
        assert sealed.entries
    made = population.count(
        selection=Selection(), team_ids=None, by=cast.auditor, now=timezone.now()
    )
    entry = AuditEntry.objects.order_by("id")[2]
    page = open_page("/", person=cast.auditor, width=width, scheme=scheme)
    for path in (
        "/audit/",
        "/audit/?control=pci-10.7&act=alert.opened",
        f"/audit/{entry.pk}",
        "/audit/binder/",
        f"/audit/populations/{made.pk}/?size=5&seed=abc",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("some_calls")
def test_who_heard_this_second_is_clean_and_keeps_its_place(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    part = Recording.objects.select_related("call").filter(duration_ms__gt=0)[0]
    Listen.objects.filter(recording=part).update(heard=[[1_000, 5_000]])
    page = open_page(f"/calls/{part.call_id}/", person=cast.officer)
    page.locator("summary", has_text="Who heard this second?").press("Enter")
    page.get_by_label("Why do you ask?").fill("A complaint of today")
    page.keyboard.press("Enter")
    page.get_by_role("table", name="Who heard which stretch").wait_for()
    assert axe(page) == []
    announced = page.locator("#live", has_text="Served to 1 person")
    announced.wait_for(state="attached")


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
