"""The page of a draft: what differs, which calls it would have changed, and publishing."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import grants
from compliance.access.roles import Role
from compliance.consent import drafts, rules
from compliance.consent.rules import RuleDraft
from compliance.models import Announce, ConsentRule, Level, Person, PhoneNumber, Team
from recordings import tasks
from recordings.models import Call, ConsentRecord, Impact
from tests.cast import SINCE, Cast
from tests.factories.compliance import PersonFactory, TeamFactory
from tests.factories.recordings import (
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
    RecordingFactory,
)

SignIn = Callable[[Person], Client]
Kind = ConsentRecord.Kind
BEGINS = date(2099, 1, 1)


def drafted(cast: Cast, **changes: Any) -> ConsentRule:
    """A draft by which Washington asks for explicit consent."""
    said: dict[str, Any] = {
        "place": "US-WA",
        "place_name": "Washington",
        "level": Level.EXPLICIT,
        "strict_level": Level.EXPLICIT,
        "announce": Announce.ON_RECORDING,
        "citation": "Opinion of counsel 7",
        "effective_from": BEGINS,
        **changes,
    }
    return drafts.write(draft=RuleDraft(**said), by=cast.officer, now=timezone.now())


def a_call(
    team: Team, *acts: Kind, number: str = "+12065550100", **fields: Any
) -> Call:
    """A recorded call, of a number from Seattle unless another is named."""
    summary = {Kind.ANNOUNCED: Call.Consent.ANNOUNCED}
    consent = summary.get(acts[-1], Call.Consent.GRANTED) if acts else ""
    call = CallFactory.create(
        team=team, consent=consent or Call.Consent.NOT_NEEDED, **fields
    )
    PartyFactory.create(
        call=call, number=PhoneNumber.from_raw(number), joined_at=call.started_at
    )
    RecordingFactory.create(call=call)
    for kind in acts:
        ConsentRecordFactory.create(call=call, kind=kind)
    return call


def url(rule: ConsentRule, act: str = "") -> str:
    return f"/consent/drafts/{rule.id}/{act}"


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def looked(client: Client, rule: ConsentRule) -> str:
    """The page, once the calls were looked at."""
    assert client.post(url(rule, "look")).status_code == 302
    tasks.look_into_impact(str(Impact.objects.get(rule=rule).id))
    return read(client, url(rule))


def publish(client: Client, rule: ConsentRule, page: str) -> str:
    """What is said after the page's own button was pressed."""
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    answer = client.post(url(rule, "publish"), {"seen": seen[1]}, follow=True)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("officer", 200),
        ("reviewer", 403),
        ("lead", 403),
        ("auditor", 403),
        ("administrator", 403),
        ("stranger", 403),
    ],
)
def test_who_reads_it(cast: Cast, sign_in: SignIn, who: str, status: int) -> None:
    assert sign_in(cast.people[who]).get(url(drafted(cast))).status_code == status


@pytest.mark.parametrize("act", ["look", "publish"])
@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor", "administrator"])
def test_who_may_not_act(cast: Cast, sign_in: SignIn, who: str, act: str) -> None:
    rule = drafted(cast)
    assert sign_in(cast.people[who]).post(url(rule, act)).status_code == 403
    assert drafts.of("US-WA") == rule
    assert not Impact.objects.exists()


def test_before_anybody_looked_there_is_no_way_to_publish(
    cast: Cast, sign_in: SignIn
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)

    page = read(client, url(rule))

    assert "What would this draft change for Washington?" in page
    assert "What differs from version 1" in page
    assert "<mark>Opinion of counsel 7</mark>" in page
    assert "RCW 9.73.030(1), (3)" in page
    assert "Statute" not in page.partition("Citation")[0].partition("Asks for")[0]
    assert "See which calls this changes" in page
    assert "Publish from" not in page
    refused = client.post(url(rule, "publish"), {"seen": "x"}, follow=True)
    assert "Look first at the calls that this draft changes." in (
        refused.content.decode()
    )
    assert drafts.of("US-WA") == rule


