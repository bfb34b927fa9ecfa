"""The duties to record: what ships, which version holds, how one is changed."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from compliance.consent import duties, shipped
from compliance.consent.duties import DutyDraft
from compliance.consent.versions import RuleRefused
from compliance.models import AuditEntry, RecordingDuty, Remedy
from tests.cast import Cast
from tests.factories.compliance import PersonFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 2)
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


def draft(**changes: object) -> DutyDraft:
    facts: dict[str, object] = {
        "code": "EU-MIFID2",
        "name": "Orders",
        "on_refusal": Remedy.OTHER_CHANNEL,
        "on_failure": Remedy.END_CALL,
        "citation": "Our counsel, 1 November 2026",
        "effective_from": TODAY,
    }
    return DutyDraft(**{**facts, **changes})  # type: ignore[arg-type]


def newest(code: str) -> RecordingDuty:
    return duties.versions_of(code)[0]


def test_the_duties_of_the_reference_ship_unreviewed() -> None:
    found = {duty.code: duty for duty in duties.overview(TODAY)}

    assert set(found) == {"EU-MIFID2", "UK-SYSC10A", "BR-SAC"}
    assert found["EU-MIFID2"].on_refusal == Remedy.END_CALL
    assert found["BR-SAC"].on_refusal == Remedy.CONTINUE
    for duty in found.values():
        assert duty.citation
        assert not duty.is_reviewed
        assert (duty.author, duty.version) == (None, 1)


def test_loading_again_adds_nothing() -> None:
    assert shipped.load_duties() == 0


def test_a_release_never_overwrites_what_somebody_confirmed(tmp_path: Path) -> None:
    duties.confirm(duty=newest("BR-SAC"), by=PersonFactory.create(), now=NOW)
    with shipped.DUTIES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["on_refusal"] = "end_call"
    path = tmp_path / "duties.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)

    assert shipped.load_duties(path) == 1, "the others end the call already"
    assert newest("BR-SAC").is_offer
    assert duties.overview(TODAY)[0].on_refusal == Remedy.CONTINUE


def test_a_team_is_under_no_duty_until_somebody_says_so(cast: Cast) -> None:
    assert duties.of(cast.claims, on=TODAY) is None


def test_a_team_follows_its_duty_from_version_to_version(cast: Cast) -> None:
    cast.claims.duty = newest("EU-MIFID2")
    duties.publish(draft=draft(), by=cast.officer, now=NOW)

    before = duties.of(cast.claims, on=date(2026, 11, 1))
    after = duties.of(cast.claims, on=TODAY)

    assert before is not None
    assert after is not None
    assert (before.version, before.on_refusal) == (1, Remedy.END_CALL)
    assert (after.version, after.on_refusal) == (2, Remedy.OTHER_CHANNEL)
    assert (before.is_reviewed, after.is_reviewed) == (False, True)


def test_a_duty_that_has_ended_binds_nobody(cast: Cast) -> None:
    passing = draft(code="X", effective_to=date(2026, 12, 31))
    cast.claims.duty = duties.publish(draft=passing, by=cast.officer, now=NOW)

    assert duties.of(cast.claims, on=TODAY) is not None
    assert duties.of(cast.claims, on=date(2027, 1, 1)) is None


def test_what_would_never_count_is_refused(cast: Cast) -> None:
    early = draft(effective_from=date(2019, 1, 1))
    backwards = draft(effective_to=date(2026, 11, 1))

    with pytest.raises(RuleRefused, match="never count"):
        duties.publish(draft=early, by=cast.officer, now=NOW)
    with pytest.raises(RuleRefused, match="end before"):
        duties.publish(draft=backwards, by=cast.officer, now=NOW)
    assert newest("EU-MIFID2").version == 1


def test_a_change_names_its_author_in_the_log(cast: Cast) -> None:
    row = duties.publish(draft=draft(), by=cast.officer, now=NOW)

    entry = AuditEntry.objects.get(act="duty.versioned")
    assert entry.facts == {"duty": "EU-MIFID2", "version": 2}
    assert entry.actor_id == cast.officer.id == row.reviewed_by_id


def test_who_reviewed_first_stays_named(cast: Cast) -> None:
    for person in (cast.officer, cast.auditor):
        duties.confirm(duty=newest("UK-SYSC10A"), by=person, now=NOW)

    assert newest("UK-SYSC10A").reviewed_by == cast.officer
    assert AuditEntry.objects.filter(act="duty.reviewed").count() == 1


def test_an_offer_cannot_be_confirmed(cast: Cast) -> None:
    offer = newest("BR-SAC")
    offer.is_offer = True
    offer.save()

    with pytest.raises(RuleRefused, match="take it over"):
        duties.confirm(duty=offer, by=cast.officer, now=NOW)
