"""What waits for a person: opened once, closed by its cause or under audit by somebody."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError

from compliance.access import grants
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import alerts, queries
from recordings.models import Alert
from recordings.web import matters
from tests.cast import SINCE, Cast
from tests.factories.recordings import AlertFactory

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
Entries = Callable[..., list[AuditEntry]]
Kind = Alert.Kind


def test_the_same_matter_is_open_once_and_comes_back_when_it_happens_again(
    db: None,
) -> None:
    for _ in range(2):
        alerts.open_once(Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    assert Alert.objects.count() == 1
    alerts.close(Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    assert Alert.objects.filter(closed_at=None).count() == 1


@pytest.mark.parametrize(
    ("kind", "who", "may"),
    [
        (Kind.RECORDING_LOST, "officer", True),
        (Kind.RECORDING_LOST, "administrator", True),
        (Kind.RECORDING_LOST, "lead", False),
        (Kind.RECORDING_LOST, "reviewer", False),
        (Kind.RECORDING_LOST, "auditor", False),
        (Kind.UNLAWFUL_PART, "officer", True),
        (Kind.UNLAWFUL_PART, "administrator", False),
    ],
)
def test_who_may_close(
    cast: Cast, entries: Entries, kind: Alert.Kind, who: str, may: bool
) -> None:
    alert = AlertFactory.create(kind=kind, team=cast.claims)
    person = cast.people[who]
    assert alerts.may_close(alert, by=person) is may
    if not may:
        with pytest.raises(Refused):
            alerts.close_by(alert=alert, by=person, now=NOW)
        alert.refresh_from_db()
        assert alert.closed_at is None
        return
    assert alerts.close_by(alert=alert, by=person, now=NOW)
    alert.refresh_from_db()
    assert (alert.closed_at, alert.closed_by) == (NOW, person)
    (entry,) = entries(act=Action.ALERT_CLOSED)
    assert (entry.actor, entry.facts) == (person, {"kind": kind.value})
    assert entry.team_id == cast.claims.id


def test_the_second_of_two_changes_nothing(cast: Cast, entries: Entries) -> None:
    alert = AlertFactory.create(team=cast.claims)
    assert alerts.close_by(alert=alert, by=cast.officer, now=NOW)
    assert not alerts.close_by(alert=alert, by=cast.administrator, now=NOW)
    assert len(entries(act=Action.ALERT_CLOSED)) == 1


def test_without_the_entry_it_stays_open(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = AlertFactory.create(team=cast.claims)

    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(AuditEntry, "save", broken)
    with pytest.raises(DatabaseError):
        alerts.close_by(alert=alert, by=cast.officer, now=NOW)
    alert.refresh_from_db()
    assert alert.closed_at is None


@pytest.fixture
def south_officer(cast: Cast) -> Person:
    """An officer of the south region alone."""
    person = Person.objects.create(name="Omar South", email="omar@example.org")
    grants.grant(
        person=person, role=Role.OFFICER, by=None, now=SINCE, region=cast.south
    )
    return person


def test_what_belongs_to_no_team_is_for_every_operator(
    cast: Cast, south_officer: Person
) -> None:
    nobodys = AlertFactory.create(kind=Kind.UNKNOWN_TRUNK)
    other = AlertFactory.create(team=cast.claims)
    mine = AlertFactory.create(team=cast.sales)
    assert set(queries.alerts(south_officer)) == {nobodys, mine}
    assert alerts.close_by(alert=nobodys, by=south_officer, now=NOW)
    with pytest.raises(Refused):
        alerts.close_by(alert=other, by=south_officer, now=NOW)


def test_the_badge_counts_what_one_sees(cast: Cast) -> None:
    AlertFactory.create(team=cast.claims)
    AlertFactory.create(team=cast.claims, closed_at=NOW)
    AlertFactory.create()
    assert queries.alerts_waiting(cast.reviewer) == 1
    assert queries.alerts_waiting(cast.sales_reviewer) == 0
    assert queries.alerts_waiting(cast.officer) == 2


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_says_what_to_do(cast: Cast, kind: Alert.Kind) -> None:
    alert = AlertFactory.create(kind=kind, team=cast.claims, detail="silent_agent")
    (matter,) = matters.told([alert], cast.officer)
    assert matter.what[0].isupper()
    assert matter.next.endswith(".")
    assert matter.why
