"""The player in a real browser: nothing plays unasked, everything works by key, and what
was heard is told."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Request, Route, expect

from compliance.access import sessions
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Team
from recordings import rendering
from recordings.models import Call, Listen, Recording, Rendition
from tests.browser.conftest import OpenPage
from tests.cast import PASSWORD, Cast
from tests.factories.hearable import hearable_call, part_of
from tests.waiting import until

Axe = Callable[[Page], list[str]]
PAUSE = """async () => {
  const audio = document.querySelector("audio");
  if (!audio || audio.paused) return;
  audio.pause();
  await new Promise((done) => {
    audio.addEventListener("pause", () => setTimeout(done), { once: true });
  });
}"""
"""Ends when the page has heard of the pause, and so has begun to report."""


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture(autouse=True)
def _told_before_the_end(browser: Browser, open_page: OpenPage) -> Iterator[None]:
    """Stop what still plays and wait for its reports: the tables are emptied next."""
    yield
    for page in [page for context in browser.contexts for page in context.pages]:
        sent: list[Request] = []
        # playwright cannot take a method of a built-in type
        page.on("request", lambda request: sent.append(request))  # noqa: B023
        page.evaluate(PAUSE)
        for request in sent:
            request.response()


@pytest.fixture
def call(transactional_db: None, cast: Cast) -> Call:
    """A call of an hour ago that may be heard for evidence and quality."""
    call = hearable_call(cast.claims, started_at=timezone.now() - timedelta(hours=1))
    part_of(call)
    return call


@pytest.fixture
def player(open_page: OpenPage, cast: Cast, call: Call) -> Page:
    """The call's page as a reviewer sees it."""
    return open_page(f"/calls/{call.id}/", person=cast.reviewer)


def state(page: Page, name: str) -> Any:
    """A property of the page's <audio>."""
    return page.evaluate(f"document.querySelector('audio').{name}")


def plays_past(page: Page, seconds: float) -> None:
    """Wait until the sound has come that far."""
    page.wait_for_function(
        "at => document.querySelector('audio').currentTime > at", arg=seconds
    )


def press_play(page: Page, purpose: str = "quality") -> None:
    """Space, then the question."""
    page.keyboard.press("Space")
    ask = page.get_by_role("dialog", name="What do you listen for?")
    ask.get_by_label(purpose).check()
    ask.get_by_role("button", name="Play").click()


def test_play_asks_serves_and_reports(player: Page, cast: Cast, call: Call) -> None:
    assert "/media/" not in player.content()
    assert state(player, "src") == ""
    press_play(player)
    plays_past(player, 1)
    [entry] = AuditEntry.objects.filter(act=Action.LISTEN_GRANTED)
    assert entry.actor_id == cast.reviewer.id
    assert entry.facts["purpose"] == "quality"
    player.keyboard.press("Space")
    until(lambda: Listen.objects.get().heard_ms > 900)
    listen = Listen.objects.get()
    assert listen.heard[0][0] < 500
    assert abs(listen.position_ms - state(player, "currentTime") * 1000) < 300
    assert player.locator("[data-heard]").get_attribute("d")


def test_keys_move_and_hurry_it(player: Page) -> None:
    press_play(player)
    plays_past(player, 0.2)
    for key in ("ArrowRight", "Shift+ArrowRight", "ArrowLeft", "]", "]"):
        player.keyboard.press(key)
    plays_past(player, 10)
    assert state(player, "currentTime") < 16
    assert state(player, "playbackRate") == 1.5
    assert state(player, "preservesPitch") is True
    player.keyboard.press("[")
    assert state(player, "playbackRate") == 1.25
    player.keyboard.press("3")
    agent = player.get_by_role("button", name="agent", exact=True)
    expect(agent).to_have_attribute("aria-pressed", "true")


def test_a_pause_amid_a_jump_still_reports(player: Page) -> None:
    press_play(player)
    plays_past(player, 0.5)
    with player.expect_response("**/heard"):
        player.evaluate(
            """() => {
              const audio = document.querySelector("audio");
              audio.currentTime = 40;
              audio.pause();
            }"""
        )


