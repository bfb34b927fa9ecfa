"""What waits for a person: opened once, closed by its cause or under audit by somebody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from compliance.access import grants
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit import log
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


def settle(*chosen: Alert, by: Person) -> int:
    """Close them with a note."""
    return alerts.settle(chosen=chosen, by=by, note="seen to", now=NOW)


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
            alerts.settle(chosen=[alert], by=person, note="seen to", now=NOW)
        alert.refresh_from_db()
        assert alert.closed_at is None
        return
    assert alerts.settle(chosen=[alert], by=person, note="seen to", now=NOW) == 1
    alert.refresh_from_db()
    assert (alert.closed_at, alert.closed_by, alert.note) == (NOW, person, "seen to")
    (entry,) = entries(act=Action.ALERT_CLOSED)
    assert (entry.actor, entry.facts) == (person, {"kind": kind.value, "noted": True})
    assert entry.team_id == cast.claims.id


def test_the_second_of_two_changes_nothing(cast: Cast, entries: Entries) -> None:
    alert = AlertFactory.create(team=cast.claims)
    assert settle(alert, by=cast.officer) == 1
    assert settle(alert, by=cast.administrator) == 0
    assert len(entries(act=Action.ALERT_CLOSED)) == 1


def test_without_the_entry_it_stays_open(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = AlertFactory.create(team=cast.claims)

    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(log, "insert", broken)
    with pytest.raises(DatabaseError):
        settle(alert, by=cast.officer)
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
    assert settle(nobodys, by=south_officer) == 1
    with pytest.raises(Refused):
        settle(other, by=south_officer)


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
    assert str(matter.next).endswith(".")
    assert matter.why


def test_a_matter_is_seen_given_and_settled_each_under_audit(
    cast: Cast, entries: Entries
) -> None:
    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="ST_1", now=NOW)
    alert = Alert.objects.get()
    assert alerts.acknowledge(chosen=[alert], by=cast.administrator, now=NOW) == 1
    assert alerts.acknowledge(chosen=[alert], by=cast.officer, now=NOW) == 0
    for changed in (1, 0):
        given = alerts.assign(
            chosen=[alert], to=cast.officer, by=cast.administrator, now=NOW
        )
        assert given == changed
    settle(alert, by=cast.officer)
    alert.refresh_from_db()
    assert alert.acknowledged_by == cast.administrator
    assert alert.assigned_to == cast.officer
    told = [(entry.act, entry.actor) for entry in entries(object_pk=str(alert.id))]
    assert told == [
        (Action.ALERT_OPENED, None),
        (Action.ALERT_ACKNOWLEDGED, cast.administrator),
        (Action.ALERT_ASSIGNED, cast.administrator),
        (Action.ALERT_CLOSED, cast.officer),
    ]


def test_what_one_takes_counts_as_seen(cast: Cast) -> None:
    alert = AlertFactory.create(team=cast.claims)
    alerts.assign(chosen=[alert], to=cast.officer, by=cast.officer, now=NOW)
    alert.refresh_from_db()
    assert (alert.acknowledged_at, alert.acknowledged_by) == (NOW, cast.officer)


def test_it_is_given_to_nobody_who_could_not_close_it(cast: Cast) -> None:
    alert = AlertFactory.create(team=cast.claims)
    with pytest.raises(alerts.CannotSettle):
        alerts.assign(chosen=[alert], to=cast.reviewer, by=cast.officer, now=NOW)
    alert.refresh_from_db()
    assert alert.assigned_to is None


def test_a_group_is_closed_in_one_act_with_an_entry_each(
    cast: Cast, entries: Entries
) -> None:
    several = AlertFactory.create_batch(3, team=cast.claims)
    assert settle(*several, by=cast.officer) == 3
    assert len(entries(act=Action.ALERT_CLOSED)) == 3
    assert not Alert.objects.filter(closed_at=None).exists()


def test_of_a_group_that_is_not_all_ones_own_nothing_is_closed(
    cast: Cast, south_officer: Person
) -> None:
    mine, other = (AlertFactory.create(team=t) for t in (cast.sales, cast.claims))
    with pytest.raises(Refused):
        settle(mine, other, by=south_officer)
    assert Alert.objects.filter(closed_at=None).count() == 2


def test_the_note_is_sealed_in_its_column(cast: Cast) -> None:
    alert = AlertFactory.create(team=cast.claims)
    settle(alert, by=cast.officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM recordings_alert")
        assert "seen to" not in cursor.fetchone()[0]


def test_a_cause_that_comes_and_goes_closes_its_matter_late(db: None) -> None:
    alerts.open_once(Kind.NO_CAPACITY, subject="egress", now=NOW)
    calm = timedelta(minutes=15)
    for minutes, open_still in ((14, 1), (15, 0)):
        now = NOW + timedelta(minutes=minutes)
        alerts.close(Kind.NO_CAPACITY, subject="egress", now=now, after=calm)
        assert Alert.objects.filter(closed_at=None).count() == open_still


@pytest.mark.parametrize("kind", list(Kind))
def test_no_kind_has_two_grades(kind: Alert.Kind) -> None:
    assert not (kind in Alert.CRITICAL and kind in Alert.URGENT)
    assert Alert(kind=kind).severity in Alert.Severity
