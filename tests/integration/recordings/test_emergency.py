"""A recording out of reach, heard in an emergency: alarmed, and judged by another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access import grants
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit import log
from compliance.models import AuditEntry, Person
from recordings import emergency
from recordings.models import (
    Alert,
    ConsentRecord,
    EmergencyListen,
    Listen,
    OutgoingEvent,
    Recording,
)
from recordings.sittings import EMERGENCY_LIFE
from tests.cast import SINCE, Cast
from tests.factories.compliance import PersonFactory
from tests.factories.hearable import hearable_call, part_of

Entries = Callable[..., list[AuditEntry]]
SignIn = Callable[[Person], Client]
Kind = Alert.Kind


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A recording of claims."""
    return part_of(hearable_call(cast.claims))


@pytest.fixture
def lead(cast: Cast) -> Person:
    """Leads sales alone: claims is out of reach."""
    person: Person = PersonFactory.create(name="Sina Sales")
    grants.grant(
        person=person, role=Role.TEAM_LEAD, team=cast.sales, by=None, now=SINCE
    )
    return person


def _ask(browser: Client, part: Recording, **more: Any) -> Any:
    sent = {
        "call": f"https://portal.example/calls/{part.call_id}/",
        "part": part.part,
        "purpose": "quality",
        "reason": "A threat against a colleague",
        **more,
    }
    return browser.post(reverse("emergency-open"), sent)


@pytest.fixture
def heard(lead: Person, part: Recording, sign_in: SignIn) -> EmergencyListen:
    """The lead has heard it."""
    assert _ask(sign_in(lead), part).status_code == 200
    return EmergencyListen.objects.get()


def test_it_is_heard_at_once_and_alarmed(
    cast: Cast,
    lead: Person,
    part: Recording,
    sign_in: SignIn,
    entries: Entries,
    settings: Settings,
) -> None:
    settings.MAIL_IS_ON = True
    browser = sign_in(lead)
    assert browser.get(reverse("call", args=[part.call_id])).status_code == 404
    answer = _ask(browser, part)

    row = EmergencyListen.objects.get()
    (entry,) = entries(act="emergency.opened")
    mailed = OutgoingEvent.objects.filter(person__isnull=False)
    assert answer.status_code == 200
    assert "<audio" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (row.listener, row.team, row.listen.in_emergency) == (
        lead,
        cast.claims,
        True,
    )
    assert row.judge_by - row.opened_at == timedelta(hours=24)
    assert (entry.actor_id, entry.object_pk) == (lead.pk, str(part.pk))
    assert len(entries(act="recording.listen_granted")) == 1
    assert Alert.objects.get(kind=Kind.EMERGENCY).recording == part
    assert {cast.officer.pk, cast.administrator.pk} <= {one.person_id for one in mailed}


def test_without_a_reason_nothing_is_heard(
    lead: Person, part: Recording, sign_in: SignIn
) -> None:
    assert _ask(sign_in(lead), part, reason="  ").status_code == 422
    assert not Listen.objects.exists()


def test_consent_binds_in_an_emergency(
    cast: Cast, lead: Person, sign_in: SignIn, entries: Entries
) -> None:
    announced = (ConsentRecord.Kind.ANNOUNCED,)
    part = part_of(hearable_call(cast.claims, acts=announced))
    answer = _ask(sign_in(lead), part)

    assert answer.status_code == 422
    assert "does not cover this purpose" in answer.content.decode()
    assert not Listen.objects.exists()
    assert not Alert.objects.exists()
    assert len(entries(act="recording.listen_refused")) == 1


def test_who_may_hear_it_anyhow_needs_no_emergency(
    cast: Cast, part: Recording, sign_in: SignIn
) -> None:
    answer = _ask(sign_in(cast.lead), part)

    assert answer["Location"] == reverse("call", args=[part.call_id])
    assert not EmergencyListen.objects.exists()


@pytest.mark.parametrize("name", ["sales_reviewer", "auditor", "administrator"])
def test_whose_role_does_not_hold_it(
    cast: Cast, part: Recording, sign_in: SignIn, name: str
) -> None:
    assert _ask(sign_in(cast.people[name]), part).status_code == 403
    assert not Listen.objects.exists()


@pytest.mark.parametrize("call", ["x", "", "00000000-0000-4000-8000-000000000000"])
def test_no_such_call(
    lead: Person, part: Recording, sign_in: SignIn, call: str
) -> None:
    assert _ask(sign_in(lead), part, call=call).status_code == 422