def test_a_typed_time_and_keys_that_are_text(player: Page) -> None:
    player.keyboard.press("t")
    player.keyboard.press("Control+a")
    player.keyboard.type("1:05")
    player.keyboard.press("Enter")
    expect(player.get_by_role("slider")).to_have_attribute(
        "aria-valuetext", "1:05 of 1:20"
    )
    player.keyboard.press("/")
    player.keyboard.type("n 3")
    assert state(player, "paused")
    expect(player.locator("dialog[open]")).to_have_count(0)


def test_an_address_with_a_time_opens_paused_there(
    open_page: OpenPage, cast: Cast, call: Call
) -> None:
    page = open_page(f"/calls/{call.id}/?t=1:05", person=cast.reviewer)
    expect(page.locator("#time")).to_have_value("1:05")
    assert state(page, "src") == ""
    press_play(page)
    plays_past(page, 65.2)
    assert Listen.objects.count() == 1


def test_it_resumes_where_one_stopped(player: Page, open_page: OpenPage) -> None:
    player.locator("[data-seek]").last.click()
    press_play(player)
    plays_past(player, 15)
    player.keyboard.press("Space")
    until(lambda: Listen.objects.get().position_ms > 15_000)
    player.reload()
    expect(player.get_by_text("You stopped here last time.")).to_be_visible()
    expect(player.locator("#time")).to_have_value("0:15")


def test_the_purpose_goes_along_to_the_next_call(
    cast: Cast, open_page: OpenPage, call: Call
) -> None:
    later = hearable_call(cast.claims, started_at=timezone.now() - timedelta(minutes=9))
    part_of(later)
    page = open_page(f"/calls/{later.id}/", person=cast.reviewer)
    press_play(page)
    plays_past(page, 0.2)
    page.keyboard.press("n")
    page.wait_for_url(f"**/calls/{call.id}/?for=quality")
    page.keyboard.press("Space")
    plays_past(page, 0.2)
    assert Listen.objects.filter(purpose="quality").count() == 2


def test_silence_is_skipped(player: Page) -> None:
    [[since, until_ms], *_] = [
        pair
        for pair in player.evaluate(
            "JSON.parse(document.querySelector('[data-config]').dataset.config).silences"
        )
        if pair[1] - pair[0] > 1_200
    ]
    player.keyboard.press("s")
    press_play(player)
    player.wait_for_function("() => !document.querySelector('audio').paused")
    player.locator("#time").fill(f"{since / 1000:.1f}")
    player.locator("#time").press("Enter")
    plays_past(player, (until_ms - 300) / 1000)
    player.locator("[data-play-button]").click()
    until(lambda: Listen.objects.get().heard_ms > 0)
    whole = sum(b - a for a, b in Listen.objects.get().heard)
    assert whole < until_ms


def test_a_refusal_takes_the_players_place(player: Page) -> None:
    Recording.objects.update(state=Recording.State.QUARANTINED)
    press_play(player)
    alert = player.get_by_role("alert")
    expect(alert).to_contain_text("This recording cannot be heard: quarantined.")
    expect(alert).to_contain_text("Olga Officer can tell you more.")
    expect(player.get_by_role("slider")).to_be_hidden()
    assert AuditEntry.objects.filter(act=Action.LISTEN_REFUSED).count() == 1


def test_a_dead_link_is_renewed_where_one_was(player: Page) -> None:
    dead: list[str] = []

    def die_once(route: Route) -> None:
        if dead:
            route.continue_()
        else:
            dead.append(route.request.url)
            route.fulfill(status=403)

    player.route("**/media/**", die_once)
    player.keyboard.press("ArrowRight")
    player.keyboard.press("Shift+ArrowRight")
    player.keyboard.press("]")
    press_play(player)
    plays_past(player, 15.2)
    assert state(player, "playbackRate") == 1.25
    expect(player.get_by_text("Link renewed")).to_be_visible()
    assert Listen.objects.get().links_served == 2


def test_a_link_is_renewed_before_it_ends(player: Page) -> None:
    def hurry(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "expires_in": 47})

    player.route("**/listen", hurry)
    player.evaluate(
        "Object.defineProperty(HTMLMediaElement.prototype, 'buffered',"
        " {get: () => ({length: 0})})"
    )
    press_play(player)
    plays_past(player, 1)
    expect(player.get_by_text("Link renewed")).to_be_visible()
    before = state(player, "currentTime")
    plays_past(player, before + 0.5)
    assert Listen.objects.get().links_served == 2