def test_it_tells_how_far_it_is_and_asks_again_by_itself(
    cast: Cast, sign_in: SignIn
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    a_call(cast.sales)
    client.post(url(rule, "look"))

    page = read(client, url(rule))

    assert "0 of 1 calls looked at" in page
    assert 'hx-trigger="load delay:2s"' in page
    assert "Publish from" not in page


def test_the_result_is_told_in_figures_and_call_by_call(
    cast: Cast, sign_in: SignIn
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    told = a_call(cast.sales, Kind.ANNOUNCED)
    agreed = a_call(cast.sales, Kind.ANNOUNCED, Kind.GRANTED)
    untouched = a_call(cast.claims, number="+33155500001")
    duty_alone = a_call(cast.claims)

    page = looked(client, rule)

    assert "Of 4 stored calls, 3 would have had other verdicts" in page
    assert "<strong>3</strong> would be stricter" in page
    assert "<strong>1</strong> stay the same" in page
    assert "Nothing: the call was not recorded for these purposes." in page
    assert "announcement → explicit consent: legal duty" in page
    assert "announcement → explicit consent: evidence, quality" in page
    assert (
        "Was recorded with an announcement; "
        "the new rule would have wanted explicit consent." in page
    )
    assert "Was recorded with consent;" in page
    assert "What may be heard stays the same." in page
    for call, there in (
        (told, True),
        (agreed, True),
        (duty_alone, True),
        (untouched, False),
    ):
        assert (f'href="/calls/{call.id}/"' in page) is there
    assert "Publish from 1 Jan 2099" in page
    assert "No call below is of a day on which it is to hold" in page
    assert 'hx-trigger="load' not in page


def test_calls_are_narrowed_to_one_meaning(cast: Cast, sign_in: SignIn) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    told = a_call(cast.sales, Kind.ANNOUNCED)
    agreed = a_call(cast.sales, Kind.GRANTED)
    a_call(cast.claims, number="+33155500001")
    assert "all other teams" in looked(client, rule)

    page = read(client, url(rule, "?means=missing"))

    assert str(told.id) in page
    assert str(agreed.id) not in page
    assert 'href="?means=missing#flips" aria-current="true"' in page
    assert str(agreed.id) in read(client, url(rule, "?means=nonsense"))


def test_a_rule_of_the_past_tells_how_many_calls_it_reaches(
    cast: Cast, sign_in: SignIn
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    rule = drafted(cast, effective_from=yesterday.date(), effective_to=yesterday.date())
    for days in (0, 1, 2):
        began = timezone.now() - timedelta(days=days)
        a_call(cast.sales, Kind.ANNOUNCED, started_at=began)

    page = looked(sign_in(cast.officer), rule)

    assert "1 of the calls below is of a day on which it is to hold" in page


def test_publishing_makes_it_law_and_keeps_what_was_seen(
    cast: Cast, sign_in: SignIn
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    call = a_call(cast.sales, Kind.ANNOUNCED)

    said = publish(client, rule, looked(client, rule))

    assert "Version 2 is published. It holds from 1 Jan 2099." in said
    assert f'<a href="{url(rule)}">Which calls it changed</a>' in said
    assert rules.law(on=BEGINS).rules["US-WA"].level == Level.EXPLICIT
    kept = read(client, url(rule))
    assert "What was seen before version 2 for Washington was published" in kept
    assert f'href="/calls/{call.id}/"' in kept
    assert "Publish from" not in kept
    again = client.post(url(rule, "look"), follow=True).content.decode()
    assert "has been published or dropped meanwhile" in again


def test_a_page_that_is_out_of_date_publishes_nothing(
    cast: Cast, sign_in: SignIn
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    a_call(cast.sales)
    page = looked(client, rule)
    drafted(cast, citation="Opinion 8")

    assert "has changed since: look again" in publish(client, rule, page)
    assert drafts.of("US-WA") == rule
    stale = read(client, url(rule))
    assert "has changed since somebody looked" in stale
    assert "Publish from" not in stale
    assert "See which calls this changes" in stale

    assert "is published" in publish(client, rule, looked(client, rule))


def test_a_run_that_broke_off_can_be_begun_again(cast: Cast, sign_in: SignIn) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    client.post(url(rule, "look"))
    Impact.objects.update(state=Impact.State.FAILED)

    assert "The last look ended before it was through." in read(client, url(rule))
    assert "Publish from 1 Jan 2099" in looked(client, rule)


def test_a_place_without_a_version_shows_what_the_draft_says(
    cast: Cast, sign_in: SignIn
) -> None:
    page = read(
        sign_in(cast.officer), url(drafted(cast, place="PE", place_name="Peru"))
    )

    assert "What it says" in page
    assert "Nothing held on its first day: the fallback counted" in page


def test_a_version_nobody_looked_at_has_its_rule_s_page(
    cast: Cast, sign_in: SignIn
) -> None:
    shipped = rules.rule_for("DE", timezone.now().date())
    assert shipped is not None
    answer = sign_in(cast.officer).get(url(shipped))
    assert answer.headers["Location"] == "/consent/DE"


def test_a_team_s_officer_sees_its_own_calls_and_no_buttons(
    cast: Cast, sign_in: SignIn
) -> None:
    local = PersonFactory.create()
    with transaction.atomic():
        grants.grant(
            person=local, role=Role.OFFICER, by=None, now=SINCE, team=cast.sales
        )
    other = TeamFactory.create(seat="US-WA", name="Hidden team")
    mine, theirs = a_call(cast.sales), a_call(other)
    rule = drafted(cast)
    whole = looked(sign_in(cast.officer), rule)
    assert "Of 2 stored calls" in whole
    assert "Hidden team" in whole

    page = read(sign_in(local), url(rule))

    assert "Of 1 stored calls, 1 would have had another verdict" in page
    assert str(mine.id) in page
    assert str(theirs.id) not in page
    assert "Hidden team" not in page
    assert "all other teams" not in page
    for button in ("Publish from", "Look again", "Change the draft", "Drop the draft"):
        assert button not in page


def test_the_list_goes_on_by_pages(cast: Cast, sign_in: SignIn) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    oldest = a_call(cast.sales, started_at=timezone.now() - timedelta(days=90))
    for _ in range(50):
        a_call(cast.sales)
    page = looked(client, rule)
    assert str(oldest.id) not in page

    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older
    assert str(oldest.id) in read(client, older[1])
    assert str(oldest.id) not in read(client, url(rule, "?cursor=broken"))


def test_the_page_asks_as_often_for_many_calls_as_for_few(
    cast: Cast, sign_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, rule = sign_in(cast.officer), drafted(cast)
    client.get(url(rule))
    for calls in (1, 9):
        for _ in range(calls):
            a_call(cast.sales, Kind.ANNOUNCED)
        looked(client, rule)
        with django_assert_num_queries(14):
            client.get(url(rule))
