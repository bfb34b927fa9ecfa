"""The list of calls: who sees what, by which filters, in which order."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, PhoneNumber
from recordings.models import Call, Party, Recording, SavedSearch
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

SignIn = Callable[[Person], Client]
CALLS = "/calls/"
NUMBER = "+4930123454711"


def ids(page: str) -> list[str]:
    """The calls of a page, in order."""
    return re.findall(r'class="row-link" href="/calls/([0-9a-f-]{36})/', page)


def seen(client: Client, query: str = "when=all") -> list[str]:
    """The ids of the calls that a browser sees under these filters."""
    response = client.get(f"{CALLS}?{query}")
    assert response.status_code == 200
    return ids(response.content.decode())


def a_call(cast: Cast, **fields: object) -> Call:
    """A call of the claims team with its recording."""
    call = CallFactory.create(**{"team": cast.claims, **fields})
    RecordingFactory.create(call=call)
    return call


def test_it_needs_a_sign_in(client: Client) -> None:
    assert client.get(CALLS).headers["Location"] == f"/login?next={CALLS}"


@pytest.mark.parametrize(
    ("who", "sees"),
    [("reviewer", 1), ("officer", 2), ("auditor", 2), ("sales_reviewer", 1)],
)
def test_people_see_the_calls_of_their_teams(
    cast: Cast, sign_in: SignIn, who: str, sees: int
) -> None:
    a_call(cast)
    a_call(cast, team=cast.sales)
    assert len(seen(sign_in(cast.people[who]))) == sees


@pytest.mark.parametrize("who", ["administrator", "stranger"])
def test_who_may_not_see_calls_is_told_whom_to_ask(
    cast: Cast, sign_in: SignIn, who: str
) -> None:
    response = sign_in(cast.people[who]).get(CALLS, headers={"accept": "text/html"})
    assert response.status_code == 403
    assert "Ada Administrator" in response.content.decode()


def test_a_row_says_what_became_of_the_call(cast: Cast, sign_in: SignIn) -> None:
    call = a_call(cast)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(NUMBER))
    PartyFactory.create(call=call, role=Party.Role.AGENT, name="Mia", number=None)
    page = sign_in(cast.reviewer).get(f"{CALLS}?when=all").content.decode()
    for words in (
        "+49 ••• ••• 4711",
        "Mia (AI)",
        "Claims",
        "3:12",
        "recorded",
        "given",
    ):
        assert words in page
    assert "the file matches its hash" in page
    assert NUMBER not in page


def test_calls_that_no_policy_covers_can_be_listed(cast: Cast, sign_in: SignIn) -> None:
    kept = a_call(cast)
    a_call(cast, expires_at=timezone.now())
    a_call(cast, capture=Call.Capture.NONE)

    assert seen(sign_in(cast.officer), "when=all&undated=true") == [str(kept.id)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("capture=failed", True),
        ("capture=recorded", False),
        ("consent=refused", True),
        ("direction=inbound", False),
        ("longer_than=60", True),
        ("shorter_than=60", False),
        ("team={claims}", True),
        ("team={sales}", False),
    ],
)
def test_filters(cast: Cast, sign_in: SignIn, query: str, found: bool) -> None:
    call = a_call(
        cast,
        capture=Call.Capture.FAILED,
        consent=Call.Consent.REFUSED,
        direction=Call.Direction.OUTBOUND,
    )
    query = query.format(claims=cast.claims.id, sales=cast.sales.id)
    found_ids = seen(sign_in(cast.officer), f"when=all&{query}")
    assert found_ids == ([str(call.id)] if found else [])


def test_the_list_begins_with_the_last_seven_days(cast: Cast, sign_in: SignIn) -> None:
    now = timezone.now()
    new = a_call(cast, started_at=now - timedelta(days=2))
    a_call(cast, started_at=now - timedelta(days=20))
    assert seen(sign_in(cast.reviewer), "") == [str(new.id)]


def test_two_dates_are_days_in_the_viewers_zone(cast: Cast, sign_in: SignIn) -> None:
    a_call(cast, started_at=datetime(2026, 11, 1, 22, 59, tzinfo=UTC))
    inside = a_call(cast, started_at=datetime(2026, 11, 1, 23, 1, tzinfo=UTC))
    browser = sign_in(cast.reviewer)
    browser.cookies["zone"] = "Europe/Berlin"
    query = "when=dates&from=2026-11-02&to=2026-11-02"
    assert seen(browser, query) == [str(inside.id)]


def test_pages_follow_each_other_without_gap_or_repeat(
    cast: Cast, sign_in: SignIn
) -> None:
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    for n in range(120):
        CallFactory.create(
            team=cast.claims, started_at=start + timedelta(minutes=n // 3)
        )
    browser = sign_in(cast.reviewer)
    found: list[str] = []
    url = f"{CALLS}?when=all"
    while url:
        page = browser.get(url).content.decode()
        found += ids(page)
        older = re.search(r'href="([^"]+)" rel="next"', page)
        url = older[1].replace("&amp;", "&") if older else ""
    wanted = Call.objects.order_by("-started_at", "-id").values_list("id", flat=True)
    assert found == [str(key) for key in wanted]


def test_a_cursor_of_another_list_gives_the_first_page(
    cast: Cast, sign_in: SignIn
) -> None:
    call = a_call(cast)
    assert seen(sign_in(cast.reviewer), "when=all&cursor=zzz") == [str(call.id)]


def test_by_length_the_longest_comes_first(cast: Cast, sign_in: SignIn) -> None:
    short = a_call(cast, duration_ms=1_000)
    long = a_call(cast, duration_ms=9_000)
    found = seen(sign_in(cast.reviewer), "when=all&sort=-length")
    assert found == [str(long.id), str(short.id)]


def test_a_filter_that_cannot_be_read_is_named(cast: Cast, sign_in: SignIn) -> None:
    a_call(cast)
    page = sign_in(cast.reviewer).get(f"{CALLS}?longer_than=abc").content.decode()
    assert "Longer than (seconds): Enter a number." in page
    assert "longer_than&#x27;: " not in page, "nothing of the page's own making"
    assert ids(page) == []


def test_the_page_costs_the_same_with_more_rows(
    cast: Cast,
    sign_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(12):
        PartyFactory.create(call=a_call(cast))
    browser = sign_in(cast.reviewer)
    with django_assert_max_num_queries(12):
        assert len(seen(browser)) == 12


def agents_of_two_calls(cast: Cast) -> tuple[Party, Party]:
    """Mia of the claims team, and Tom of another."""
    found = []
    for team, name in ((cast.claims, "Mia"), (cast.sales, "Tom")):
        found.append(
            PartyFactory.create(
                call=a_call(cast, team=team, started_at=timezone.now()),
                role=Party.Role.AGENT,
                number=None,
                name=name,
                name_lookup=name.lower(),
            )
        )
    return found[0], found[1]


def test_the_agents_of_recent_calls_of_ones_teams_are_offered(
    cast: Cast, sign_in: SignIn
) -> None:
    mia, _tom = agents_of_two_calls(cast)
    browser = sign_in(cast.reviewer)
    page = browser.get(CALLS).content.decode()
    assert re.search(r'name="agent" value="mia"[^>]*> Mia<', page)
    assert "Tom" not in page
    assert seen(browser, "agent=mia") == [str(mia.call_id)]


def test_where_only_the_list_is_swapped_the_chip_still_names_the_agent(
    cast: Cast, sign_in: SignIn
) -> None:
    agents_of_two_calls(cast)
    browser = sign_in(cast.officer)
    swap = {"HX-Request": "true"}
    for query, words in (("", "Agent"), ("?agent=tom", "Agent: Tom")):
        page = browser.get(f"{CALLS}{query}", headers=swap).content.decode()
        assert re.search(rf'id="chip-agent"[^>]*>{words}<', page)


def find(client: Client, words: str) -> str:
    """Search; return where it leads."""
    response = client.post(reverse("calls-search"), {"words": words})
    assert response.status_code == 302
    return response.headers["Location"]


def test_a_number_becomes_a_token(
    cast: Cast, sign_in: SignIn, entries: Callable[..., list[AuditEntry]]
) -> None:
    call = a_call(cast)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(NUMBER))
    other = a_call(cast)
    PartyFactory.create(call=other, number=PhoneNumber.from_raw("+4930555000123"))
    browser = sign_in(cast.officer)
    for words in (NUMBER, "+49 30 123454711", "4711"):
        url = find(browser, words)
        assert re.fullmatch(rf"{CALLS}\?search=[0-9a-f-]{{36}}", url)
        assert ids(browser.get(url).content.decode()) == [str(call.id)]
    assert len(entries(act=Action.PERSON_SEARCHED)) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT filters FROM recordings_savedsearch")
        assert "4711" not in str(cursor.fetchall())


def test_an_id_or_a_reference_leads_there_at_once(cast: Cast, sign_in: SignIn) -> None:
    call = a_call(cast)
    call.labels.create(key="ticket", value="T-1005")
    browser = sign_in(cast.reviewer)
    assert find(browser, str(call.id)) == reverse("call", args=[call.id])
    assert "reference=T-1005" in find(browser, "T-1005")


def test_an_id_of_another_team_is_no_call(cast: Cast, sign_in: SignIn) -> None:
    call = a_call(cast, team=cast.sales)
    response = sign_in(cast.reviewer).post(
        reverse("calls-search"), {"words": str(call.id)}
    )
    assert response.status_code == 403  # left as a search for a name


def test_a_reviewer_does_not_search_for_people(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    response = browser.post(reverse("calls-search"), {"words": NUMBER})
    assert response.status_code == 403
    saved = SavedSearch.objects.create(
        owner=cast.officer, filters='{"name": "x"}', is_shared=True
    )
    assert browser.get(f"{CALLS}?search={saved.id}").status_code == 403


@pytest.mark.parametrize("token", ["zzz", "6f1c1a5e-3c4b-4d6b-9a56-3d0f3a1c0d11"])
def test_an_unknown_token_is_not_found(cast: Cast, sign_in: SignIn, token: str) -> None:
    assert sign_in(cast.officer).get(f"{CALLS}?search={token}").status_code == 404


def test_somebody_elses_token_is_not_found(cast: Cast, sign_in: SignIn) -> None:
    saved = SavedSearch.objects.create(owner=cast.auditor, filters="{}")
    assert sign_in(cast.officer).get(f"{CALLS}?search={saved.id}").status_code == 404


def test_states_in_words(cast: Cast, sign_in: SignIn) -> None:
    call = a_call(cast)
    ended = call.recordings.get().ended_at
    assert ended
    RecordingFactory.create(call=call, part=2, started_at=ended + timedelta(seconds=42))
    odd = a_call(cast)
    odd.recordings.update(findings=["size_mismatch"])
    apart = a_call(cast)
    apart.recordings.update(state=Recording.State.QUARANTINED)
    page = sign_in(cast.reviewer).get(f"{CALLS}?when=all").content.decode()
    for words in ("2 parts, 0:42 not recorded", "recorded, look again", "held"):
        assert words in page