def test_a_team_that_asks_why(cast: Cast, open_page: OpenPage, call: Call) -> None:
    Team.objects.filter(id=cast.claims.id).update(ask_reason=True)
    page = open_page(f"/calls/{call.id}/?for=quality", person=cast.reviewer)
    page.keyboard.press("Space")
    ask = page.get_by_role("dialog")
    expect(ask.get_by_label("quality")).to_be_checked()
    ask.get_by_label("Reason").fill("Complaint 2231")
    ask.get_by_role("button", name="Play").click()
    plays_past(page, 0.2)
    assert Listen.objects.get().reason == "Complaint 2231"


def test_without_scripts_it_can_be_heard(
    cast: Cast, open_page: OpenPage, call: Call
) -> None:
    page = open_page(f"/calls/{call.id}/", person=cast.reviewer, scripts=False)
    page.get_by_role("radio", name="quality").check()
    page.get_by_role("button", name="Ask for the recording").click()
    expect(page.locator("audio[controls]")).to_be_visible()
    page.get_by_role("link", name="Back to the call").click()
    page.get_by_role("link", name="File").click()
    expect(page.get_by_text("SHA-256")).to_be_visible()


def test_panels_change_without_stopping_the_sound(player: Page) -> None:
    press_play(player)
    plays_past(player, 0.2)
    player.get_by_role("link", name="File").click()
    expect(player.get_by_text("SHA-256")).to_be_visible()
    assert "panel=file" in player.url
    assert not state(player, "paused")


def test_a_number_is_shown_in_its_place(
    cast: Cast, open_page: OpenPage, call: Call
) -> None:
    page = open_page(f"/calls/{call.id}/?panel=parties", person=cast.officer)
    page.get_by_role("button", name="Show whole").click()
    expect(page.get_by_text("+4915112344711")).to_be_visible()


