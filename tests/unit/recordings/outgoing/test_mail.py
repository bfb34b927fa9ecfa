"""Mails about alerts and approvals, to a real mail server on this machine."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.access import approving
from compliance.access.roles import Role
from compliance.models import Person, RetentionPolicy
from compliance.retention import number_lists
from portal.embedded.ports import free_port
from recordings import alerts, tasks
from recordings.models import Alert, OutgoingEvent
from recordings.outgoing import asked, delivery, letters
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, PartyFactory
from tests.factories.second_person import asked as asked_for
from tests.factories.second_person import second
from tests.postman import Postman

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 9, 20, tzinfo=UTC)
Kind = Alert.Kind
State = OutgoingEvent.State


@pytest.fixture
def officer(cast: Cast) -> Person:
    """The only one who is mailed, in Berlin."""
    with transaction.atomic():
        cast.administrator.wants_alert_mail = False
        cast.administrator.save()
        cast.officer.time_zone = "Europe/Berlin"
        cast.officer.save()
    return cast.officer


def send(person: Person, *, after: timedelta = timedelta()) -> bool:
    """Let a worker come by."""
    return delivery.to_person(person_id=person.id, now=NOW + after)


def test_a_mail_says_what_which_team_since_when_and_where_to_look(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call, name="Wilhelmine Weber")
    alerts.open_once(Kind.RECORDING_LOST, subject="1", now=NOW, call=call)

    assert send(officer)

    ((to, letter),) = postman.letters
    assert to == [officer.email]
    assert letter["Subject"] == f"[Earwitness] A recording is lost ({cast.claims.name})"
    assert letter["From"] == "earwitness@calls.example.com"
    assert letter["Auto-Submitted"] == "auto-generated"
    (body,) = postman.bodies
    for words in (
        "Grade: critical",
        f"Team: {cast.claims.name}",
        "Since: 21 November 2026, 10:20:00 CET",
        f"https://calls.example.com/alerts/{Alert.objects.get().id}/\n",
        "https://calls.example.com/preferences",
    ):
        assert words in body
    assert "Weber" not in str(letter)
    row = OutgoingEvent.objects.get()
    assert (row.state, row.last_status) == (State.SENT, "mailed")
    assert not send(officer), "once"


def test_the_pages_it_leads_to_are_there(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    from django.urls import resolve

    alerts.open_once(Kind.UNKNOWN_TRUNK, subject="1", now=NOW)
    send(officer, after=timedelta(hours=1))
    (body,) = postman.bodies
    paths = [
        word.removeprefix("https://calls.example.com")
        for word in body.split()
        if word.startswith("https://")
    ]
    assert {resolve(path).url_name for path in paths} == {
        "alert", "alerts", "preferences",
    }  # fmt: skip


def test_what_waits_for_the_hour_is_one_mail_without_what_was_settled_before(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    for trunk in ("ST_1", "ST_2", "ST_3"):
        alerts.open_once(Kind.UNKNOWN_TRUNK, subject=trunk, now=NOW)
    alerts.close(Kind.UNKNOWN_TRUNK, subject="ST_2", now=NOW)
    assert not send(officer)

    assert send(officer, after=timedelta(minutes=40))

    ((_to, letter),) = postman.letters
    assert "and 1 more" in letter["Subject"]
    assert postman.bodies[0].count("/alerts/") == 3, "two alerts and the page"
    assert set(OutgoingEvent.objects.values_list("last_status", flat=True)) == {
        "mailed", "not_needed",
    }  # fmt: skip


def test_a_burst_is_two_mails_and_not_fifty(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    def lost(n: int) -> None:
        call = CallFactory.create(team=cast.claims)
        alerts.open_once(Kind.RECORDING_LOST, subject=str(n), now=NOW, call=call)

    lost(0)
    assert send(officer)
    for n in range(1, 50):
        lost(n)
        assert not send(officer, after=timedelta(seconds=n))
    assert send(officer, after=timedelta(minutes=2))
    assert len(postman.letters) == 2
    assert "and 48 more" in postman.letters[1][1]["Subject"].replace("\n", "")
    assert "24 more are on the page." in postman.bodies[1]


def test_nobody_is_mailed_of_what_he_may_no_longer_see(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    officer.grants.update(valid_until=NOW)
    assert not send(officer)
    assert postman.letters == []


def test_a_mail_that_is_not_taken_comes_again_and_somebody_hears_of_it(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    postman.answer = "451 not now"
    waits, after = [], timedelta()
    for _ in range(delivery.MANY_FAILURES):
        assert not send(officer, after=after)
        row = OutgoingEvent.objects.filter(attempt__gt=0).get()
        waits.append((row.due_at - NOW - after).total_seconds())
        after = row.due_at - NOW
    assert waits == [10, 20, 40, 80, 160, 320]
    assert Alert.objects.filter(kind=Kind.UNDELIVERED, subject="mail").exists()

    postman.answer = "250 OK"
    assert send(officer, after=after)
    assert not Alert.objects.filter(kind=Kind.UNDELIVERED, closed_at=None).exists()


def test_a_server_that_is_not_there_is_no_error_of_ours(
    cast: Cast, officer: Person, postman: Postman, settings: Settings
) -> None:
    settings.EMAIL_PORT = free_port()
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    assert not send(officer)
    row = OutgoingEvent.objects.get()
    assert (row.state, row.last_status) == (State.WAITING, "ConnectionRefusedError")


def test_the_worker_finds_it_by_itself(
    cast: Cast, officer: Person, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts.open_once(Kind.NO_CAPACITY, subject="1", now=NOW)
    monkeypatch.setattr(
        tasks, "publish_after_commit", lambda task, **kwargs: task(**kwargs)
    )
    tasks.settle_deliveries()
    assert len(postman.letters) == 1


def test_an_approval_is_mailed_to_who_may_give_it(cast: Cast, postman: Postman) -> None:
    """Once, without a name, also where mails about alerts are switched off."""
    other = second(Role.ADMINISTRATOR)
    other.wants_alert_mail = False
    with transaction.atomic():
        other.save()
    approval = asked_for(cast, now=NOW)
    assert asked.tell(now=NOW) == 1
    assert asked.tell(now=NOW) == 0
    delivery.to_person(person_id=other.pk, now=NOW)
    delivery.to_person(person_id=cast.administrator.pk, now=NOW)

    ((to, letter),) = postman.letters
    assert to == [other.email]
    assert letter["Subject"] == "[Earwitness] Your approval is asked for"
    (body,) = postman.bodies
    assert f"https://calls.example.com/approvals/{approval.pk}/" in body
    assert "Give a role" in body
    assert "Stan" not in body


def test_an_approval_that_is_decided_is_not_mailed(
    cast: Cast, postman: Postman
) -> None:
    other = second(Role.ADMINISTRATOR)
    approval = asked_for(cast, now=NOW)
    asked.tell(now=NOW)
    approving.reject(approval=approval, by=other, remark="No", now=NOW)
    assert not delivery.to_person(person_id=other.pk, now=NOW)
    assert postman.letters == []


def test_a_policy_that_keeps_longer_is_told_to_the_other_officers(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    author = second(Role.OFFICER)
    RetentionPolicyFactory.create(
        team=cast.claims, adopted_by=author, keep_at_least="P7Y", delete_after=""
    )
    RetentionPolicyFactory.create(adopted_by=author, delete_after="P1D")

    assert letters.write(now=NOW) == 1, "not the author; not what took a second person"
    assert letters.write(now=NOW) == 0, "once"
    assert send(officer)

    (body,) = postman.bodies
    series = RetentionPolicy.objects.get(keep_at_least="P7Y", team=cast.claims).series
    assert f"https://calls.example.com/retention/{series}/" in body
    assert "keeps longer" in body
    assert "P7Y" not in body


def test_numbers_that_keep_longer_are_told_to_the_other_officers(
    cast: Cast, officer: Person, postman: Postman
) -> None:
    author = second(Role.OFFICER)
    RetentionPolicy.objects.update(told_at=NOW)
    found = number_lists.make(name="Desk", team=None, by=author, now=NOW)
    RetentionPolicyFactory.create(
        team=None,
        number_list=found,
        delete_after="",
        keep_at_least="P7Y",
        told_at=NOW,
    )
    wanted = number_lists.change(found, add=number_lists.kept(["+493023125001"]))
    number_lists.carry_out(wanted=wanted, by=author, now=NOW)

    assert letters.write(now=NOW) == 1, "not the author"
    assert letters.write(now=NOW) == 0, "once"
    assert send(officer)

    (body,) = postman.bodies
    assert f"https://calls.example.com/retention/numbers/{found.pk}/" in body
    assert "Desk" not in body
    assert "5001" not in body
