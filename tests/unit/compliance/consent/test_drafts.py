"""Drafts: no law until they are published, and published only as they were looked at."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from compliance.consent import drafts, rules, shipped
from compliance.consent.rules import RuleDraft
from compliance.consent.versions import RuleRefused
from compliance.models import (
    Announce,
    AuditEntry,
    ConsentRule,
    Level,
    Person,
    Purpose,
    Team,
)
from tests.factories.compliance import (
    ConsentRuleFactory,
    PersonFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def said(**changes: Any) -> RuleDraft:
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


@pytest.fixture
def officer() -> Person:
    return PersonFactory.create()


def level() -> Level:
    rule = rules.rule_for("DE", TODAY)
    assert rule is not None
    return Level(rule.level)


def test_a_draft_is_law_for_nobody(officer: Person) -> None:
    rule = drafts.write(draft=said(), by=officer, now=NOW)

    assert rule.is_draft
    assert drafts.of("de") == rule
    assert level() == Level.EXPLICIT
    assert rules.law(on=TODAY).rules["DE"].version == 1
    assert [version.version for version in rules.versions_of("DE")] == [1]
    assert len(rules.overview(TODAY)) == 97


def test_a_place_of_its_own_is_no_place_before_it_is_published(officer: Person) -> None:
    drafts.write(draft=said(place="PE"), by=officer, now=NOW)

    assert rules.rule_for("PE", TODAY) is None
    assert not rules.law(on=TODAY).knows("PE")


def test_a_draft_is_changed_not_multiplied(officer: Person) -> None:
    second = PersonFactory.create()
    first = drafts.write(draft=said(), by=officer, now=NOW)

    again = drafts.write(draft=said(citation="Opinion 8"), by=second, now=LATER)

    assert again.id == first.id
    assert drafts.every().get().citation == "Opinion 8"
    assert drafts.every().get().author == second


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effective_from": date(2019, 1, 1)}, "never count"),
        ({"effective_to": date(2026, 11, 1)}, "end before"),
    ],
)
def test_a_draft_that_could_never_count_is_refused(
    officer: Person, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(RuleRefused, match=words):
        drafts.write(draft=said(**changes), by=officer, now=NOW)
    assert not drafts.every().exists()


def test_publishing_makes_it_law_and_names_who_did(officer: Person) -> None:
    publisher = PersonFactory.create()
    draft = drafts.write(draft=said(), by=officer, now=NOW)
    seen = drafts.fingerprint(draft)

    rule = drafts.publish(rule_id=draft.id, seen=seen, by=publisher, now=LATER)

    assert (rule.id, rule.version, rule.published_at) == (draft.id, 2, LATER)
    assert (rule.author, rule.reviewed_by) == (officer, publisher)
    assert level() == Level.NOTICE
    assert drafts.of("DE") is None
    entry = AuditEntry.objects.get(act="rule.published")
    assert entry.actor == publisher
    assert entry.facts == {
        "place": "DE",
        "version": 2,
        "begins": "2026-11-02",
        "draft": seen,
    }
    assert AuditEntry.objects.get(act="rule.drafted").facts == {
        "place": "DE",
        "draft": seen,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"level": Level.ONE_PARTY},
        {"strict_level": Level.NOTICE},
        {"effective_from": TODAY + timedelta(days=1)},
        {"effective_to": TODAY + timedelta(days=30)},
        {"citation": "Opinion 8"},
        {"purpose_levels": {Purpose.QUALITY: Level.EXPLICIT}},
        {"max_keep_days": {Purpose.QUALITY: 30}},
    ],
)
def test_what_was_looked_at_is_what_is_published(
    officer: Person, changes: dict[str, Any]
) -> None:
    seen = drafts.fingerprint(drafts.write(draft=said(), by=officer, now=NOW))
    draft = drafts.write(draft=said(**changes), by=officer, now=NOW)

    with pytest.raises(RuleRefused, match="look again"):
        drafts.publish(rule_id=draft.id, seen=seen, by=officer, now=LATER)

    assert drafts.of("DE") == draft
    assert level() == Level.EXPLICIT


def test_written_again_as_it_was_it_is_the_same_draft(officer: Person) -> None:
    seen = drafts.fingerprint(drafts.write(draft=said(), by=officer, now=NOW))
    drafts.write(draft=said(level=Level.ONE_PARTY), by=officer, now=NOW)
    draft = drafts.write(draft=said(), by=officer, now=LATER)

    assert drafts.fingerprint(ConsentRule.objects.get(id=draft.id)) == seen


def test_another_law_beside_it_wants_another_look(officer: Person) -> None:
    draft = drafts.write(draft=said(), by=officer, now=NOW)
    seen = drafts.fingerprint(draft)

    ConsentRuleFactory.create(place="FR", version=9)

    with pytest.raises(RuleRefused, match="look again"):
        drafts.publish(rule_id=draft.id, seen=seen, by=officer, now=LATER)


def test_a_team_that_turns_strict_or_the_fallback_wants_another_look(
    officer: Person, settings: Any
) -> None:
    team = TeamFactory.create()
    draft = drafts.write(draft=said(), by=officer, now=NOW)
    marks = [drafts.fingerprint(draft)]
    with transaction.atomic():
        team.strict = True
        team.save()
    marks.append(drafts.fingerprint(draft))
    settings.CONSENT_FALLBACK = {**settings.CONSENT_FALLBACK, "nanp": "one_party"}
    marks.append(drafts.fingerprint(draft))
    Team.objects.update(name="Another name")

    assert len(set(marks)) == 3
    assert drafts.fingerprint(draft) == marks[-1]


def test_a_draft_that_outlived_its_day_is_refused(officer: Person) -> None:
    draft = drafts.write(draft=said(effective_to=TODAY), by=officer, now=NOW)
    ConsentRuleFactory.create(
        place="DE", version=2, effective_from=TODAY + timedelta(days=2)
    )
    seen = drafts.fingerprint(draft)

    with pytest.raises(RuleRefused, match="never count"):
        drafts.publish(
            rule_id=draft.id, seen=seen, by=officer, now=NOW + timedelta(days=3)
        )


def test_it_is_published_once(officer: Person) -> None:
    draft = drafts.write(draft=said(), by=officer, now=NOW)
    seen = drafts.fingerprint(draft)
    drafts.publish(rule_id=draft.id, seen=seen, by=officer, now=NOW)

    with pytest.raises(RuleRefused, match="meanwhile"):
        drafts.publish(rule_id=draft.id, seen=seen, by=officer, now=NOW)
    with pytest.raises(RuleRefused, match="meanwhile"):
        drafts.drop(rule=draft, by=officer)


def test_a_dropped_draft_is_gone_and_in_the_log(officer: Person) -> None:
    draft = drafts.write(draft=said(), by=officer, now=NOW)

    drafts.drop(rule=draft, by=officer)

    assert drafts.of("DE") is None
    entry = AuditEntry.objects.get(act="rule.draft_dropped")
    assert (entry.actor, entry.facts) == (officer, {"place": "DE"})


def test_a_draft_does_not_make_a_release_s_default_an_offer(
    officer: Person, tmp_path: Path
) -> None:
    drafts.write(draft=said(place="PL"), by=officer, now=NOW)
    row = next(row for row in shipped.PATH.read_text().splitlines() if "PL," in row)
    head = shipped.PATH.read_text().splitlines()[0]
    release = tmp_path / "defaults.csv"
    release.write_text(f"{head}\n{row.replace('notice', 'explicit')}\n")

    assert shipped.load(release) == 1

    found = rules.rule_for("PL", TODAY)
    assert found is not None
    assert (found.version, found.is_offer, found.level) == (2, False, Level.EXPLICIT)


def test_only_what_is_published_has_a_number() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentRuleFactory.create(version=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConsentRuleFactory.create(version=3, published_at=None)


@pytest.mark.django_db(transaction=True)
def test_two_authors_at_once_leave_one_draft() -> None:
    authors = [PersonFactory.create(), PersonFactory.create()]

    def write(author: Person) -> None:
        drafts.write(draft=said(place="PE"), by=author, now=NOW)
        connection.close()

    threads = [Thread(target=write, args=[author]) for author in authors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ConsentRule.objects.filter(place="PE").count() == 1
