"""The rule book's pages: reading, searching, a new version, confirming."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.consent import drafts, rules
from compliance.models import AuditEntry, ConsentRule, Person
from tests.cast import Cast
from tests.factories.compliance import ConsentRuleFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]

BOOK = "/consent/"


def today() -> date:
    return timezone.now().date()


def written(**changes: Any) -> dict[str, Any]:
    """A filled form for Poland, asking for explicit consent."""
    return {
        "effective_from": today().isoformat(),
        "effective_to": "",
        "level": "explicit",
        "strict_level": "explicit",
        "announce": "before",
        "repeat_tone_seconds": "",
        "statute": "",
        "citation": "Opinion of counsel 7",
        "note": "",
        "confidence": "v",
        **changes,
    }


def read(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_book_lists_every_place_with_its_level_in_words(
    cast: Cast, sign_in: SignIn
) -> None:
    page = read(sign_in(cast.reviewer), BOOK)

    assert "97 places" in page
    assert "97 of 97 rules are defaults that nobody here has reviewed." in page
    assert "explicit consent" in page
    assert "RCW 9.73.030(1), (3)" in page
    assert "record, so that the words are on it" in page
    assert "default, unreviewed" in page


@pytest.mark.parametrize("name", ["reviewer", "lead", "officer", "auditor"])
def test_who_sees_calls_may_read_the_law(
    cast: Cast, sign_in: SignIn, name: str
) -> None:
    client = sign_in(cast.people[name])

    assert "Germany asks for explicit consent" in read(client, "/consent/DE")
    edits = "Change the rule" in read(client, "/consent/DE")
    assert edits == (name == "officer")


@pytest.mark.parametrize("name", ["administrator", "stranger"])
def test_who_sees_no_calls_is_refused(cast: Cast, sign_in: SignIn, name: str) -> None:
    assert sign_in(cast.people[name]).get(BOOK).status_code == 403


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("get", "/consent/DE/edit"),
        ("post", "/consent/DE/edit"),
        ("get", "/consent/new"),
        ("post", "/consent/DE/confirm/1"),
        ("post", "/consent/DE/drop"),
    ],
)
@pytest.mark.parametrize("name", ["reviewer", "lead", "auditor"])
def test_only_an_officer_changes_the_law(
    cast: Cast, sign_in: SignIn, name: str, method: str, url: str
) -> None:
    answer = getattr(sign_in(cast.people[name]), method)(url)

    assert answer.status_code == 403
    assert ConsentRule.objects.count() == 98


def test_a_visitor_signs_in_first(client: Client, db: None) -> None:
    assert client.get("/consent/DE").status_code == 302


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ("?q=wash", "Washington", "Germany"),
        ("?q=StGB", "Austria", "Washington"),
        ("?q=us-wa", "Washington", "West Virginia"),
        ("?level=explicit", "Denmark", "Finland"),
        ("?level=notice&q=switz", "Switzerland", "Sweden"),
        ("?review=default", "Denmark", None),
    ],
)
def test_places_are_found(
    cast: Cast, sign_in: SignIn, query: str, there: str, not_there: str | None
) -> None:
    page = read(sign_in(cast.officer), BOOK + query)

    assert f">{there}</a>" in page
    assert f">{not_there}</a>" not in page
    assert "Clear filters" in page


@pytest.mark.parametrize("query", ["?q=atlantis", "?review=reviewed", "?level=none"])
def test_nothing_found_says_what_happens_there(
    cast: Cast, sign_in: SignIn, query: str
) -> None:
    page = read(sign_in(cast.officer), BOOK + query)

    assert "No place fits" in page
    assert "A place without a rule gets the fallback" in page


def test_a_place_tells_rule_exceptions_overlay_and_what_is_said(
    cast: Cast, sign_in: SignIn
) -> None:
    page = read(sign_in(cast.officer), "/consent/dk")

    assert "Denmark asks for explicit consent of everybody." in page
    assert "Except: announcement for legal duty, evidence." in page
    assert "European Union and EEA (overlay)" in page
    assert "Vi vil gerne optage denne samtale" in page
    assert "da-1-" in page


def test_a_silent_place_has_no_script(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.officer), "/consent/US-NY")

    assert "New York asks for no announcement." in page
    assert "What a caller from there hears" not in page


def test_limits_and_tones_are_shown(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)

    assert "quality: 180 days, staff training: 180 days" in read(client, "/consent/FR")
    assert "every 15 seconds" in read(client, "/consent/US-CT")


def test_a_change_ahead_is_shown_beside_the_rule_of_today(
    cast: Cast, sign_in: SignIn
) -> None:
    page = read(sign_in(cast.officer), "/consent/IN")

    assert "India asks for an announcement to everybody." in page
    assert "in force from 14 May 2027" in page


@pytest.mark.parametrize(
    "url",
    [
        "/consent/XX",
        "/consent/XX/edit",
        "/consent/XX/confirm/1",
        "/consent/DE/confirm/9",
    ],
)
def test_an_unknown_place_or_version_is_not_found(
    cast: Cast, sign_in: SignIn, url: str
) -> None:
    client = sign_in(cast.officer)
    answer = client.post(url) if "confirm" in url else client.get(url)

    assert answer.status_code == 404


def test_the_form_starts_from_the_rule_in_force(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.officer), "/consent/CH/edit")

    assert "Draft of version 2 for Switzerland" in page
    assert f'value="{today().isoformat()}"' in page
    assert "StGB 179ter; 179quinquies(1)(b); FADP" in page
    assert '<option value="notice" selected>announcement</option>' in page


def test_a_draft_is_kept_found_again_and_law_for_nobody(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    form = written(level_quality="explicit", level_evidence="notice", keep_quality="30")

    answer = client.post("/consent/PL/edit", form, follow=True)

    draft = drafts.of("PL")
    assert draft is not None
    assert answer.redirect_chain == [(reverse("draft", args=[draft.id]), 302)]
    assert "The draft is kept." in answer.content.decode()
    assert draft.author == cast.officer
    assert draft.purpose_levels == {"evidence": "notice"}
    assert draft.max_keep_days == {"quality": 30}
    page = read(client, "/consent/PL")
    assert "Poland asks for an announcement to everybody." in page
    assert "Olga Officer has written a draft" in page
    assert "Change the rule" not in page
    assert reverse("draft", args=[draft.id]) in read(client, BOOK)
    (entry,) = entries(act="rule.drafted")
    assert entry.actor == cast.officer
    assert entry.facts["place"] == "PL"


def test_a_draft_is_gone_on_with(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)
    soon = (today() - timedelta(days=3)).isoformat()
    client.post("/consent/PL/edit", written(effective_from=soon, note="Ask again"))

    page = read(client, "/consent/PL/edit")
    assert "Ask again" in page
    assert f'value="{soon}"' in page
    assert "What you keep here replaces it." not in page
    assert "What you keep here replaces it." in read(client, "/consent/PL/edit?from=1")

    client.post("/consent/PL/edit", written(citation="Opinion 8"))
    assert drafts.every().get().citation == "Opinion 8"


def test_a_draft_is_dropped(cast: Cast, sign_in: SignIn, entries: Entries) -> None:
    client = sign_in(cast.officer)
    client.post("/consent/PL/edit", written())

    page = client.post("/consent/PL/drop", follow=True).content.decode()

    assert "The draft is dropped." in page
    assert ">Drafts<" not in page
    assert drafts.of("PL") is None
    assert len(entries(act="rule.draft_dropped")) == 1
    assert client.post("/consent/PL/drop").status_code == 404


@pytest.mark.parametrize("name", ["reviewer", "lead", "auditor"])
def test_drafts_are_for_officers(cast: Cast, sign_in: SignIn, name: str) -> None:
    sign_in(cast.officer).post("/consent/PL/edit", written())
    client = sign_in(cast.people[name])

    assert ">Drafts<" not in read(client, BOOK)
    assert "has written a draft" not in read(client, "/consent/PL")


def test_a_published_version_is_shown_beside_the_one_before(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.officer)
    client.post("/consent/PL/edit", written())
    draft = drafts.every().get()
    drafts.publish(
        rule_id=draft.id,
        seen=drafts.fingerprint(draft),
        by=cast.officer,
        now=timezone.now(),
    )

    page = read(client, "/consent/PL")
    assert "Poland asks for explicit consent of everybody." in page
    assert "Olga Officer" in page
    assert "no longer in force" in page
    assert '<span class="visually-hidden">changed: </span>explicit consent' in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strict_level": "one_party"}, "A strict team cannot be asked for less."),
        ({"effective_to": "2019-01-01"}, "It would end before it begins."),
        ({"effective_from": "2019-01-01"}, "and so never count."),
        ({"citation": ""}, "This field is required."),
        ({"level": "perhaps"}, "Select a valid choice."),
        ({"keep_quality": "0"}, "greater than or equal to 1"),
        ({"level_quality": "never"}, "Select a valid choice."),
    ],
)
def test_a_draft_that_makes_no_sense_is_not_kept(
    cast: Cast, sign_in: SignIn, changes: dict[str, str], words: str
) -> None:
    answer = sign_in(cast.officer).post("/consent/PL/edit", written(**changes))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert words in page
    assert "Nothing is saved yet" in page
    assert drafts.of("PL") is None


def test_a_place_the_book_does_not_know_begins_as_a_draft(
    cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.officer)
    assert "A rule for another place" in read(client, "/consent/new")

    answer = client.post(
        "/consent/new", written(place="pe", place_name="Peru"), follow=True
    )

    assert "What would this draft change for Peru?" in answer.content.decode()
    assert rules.rule_for("PE", today()) is None
    assert client.get("/consent/PE").status_code == 404
    assert "Draft of version 1 for Peru" in read(client, "/consent/PE/edit")
    again = client.post("/consent/new", written(place="PE", place_name="Peru"))
    assert "This place has a rule or a draft already" in again.content.decode()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("DE", "This place has a rule or a draft already"),
        ("Peru", "Enter a valid value."),
    ],
)
def test_a_place_is_added_once_and_by_its_code(
    cast: Cast, sign_in: SignIn, place: str, words: str
) -> None:
    answer = sign_in(cast.officer).post(
        "/consent/new", written(place=place, place_name="Peru")
    )

    assert words in answer.content.decode()
    assert ConsentRule.objects.count() == 98


def test_a_new_place_that_would_never_count_is_refused(
    cast: Cast, sign_in: SignIn
) -> None:
    ended = (today() - timedelta(days=1)).isoformat()
    answer = sign_in(cast.officer).post(
        "/consent/new", written(place="PE", place_name="Peru", effective_to=ended)
    )

    assert "It would end before it begins." in answer.content.decode()


def test_confirming_a_default_is_audited(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    assert "Confirm as reviewed" in read(client, "/consent/DE")

    answer = client.post("/consent/DE/confirm/1", follow=True)

    page = answer.content.decode()
    assert "Confirmed as reviewed." in page
    assert "not legal advice" not in page
    assert ">Confirm as reviewed<" not in page
    assert "96 of 97 rules are defaults" in read(client, BOOK)
    (entry,) = entries(act="rule.reviewed")
    assert entry.actor == cast.officer
    assert ">Germany</a>" in read(client, BOOK + "?review=reviewed")


def test_an_offered_default_is_taken_over_not_confirmed(
    cast: Cast, sign_in: SignIn
) -> None:
    ConsentRuleFactory.create(
        place="DE",
        place_name="Germany",
        version=2,
        is_offer=True,
        citation="A newer default",
    )
    client = sign_in(cast.officer)

    page = read(client, "/consent/DE")
    assert "A release brought another default, version 2." in page
    assert "offered, not in force" in page
    assert "A newer default" in read(client, "/consent/DE/edit?from=2")

    refused = client.post("/consent/DE/confirm/2", follow=True).content.decode()
    assert "take it over instead" in refused


def test_a_rule_that_only_begins_later_is_shown(cast: Cast, sign_in: SignIn) -> None:
    ConsentRuleFactory.create(
        place="PE",
        place_name="Peru",
        version=1,
        effective_from=datetime(2099, 1, 1, tzinfo=UTC).date(),
    )
    client = sign_in(cast.officer)

    assert "in force from 1 Jan 2099" in read(client, "/consent/PE")
    assert ">Peru</a>" in read(client, BOOK)
    assert 'value="2099-01-01"' in read(client, "/consent/PE/edit")


def test_the_list_costs_a_handful_of_queries(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.officer)
    client.get(BOOK)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(BOOK)

    assert len(queries) <= 7
