"""One call's way: consent > recorded > checked > heard by whom it may > remembered.

Real processes, a real Chromium, and the keyboard alone where something is played.
LiveKit is the simulator, which stands in for Egress.
"""

from playwright.sync_api import Page, expect

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Team
from recordings.livekit.simulator import Scenario
from recordings.models import Call, ConsentRecord, Listen, Recording, Rendition
from tests.browsing import Axe
from tests.cast import Cast
from tests.journeys.conftest import SignedIn
from tests.journeys.product import Product
from tests.journeys.telephone import german_call, refused_call
from tests.waiting import until

POSITION = "document.querySelector('audio').currentTime"


def recorded(product: Product, scenario: Scenario) -> Call:
    """Play a call and wait until its only part was checked."""
    call = product.play(scenario)
    parts = Recording.objects.filter(call=call, state=Recording.State.AVAILABLE)
    until(parts.exists)
    return call


def open_from_list(page: Page, call: Call) -> None:
    """Find the call in the list and open it, by key: J down the rows, then Enter."""
    page.goto("/calls/")
    rows = page.locator("table.calls .row-link")
    hrefs = [rows.nth(n).get_attribute("href") or "" for n in range(rows.count())]
    at = next(n for n, href in enumerate(hrefs) if str(call.id) in href)
    for _row in range(at + 1):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/calls/{call.id}/**")


ASK_ANYWAY = """async (url) => {
    const token = document.cookie.match(/csrftoken=([^;]+)/)?.[1]
        ?? document.querySelector('[name=csrfmiddlewaretoken]').value;
    const answer = await fetch(url, {
        method: 'POST',
        headers: {Accept: 'application/json', 'X-CSRFToken': token},
        body: new URLSearchParams({purpose: 'quality'}),
    });
    return {status: answer.status, ...(await answer.json())};
}"""
"""What no page offers an auditor: a listen, asked for by hand."""


def play_by_key(page: Page) -> None:
    """Space; the first purpose of the question; Enter."""
    page.keyboard.press("Space")
    page.get_by_role("dialog", name="What do you listen for?").wait_for()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")


def plays_past(page: Page, seconds: float) -> None:
    """Wait until the sound has come that far by itself."""
    page.wait_for_function(f"at => {POSITION} > at", arg=seconds)


def test_a_call_reaches_the_ear_it_is_for(
    product: Product, cast: Cast, signed_in: SignedIn, axe: Axe, console: list[str]
) -> None:
    earlier = recorded(product, german_call(conversation="claims_de_water"))
    call = recorded(product, german_call())

    # lawfully: told who speaks, asked, then agreed, and only then recorded
    told, asked, agreed = ConsentRecord.objects.filter(call=call)
    kinds = (told.kind, asked.kind, agreed.kind)
    assert kinds == ("ai_disclosed", "announced", "granted")
    part = call.recordings.get()
    assert part.started_at is not None
    assert part.started_at >= agreed.occurred_at
    assert (part.findings, part.channels, len(part.sha256)) == ([], 2, 64)
    assert (product.media / part.object_key).stat().st_size == part.bytes

    # heard, with no hand on the mouse
    page = signed_in(cast.reviewer)
    open_from_list(page, call)
    assert console == []
    assert axe(page) == []
    console.clear()  # axe copies the waveform's style, which the policy refuses it
    play_by_key(page)
    plays_past(page, 1)
    first = page.evaluate(POSITION)
    plays_past(page, first + 0.5)
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('audio').paused")

    # remembered: what was served, and what was reported heard
    granted = AuditEntry.objects.get(act=Action.LISTEN_GRANTED, object_pk=str(part.id))
    assert granted.actor_id == cast.reviewer.id
    until(lambda: Listen.objects.get(recording=part).heard_ms > 0)
    listen = Listen.objects.get(recording=part)
    assert (listen.listener, listen.links_served) == (cast.reviewer, 1)
    assert listen.purpose == granted.facts["purpose"]
    assert listen.heard[0][0] < 500
    assert abs(listen.heard[-1][1] - page.evaluate(POSITION) * 1000) < 500

    # on to the next call of the list and back, the purpose carried along
    page.keyboard.press("n")
    page.wait_for_url(f"**/calls/{earlier.id}/?*for={listen.purpose}*")
    page.keyboard.press("Space")
    plays_past(page, 0.2)
    page.keyboard.press("p")
    page.wait_for_url(f"**/calls/{call.id}/?*")

    # an officer sees who listened
    officer = signed_in(cast.officer)
    officer.goto(f"/calls/{call.id}/?panel=listened")
    panel = officer.get_by_role("region", name="Who listened")
    expect(panel).to_contain_text(cast.reviewer.name)
    expect(panel.get_by_text("1 link", exact=False).first).to_be_visible()
    expect(panel).to_contain_text("Reported heard")


