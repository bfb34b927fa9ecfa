"""A number, a name and what people wrote are planted everywhere, then looked for."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from playwright.sync_api import Page, expect
from redis import Redis

from compliance.models import Team
from recordings.livekit.simulator import sign
from recordings.models import (
    Call,
    Disclosure,
    Listen,
    LiveKitEvent,
    Party,
    Recording,
)
from tests.cast import Cast
from tests.journeys.conftest import SignedIn
from tests.journeys.product import Product
from tests.journeys.search import listening_to_redis, places, where
from tests.journeys.telephone import german_call
from tests.waiting import until

NUMBER = "+493023125678"
NUMBER_AS_WRITTEN = ("3023125678", "30 23125678", "23125678")
AGENT = "Quirina"
NOTE = "Glockenblume"
"""An attribute of the caller that nobody allowed us to keep."""
EVIDENCE = "Zwetschgenkuchen"
REASON = "Kellerassel"
RECIPIENT = "Mondscheintarif"
ORGANISATION = "Hagebuttenverein"
WHY = "Pusteblume"
PLANTED = (
    *(*NUMBER_AS_WRITTEN, AGENT, NOTE),
    *(EVIDENCE, REASON, RECIPIENT, ORGANISATION, WHY),
)
CANARY = "kanarienvogel"
"""Stands where it may: it shows that the search can find."""
CANARIES = {
    *("log of web", "log of worker", "access log", "object keys"),
    *("Redis, now", "Redis, meanwhile", "addresses the browser asked for"),
    *("table recordings_calllabel", "table recordings_party"),
}


ODD = "EV_odd"


def plant_a_call(product: Product) -> Call:
    """A call of that number, in a room named after it, answered by that agent."""
    call = product.play(
        german_call(
            caller_number=NUMBER,
            agent=AGENT,
            labels={"ticket": f"T-{CANARY}", "note": NOTE},
        )
    )
    parts = Recording.objects.filter(call=call, state=Recording.State.AVAILABLE)
    until(parts.exists)
    return call


def plant_by_api(product: Product, call: Call) -> None:
    """What the voice agent reports, and what it reports wrongly."""
    url = f"{product.url}/api/v1/rooms/{call.room_id}/consents"
    headers = {
        "Authorization": f"Api-Key {product.token}",
        "Content-Type": "application/json",
    }
    told = {"kind": "announced", "evidence": EVIDENCE, "language": "de"}
    assert post(url, json.dumps(told).encode(), headers) == 201
    for wrong in ({"kind": NUMBER}, {**told, "party": NUMBER}, {**told, "by": AGENT}):
        assert post(url, json.dumps(wrong).encode(), headers) == 400


def plant_by_odd_events(product: Product) -> None:
    """Webhooks that are refused, and one that is taken but cannot be applied."""
    url = f"{product.url}/webhooks/livekit"
    person = {
        "sid": "PA_odd",
        "identity": f"sip_{NUMBER}",
        "name": AGENT,
        "kind": "SIP",
        "attributes": {"sip.phoneNumber": NUMBER, "sip.callID": "SCL_odd"},
    }
    event = {
        "event": "participant_joined",
        "id": ODD,
        "room": {"sid": "RM_odd", "name": f"call-{NUMBER}"},
        "participant": person,
    }
    body = json.dumps(event).encode()
    key, _, secret = product.environment["LIVEKIT_API_KEYS"].partition("=")
    token = {"Authorization": sign(body, key=key, secret=secret)}
    assert post(url, body, {"Authorization": NUMBER}) == 401
    assert post(url, body + b" ", token) == 401
    broken = body[:-9]
    signed = {"Authorization": sign(broken, key=key, secret=secret)}
    assert post(url, broken, signed) == 400
    with a_database_that_quotes(NUMBER):
        assert post(url, body, token) == 200
        until(lambda: LiveKitEvent.objects.get(id=ODD).attempt > 0)


@contextmanager
def a_database_that_quotes(words: str) -> Iterator[None]:
    """It refuses the parties of odd events, and says in clear what it refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE 'refused: {words}'; END $$;"
            "CREATE TRIGGER quotes BEFORE INSERT ON recordings_party FOR EACH ROW"
            " WHEN (NEW.participant_sid = 'PA_odd') EXECUTE FUNCTION quote()"
        )
        try:
            yield
        finally:
            cursor.execute(
                "DROP TRIGGER quotes ON recordings_party; DROP FUNCTION quote()"
            )


