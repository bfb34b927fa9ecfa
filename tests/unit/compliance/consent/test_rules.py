"""The rule book: versions, days, and the law of a day."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from compliance.consent import drafts, rules
from compliance.consent.rules import RuleDraft
from compliance.consent.versions import RuleRefused
from compliance.models import Announce, AuditEntry, ConsentRule, Level, Person, Purpose
from tests.factories.compliance import ConsentRuleFactory, PersonFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def draft(**changes: Any) -> RuleDraft:
    """Germany with a milder level, from today."""
    plain = RuleDraft(
        place="DE",
        place_name="Germany",
        level=Level.NOTICE,
        strict_level=Level.EXPLICIT,
        announce=Announce.BEFORE,
        citation="Opinion of counsel 7",
        effective_from=TODAY,
    )
    return dataclasses.replace(plain, **changes)


def publish(*, draft: RuleDraft, by: Person, now: datetime) -> ConsentRule:
    """Write a draft and make it law, looked at."""
    written = drafts.write(draft=draft, by=by, now=now)
    seen = drafts.fingerprint(written)
    return drafts.publish(rule_id=written.id, seen=seen, by=by, now=now)


@pytest.fixture
def officer() -> Person:
    return PersonFactory.create()


def level(place: str, on: date = TODAY) -> Level:
    rule = rules.rule_for(place, on)
    assert rule is not None
    return Level(rule.level)


def test_the_shipped_book_is_there_and_unreviewed() -> None:
    rule = rules.rule_for("US-WA", TODAY)

    assert rule is not None
    assert (rule.version, rule.author, rule.is_reviewed) == (1, None, False)
    assert rule.announce == Announce.ON_RECORDING


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("CA-QC", "CA-QC"),
        ("CA-ON", "CA"),
        ("PR", "US-PR"),
        ("US", "US"),
        ("US-GU", None),
        ("PE", None),
        ("", None),
    ],
)
def test_a_part_without_a_rule_takes_its_country_s(
    place: str, found: str | None
) -> None:
    rule = rules.rule_for(place, TODAY)

    assert (rule.place if rule else None) == found


def test_india_changes_on_its_day() -> None:
    assert level("IN", date(2027, 5, 13)) == Level.NOTICE
    assert level("IN", date(2027, 5, 14)) == Level.EXPLICIT


def test_the_law_of_a_day_holds_one_rule_per_place() -> None:
    law = rules.law(on=TODAY)

    assert law.rules["DE"].level_for(Purpose.LEGAL_DUTY, strict=False) == Level.NOTICE
    assert law.rules["CH"].level_for(Purpose.EVIDENCE, strict=False) == Level.NOTICE
    assert law.rules["IN"].level == Level.NOTICE
    assert rules.law(on=date(1990, 1, 1)).rules == {}


def test_the_fallback_comes_from_the_settings_or_the_team(settings: Any) -> None:
    settings.CONSENT_FALLBACK = {
        "nanp": "one_party",
        "europe": "notice",
        "elsewhere": "notice",
    }

    assert rules.law(on=TODAY).fallback.nanp == Level.ONE_PARTY
    assert rules.law(on=TODAY).fallback.team is None
    assert rules.law(on=TODAY, team_fallback=2).fallback.team == Level.EXPLICIT


def test_a_change_is_a_version_beside_the_old_one(officer: Person) -> None:
    rule = publish(draft=draft(), by=officer, now=NOW)

    assert (rule.version, rule.author, rule.reviewed_by) == (2, officer, officer)
    assert [r.version for r in rules.versions_of("de")] == [2, 1]
    assert level("DE") == Level.NOTICE
    assert level("DE", date(2026, 11, 1)) == Level.EXPLICIT


def test_levels_per_purpose_and_limits_are_kept(officer: Person) -> None:
    publish(
        draft=draft(
            purpose_levels={Purpose.QUALITY: Level.EXPLICIT},
            max_keep_days={Purpose.QUALITY: 30},
        ),
        by=officer,
        now=NOW,
    )

    rule = rules.versions_of("DE")[0]
    assert rule.purpose_levels == {"quality": "explicit"}
    assert rule.max_keep_days == {"quality": 30}
    facts = rules.law(on=TODAY).rules["DE"]
    assert facts.level_for(Purpose.QUALITY, strict=False) == Level.EXPLICIT
    assert facts.is_reviewed


def test_a_place_of_one_s_own_begins_at_version_one(officer: Person) -> None:
    rule = publish(draft=draft(place="PE"), by=officer, now=NOW)

    assert rule.version == 1
    assert level("PE") == Level.NOTICE


def test_a_passing_rule_ends_and_the_earlier_one_is_back(officer: Person) -> None:
    ends = date(2026, 11, 30)
    publish(draft=draft(effective_to=ends), by=officer, now=NOW)

    assert level("DE", ends) == Level.NOTICE
    assert level("DE", date(2026, 12, 1)) == Level.EXPLICIT


def test_a_correction_of_today_leaves_the_rule_of_tomorrow(officer: Person) -> None:
    publish(draft=draft(place="IN", level=Level.ONE_PARTY), by=officer, now=NOW)

    assert level("IN") == Level.ONE_PARTY
    assert level("IN", date(2027, 6, 1)) == Level.EXPLICIT


def test_a_rule_that_could_never_count_is_refused(officer: Person) -> None:
    with pytest.raises(RuleRefused, match="never count"):
        publish(draft=draft(effective_from=date(2019, 1, 1)), by=officer, now=NOW)
    with pytest.raises(RuleRefused, match="end before"):
        publish(draft=draft(effective_to=date(2026, 11, 1)), by=officer, now=NOW)
    assert len(rules.versions_of("DE")) == 1


def test_confirming_names_the_first_reviewer(officer: Person) -> None:
    second = PersonFactory.create()
    rule = rules.versions_of("DE")[0]
    assert not rules.law(on=TODAY).rules["DE"].is_reviewed

    rules.confirm(rule=rule, by=officer, now=NOW)
    confirmed = rules.confirm(rule=rule, by=second, now=NOW)

    assert (confirmed.reviewed_by, confirmed.reviewed_at) == (officer, NOW)
    assert rules.law(on=TODAY).rules["DE"].is_reviewed
    assert AuditEntry.objects.filter(act="rule.reviewed").count() == 1


def test_an_offered_default_neither_counts_nor_can_be_confirmed(
    officer: Person,
) -> None:
    offered = ConsentRuleFactory.create(
        place="DE", version=2, is_offer=True, effective_from=TODAY
    )

    assert level("DE") == Level.EXPLICIT
    with pytest.raises(RuleRefused, match="take it over"):
        rules.confirm(rule=offered, by=officer, now=NOW)


def test_the_overview_has_every_place_by_name(officer: Person) -> None:
    publish(
        draft=draft(place="PE", effective_from=date(2027, 1, 1)), by=officer, now=NOW
    )
    found = rules.overview(TODAY)
    names = [rule.place_name for rule in found]

    assert names == sorted(names)
    assert len(found) == 98
    assert {rule.version for rule in found if rule.place == "IN"} == {1}
    assert "PE" in {rule.place for rule in found}


def test_the_book_is_read_once_and_again_when_it_changed(
    django_assert_num_queries: DjangoAssertNumQueries, officer: Person
) -> None:
    rules.law(on=TODAY)
    with django_assert_num_queries(1):
        rules.law(on=TODAY)

    publish(draft=draft(), by=officer, now=NOW)
    with django_assert_num_queries(2):
        assert level("DE") == Level.NOTICE
