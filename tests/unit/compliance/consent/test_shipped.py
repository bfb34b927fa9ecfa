"""defaults.csv: complete, well-formed, and loaded without touching edits."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.management import call_command

from compliance.consent import rules, shipped
from compliance.models import Announce, AuditEntry, ConsentRule, Level, Purpose
from tests.factories.compliance import PersonFactory

TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)

STATES = """
AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV
NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR
"""
OTHERS = """
US EU CA CA-QC CA-BC CA-AB GB IE DE FR ES IT NL AT CH PL SE DK FI PT BE NO LU CZ GR IN
AU AU-NSW AU-SA AU-WA AU-TAS AU-ACT AU-VIC AU-QLD AU-NT NZ JP SG HK KR PH BR ZA AE MX
"""
Change = Callable[..., Path]


@pytest.fixture
def release(tmp_path: Path) -> Change:
    """`release(DE={'level': 'notice'})`: the csv of a later release, one row changed."""

    def write(**changes: dict[str, str]) -> Path:
        with shipped.PATH.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row.update(changes.get(row["place"], {}))
        path = tmp_path / "defaults.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path

    return write


def test_every_place_of_the_reference_is_there() -> None:
    wanted = {f"US-{code}" for code in STATES.split()} | set(OTHERS.split())

    assert {row["place"] for row in shipped.read()} == wanted


def test_every_row_is_well_formed() -> None:
    for row in shipped.read():
        assert row["citation"]
        assert row["place_name"]
        assert row["strict_level"] >= row["level"], row["place"]
        assert Announce(row["announce"])
        assert ConsentRule.Confidence(row["confidence"])
        assert not row["statute"] or ConsentRule.Statute(row["statute"])
        for purpose, code in row["purpose_levels"].items():
            assert Purpose(purpose)
            assert Level.from_code(code) != row["level"], row["place"]
        assert all(Purpose(purpose) for purpose in row["max_keep_days"])


def test_levels_and_orders_are_as_the_reference_has_them() -> None:
    rows = {row["place"]: row for row in shipped.read()}
    explicit = {p for p, row in rows.items() if row["level"] == Level.EXPLICIT}
    silent = {p for p, row in rows.items() if row["level"] == Level.ONE_PARTY}
    notice = {p for p in rows if p.startswith("US-")} - silent

    assert explicit == {"DE", "AT", "CH", "DK", "PT", "GR", "PH", "AE", "IN"}
    assert {p[3:] for p in notice} == set(
        "CA CT DE FL IL MD MA MI MT NV NH PA WA PR".split()  # noqa: SIM905
    )
    assert rows["US-MT"]["strict_level"] == Level.NOTICE
    assert rows["US-CT"]["repeat_tone_seconds"] == 15
    for place, row in rows.items():
        first = place in {"US-WA", "US-CT"} or row["level"] == Level.ONE_PARTY
        assert (row["announce"] == Announce.ON_RECORDING) == first, place


@pytest.mark.django_db
def test_loading_again_adds_nothing() -> None:
    assert shipped.load() == 0
    assert ConsentRule.objects.count() == 98


@pytest.mark.django_db
def test_an_emptied_book_is_filled_by_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ConsentRule.objects.all().delete()

    call_command("load_consent_rules")

    assert capsys.readouterr().out == "98 rules added.\n"
    assert not AuditEntry.objects.filter(act="rule.versioned").exists()


@pytest.mark.django_db
def test_a_later_release_adds_a_version_beside(release: Change) -> None:
    path = release(PL={"level": "explicit"})

    assert shipped.load(path) == 1
    assert shipped.load(path) == 0

    rule = rules.rule_for("PL", TODAY)
    assert rule is not None
    assert (rule.version, rule.level, rule.author) == (2, Level.EXPLICIT, None)
    entry = AuditEntry.objects.get(act="rule.versioned")
    assert entry.facts == {"place": "PL", "version": 2}


@pytest.mark.django_db
def test_a_release_may_take_a_default_back(release: Change) -> None:
    shipped.load(release(PL={"level": "explicit"}))

    assert shipped.load() == 1
    rule = rules.rule_for("PL", TODAY)
    assert rule is not None
    assert (rule.version, rule.level) == (3, Level.NOTICE)


@pytest.mark.django_db
def test_a_confirmed_rule_is_only_offered_the_new_default(release: Change) -> None:
    rules.confirm(rule=rules.versions_of("PL")[0], by=PersonFactory.create(), now=NOW)

    assert shipped.load(release(PL={"level": "explicit"})) == 1

    newest = rules.versions_of("PL")[0]
    assert newest.is_offer
    rule = rules.rule_for("PL", TODAY)
    assert rule is not None
    assert (rule.version, rule.level) == (1, Level.NOTICE)