def test_what_may_not_be_heard_is_not(
    product: Product, cast: Cast, signed_in: SignedIn
) -> None:
    call = recorded(product, german_call())
    part = call.recordings.get()

    stranger = signed_in(cast.sales_reviewer)
    answer = stranger.goto(f"/calls/{call.id}/")
    assert answer is not None
    assert answer.status == 404
    assert cast.claims.name not in stranger.locator("body").inner_text()

    auditor = signed_in(cast.auditor)
    open_from_list(auditor, call)
    expect(
        auditor.get_by_role("heading", name="You may see this call, but not hear it")
    ).to_be_visible()
    expect(auditor.get_by_text(cast.administrator.name)).to_be_visible()
    assert auditor.locator("audio").count() == 0
    told = auditor.evaluate(ASK_ANYWAY, f"/recordings/{part.id}/listen")
    assert told["status"] == 403
    assert told["reason"]
    assert cast.administrator.name in told["ask"]
    refusals = AuditEntry.objects.filter(outcome="refused", actor=cast.auditor)
    [refusal] = refusals.filter(object_pk=str(part.id))
    assert refusal.facts["verb"] == "listen"
    assert not part.listens.exists()

    refused = product.play(refused_call())
    until(lambda: Call.objects.get(id=refused.id).consent == Call.Consent.REFUSED)
    assert not Recording.objects.filter(call=refused).exists()
    assert not list(product.media.rglob(str(refused.id)))
    reviewer = signed_in(cast.reviewer)
    open_from_list(reviewer, refused)
    expect(reviewer.get_by_role("heading", name="Nothing was recorded")).to_be_visible()
    expect(reviewer.get_by_text("A party refused to be recorded.")).to_be_visible()


ONLY_MP4 = """
const can = HTMLMediaElement.prototype.canPlayType;
HTMLMediaElement.prototype.canPlayType = function (kind) {
  return kind.includes("mp4") ? can.call(this, kind) : "";
};
"""
"""A browser that says it plays MP4 alone."""


def test_a_team_that_records_mp3_is_heard_everywhere(
    product: Product, cast: Cast, signed_in: SignedIn
) -> None:
    Team.objects.filter(id=cast.claims.id).update(file_format="mp3")
    call = recorded(product, german_call())
    part = call.recordings.get()
    assert (part.container, part.channels, part.findings) == ("mp3", 2, [])
    assert (product.media / part.object_key).suffix == ".mp3"

    page = signed_in(cast.reviewer)
    page.goto(f"/calls/{call.id}/")
    play_by_key(page)
    plays_past(page, 1)
    page.keyboard.press("Space")
    assert not Rendition.objects.exists()

    # made by the worker while it is waited for
    page.context.add_init_script(ONLY_MP4)
    page.goto(f"/calls/{call.id}/")
    page.keyboard.press("Space")
    status = page.locator("[data-status]")
    until(lambda: Rendition.objects.filter(state="ready").exists())
    expect(status).not_to_contain_text("another kind of file")
    if "Press play" in status.inner_text():
        page.keyboard.press("Space")
    plays_past(page, 2)
    made = Rendition.objects.get()
    assert (product.media / made.object_key).stat().st_size == made.bytes
    granted = AuditEntry.objects.filter(act=Action.LISTEN_GRANTED).order_by("timestamp")
    assert [entry.facts["form"] for entry in granted] == ["mp3", "mp4"]