def plant_by_searching(page: Page, call: Call) -> None:
    """By number and by name, through the one field that takes them."""
    for words in (NUMBER, AGENT):
        page.get_by_role("searchbox").fill(words)
        page.keyboard.press("Enter")
        page.wait_for_url("**/calls/?search=*")
        expect(page.locator(f"a[href*='{call.id}']")).to_be_visible()


def plant_by_listening(page: Page, call: Call) -> None:
    """With a reason; then the number is looked at."""
    page.goto(f"/calls/{call.id}/")
    page.keyboard.press("Space")
    ask = page.get_by_role("dialog")
    ask.get_by_role("radio").first.check()
    ask.get_by_label("Reason").fill(REASON)
    ask.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.2")
    page.keyboard.press("Space")
    until(lambda: Listen.objects.get().heard_ms > 0)
    page.goto(f"/calls/{call.id}/?panel=parties")
    page.get_by_role("button", name="Show whole").first.click()
    expect(page.get_by_text(NUMBER).first).to_be_visible()


def plant_by_copying(page: Page, call: Call) -> None:
    """A copy for somebody, of somewhere, for a reason."""
    page.goto(f"/recordings/{call.recordings.get().id}/download")
    page.get_by_label("To whom").fill(RECIPIENT)
    page.get_by_label("Organisation").fill(ORGANISATION)
    page.get_by_label("Why").fill(WHY)
    with page.expect_download():
        page.get_by_role("button", name="Take the copy").click()


def let_canaries_fly(product: Product, page: Page) -> None:
    """Into every place that could hide something."""
    page.goto(f"/{CANARY}")
    with product.log("worker").open("a") as log:
        log.write(CANARY)
    with Redis.from_url(product.redis_url) as redis:
        redis.hset("bird", "kind", CANARY)
    (product.media / CANARY).touch()


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status of a POST."""
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own portal
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_nothing_leaks(product: Product, cast: Cast, signed_in: SignedIn) -> None:
    Team.objects.filter(id=cast.claims.id).update(ask_reason=True)
    addresses: list[str] = []
    with listening_to_redis(product.redis_url) as overheard:
        call = plant_a_call(product)
        plant_by_api(product, call)
        plant_by_odd_events(product)
        officer = signed_in(cast.officer)
        officer.on("request", lambda request: addresses.append(request.url))
        plant_by_searching(officer, call)
        plant_by_listening(officer, call)
        plant_by_copying(officer, call)
        let_canaries_fly(product, officer)
    left_behind = places(product, overheard, addresses)

    # all of it arrived, and can be read by who may
    caller = Party.objects.get(call=call, role=Party.Role.CALLER)
    assert caller.number is not None
    assert caller.number.e164 == NUMBER
    assert NUMBER in call.room.name
    assert Party.objects.get(call=call, role=Party.Role.AGENT).name == AGENT
    assert EVIDENCE in {said.evidence for said in call.consents.all()}
    assert Listen.objects.get().reason == REASON
    assert Disclosure.objects.get().recipient == RECIPIENT

    # the search looks into full places, and finds what is there
    assert where([CANARY], left_behind) == CANARIES
    assert b"recordings.begin_recording" in left_behind["Redis, meanwhile"]
    assert (
        LiveKitEvent.objects.get(id=ODD).error.encode() in left_behind["log of worker"]
    )
    assert str(cast.officer.id).encode() in left_behind["sessions"]

    assert where(PLANTED, left_behind) == set()