def test_a_part_that_is_ready_meanwhile_brings_its_player(
    cast: Cast, open_page: OpenPage, call: Call
) -> None:
    Recording.objects.update(state=Recording.State.CHECKING)
    page = open_page(f"/calls/{call.id}/", person=cast.reviewer)
    expect(page.get_by_role("heading", name="Being checked")).to_be_visible()
    Recording.objects.update(state=Recording.State.AVAILABLE)
    expect(page.get_by_role("slider")).to_be_visible(timeout=10_000)
    press_play(page)
    plays_past(page, 0.2)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_it_is_clean(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    console: list[str],
    call: Call,
    width: int,
    scheme: str,
) -> None:
    def wrong(page: Page) -> list[str]:
        assert console == []
        found = axe(page)
        console.clear()  # axe itself copies the waveform's style, which CSP refuses it
        return found

    path = f"/calls/{call.id}/"
    page = open_page(path, person=cast.officer, width=width, scheme=scheme)
    for panel in ("why", "keep", "listened", "parties", "file"):
        page.goto(f"{path}?panel={panel}", wait_until="networkidle")
        assert (panel, wrong(page)) == (panel, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("[data-play-button]").click()
    page.get_by_role("dialog").wait_for()
    assert wrong(page) == []
    page.keyboard.press("Escape")
    part = call.recordings.get()
    page.goto(f"/recordings/{part.id}/download", wait_until="networkidle")
    assert wrong(page) == []


@pytest.fixture
def in_two_parts(call: Call, cast: Cast) -> Call:
    """The call was paused after its first part, and has a second one."""
    first = call.recordings.get()
    assert first.started_at is not None
    first.ended_at = first.started_at + timedelta(seconds=10)
    first.duration_ms, first.stop_wanted = 10_000, "paused"
    first.save()
    part_of(
        call,
        part=2,
        started_at=first.ended_at + timedelta(seconds=17),
        object_key="recordings/2.ogg",
    )
    return call


def test_a_call_of_two_parts_plays_as_one_and_says_what_is_missing(
    open_page: OpenPage, cast: Cast, in_two_parts: Call
) -> None:
    Team.objects.update(ask_reason=True)
    player = open_page(f"/calls/{in_two_parts.id}/", person=cast.reviewer)
    parts = player.get_by_role("navigation", name="Parts of the recording")
    expect(parts.get_by_text("0:17 not recorded: paused on request")).to_be_visible()
    press_play_with_reason(player)
    plays_past(player, 0.3)
    before = player.locator("[data-call-at]").get_attribute("d")

    player.evaluate(
        "() => document.querySelector('audio').dispatchEvent(new Event('ended'))"
    )

    expect(parts.get_by_role("link", name="Part 2")).to_have_attribute(
        "aria-current", "true"
    )
    plays_past(player, 0.3)
    expect(
        player.get_by_text("0:17 not recorded: paused on request").last
    ).to_be_visible()
    assert player.locator("[data-call-at]").get_attribute("d") != before
    assert "part=2" in player.url
    sittings = Listen.objects.order_by("opened_at")
    assert [(s.recording.part, s.reason) for s in sittings] == [
        (1, "a complaint"),
        (2, "a complaint"),
    ]


def press_play_with_reason(page: Page) -> None:
    """As `press_play`, where the team wants a reason."""
    page.keyboard.press("Space")
    ask = page.get_by_role("dialog", name="What do you listen for?")
    ask.get_by_label("quality").check()
    ask.get_by_label("reason", exact=False).last.fill("a complaint")
    ask.get_by_role("button", name="Play").click()


NO_OGG = """
const can = HTMLMediaElement.prototype.canPlayType;
HTMLMediaElement.prototype.canPlayType = function (kind) {
  return /ogg|opus/.test(kind) ? "" : can.call(this, kind);
};
"""
"""A browser that says it plays everything but OGG."""


def test_a_browser_that_cannot_play_it_gets_another_file(
    open_page: OpenPage, cast: Cast, call: Call
) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.context.add_init_script(NO_OGG)
    page.goto(f"/calls/{call.id}/")
    served: set[str] = set()
    page.on(
        "response",
        lambda answer: (
            served.add(answer.headers["content-type"])
            if "link=" in answer.url
            else None
        ),
    )
    press_play(page)
    status = page.locator("[data-status]")
    expect(status).to_contain_text("needs another kind of file")
    assert not Listen.objects.exists()

    rendition = Rendition.objects.get()
    assert rendering.make(rendition_id=rendition.id, now=timezone.now())

    expect(status).not_to_contain_text("needs another kind of file")
    until(lambda: not state(page, "paused") or "Press play" in status.inner_text())
    if state(page, "paused"):
        page.keyboard.press("Space")
    plays_past(page, 1)
    assert len(served) == 1
    assert served <= {"audio/mp4", "audio/mpeg"}
    page.keyboard.press("Space")
    until(lambda: Listen.objects.get().heard_ms > 900)
    assert AuditEntry.objects.filter(act=Action.LISTEN_GRANTED).count() == 1


def test_waiting_for_another_file_can_be_called_off(
    open_page: OpenPage, cast: Cast, call: Call
) -> None:
    page = open_page("/calls/", person=cast.reviewer)
    page.context.add_init_script(NO_OGG)
    page.goto(f"/calls/{call.id}/")
    press_play(page)
    status = page.locator("[data-status]")
    expect(status).to_contain_text("needs another kind of file")
    page.keyboard.press("Space")
    expect(status).to_be_empty()
    assert not Listen.objects.exists()


def test_only_what_can_be_heard_keeps_the_session(player: Page) -> None:
    press_play(player)
    plays_past(player, 0.5)
    with player.expect_request("**/heard") as told:
        player.keyboard.press("Space")
    assert "x-passive" not in told.value.headers
    player.evaluate("document.querySelector('audio').muted = true")
    player.keyboard.press("Space")
    plays_past(player, 1.5)
    with player.expect_request("**/heard") as told:
        player.keyboard.press("Space")
    assert told.value.headers["x-passive"] == "1"


def test_after_signing_in_again_it_stands_where_it_stood(
    player: Page, cast: Cast, call: Call
) -> None:
    press_play(player)
    player.keyboard.press("ArrowRight")
    plays_past(player, 5.5)
    with player.expect_response("**/heard"):
        player.keyboard.press("Space")
    sessions.end(by=cast.reviewer)
    player.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    player.wait_for_url("**/login?**")
    player.get_by_label("E-mail").fill("rosa@example.org")
    player.get_by_label("Password").fill(PASSWORD)
    player.get_by_role("button", name="Sign in").click()
    player.wait_for_url(f"**/calls/{call.id}/**")
    expect(player.locator("#time")).to_have_value("0:05")