def test_no_entry_no_sound(
    lead: Person, part: Recording, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = log.append

    def broken(action: Any, **more: Any) -> Any:
        if action == "emergency.opened":
            raise RuntimeError("disk full")
        return append(action, **more)

    monkeypatch.setattr(log, "append", broken)
    browser = sign_in(lead)
    browser.raise_request_exception = False

    assert _ask(browser, part).status_code == 500
    assert not Listen.objects.exists()


def test_further_links_for_an_hour(
    lead: Person, heard: EmergencyListen, sign_in: SignIn
) -> None:
    browser = sign_in(lead)
    again = reverse("emergency-again", args=[heard.listen_id])
    assert browser.post(again).status_code == 200
    Listen.objects.update(opened_at=timezone.now() - EMERGENCY_LIFE)

    assert browser.post(again).status_code == 404


def test_the_sitting_opens_no_other_door(
    cast: Cast, lead: Person, heard: EmergencyListen, sign_in: SignIn
) -> None:
    browser, part = sign_in(lead), heard.listen.recording

    assert browser.get(reverse("call", args=[part.call_id])).status_code == 404
    sent = {"purpose": "quality"}
    assert browser.post(reverse("listen", args=[part.pk]), sent).status_code == 404
    assert browser.get(reverse("download", args=[part.pk])).status_code == 404


@pytest.mark.parametrize("name", ["officer", "administrator"])
def test_another_judges_and_the_alert_closes(
    cast: Cast, heard: EmergencyListen, sign_in: SignIn, entries: Entries, name: str
) -> None:
    browser = sign_in(cast.people[name])
    page = browser.get(reverse("emergencies")).content.decode()
    sent = {"judgement": "justified", "remark": "The police had called."}
    browser.post(reverse("emergency-judge", args=[heard.pk]), sent)

    heard.refresh_from_db()
    assert "A threat against a colleague" in page
    assert (heard.judgement, heard.judged_by) == ("justified", cast.people[name])
    assert heard.remark == "The police had called."
    assert not Alert.objects.filter(kind=Kind.EMERGENCY, closed_at=None).exists()
    assert entries(act="emergency.judged")[0].facts == {"judgement": "justified"}


def test_a_judgement_stands(
    cast: Cast, heard: EmergencyListen, sign_in: SignIn
) -> None:
    for name, judgement in (("officer", "unjustified"), ("administrator", "justified")):
        sent = {"judgement": judgement, "remark": "x"}
        address = reverse("emergency-judge", args=[heard.pk])
        sign_in(cast.people[name]).post(address, sent)

    heard.refresh_from_db()
    assert heard.judgement == "unjustified"


def test_a_judgement_says_why(
    cast: Cast, heard: EmergencyListen, sign_in: SignIn
) -> None:
    address = reverse("emergency-judge", args=[heard.pk])
    sign_in(cast.officer).post(address, {"judgement": "justified", "remark": " "})

    heard.refresh_from_db()
    assert heard.judged_at is None


def test_nobody_judges_his_own(cast: Cast, heard: EmergencyListen) -> None:
    EmergencyListen.objects.update(listener=cast.officer)

    with pytest.raises(Refused, match="his own"):
        emergency.judge(
            emergency_id=heard.pk,
            judgement=EmergencyListen.Judgement.JUSTIFIED,
            remark="x",
            by=cast.officer,
            now=timezone.now(),
        )


def test_the_database_refuses_it_too(heard: EmergencyListen) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyListen.objects.update(
            judged_by=heard.listener, judged_at=timezone.now(), judgement="justified"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        EmergencyListen.objects.update(judgement="justified")


def test_what_nobody_judges_in_time_is_an_alert_once(heard: EmergencyListen) -> None:
    late = heard.judge_by + timedelta(minutes=1)
    emergency.find_overdue(now=heard.judge_by - timedelta(minutes=1))
    assert not Alert.objects.filter(kind=Kind.EMERGENCY_OVERDUE).exists()
    for _ in range(2):
        emergency.find_overdue(now=late)

    assert Alert.objects.filter(kind=Kind.EMERGENCY_OVERDUE).count() == 1


def test_who_sees_which(
    cast: Cast, lead: Person, heard: EmergencyListen, sign_in: SignIn
) -> None:
    seen = {
        person.name: "A threat"
        in sign_in(person).get(reverse("emergencies")).content.decode()
        for person in (
            lead,
            cast.lead,
            cast.auditor,
            cast.reviewer,
            cast.sales_reviewer,
        )
    }

    assert seen == {
        lead.name: True,
        cast.lead.name: True,
        cast.auditor.name: True,
        cast.reviewer.name: False,
        cast.sales_reviewer.name: False,
    }
