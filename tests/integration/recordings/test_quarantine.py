"""A held part: who decides about it, and what follows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.models import Approval, AuditEntry, Person
from recordings import capture, expiry, quarantine
from recordings.models import Alert, Call, ConsentRecord, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import STARTED, ConsentRecordFactory
from tests.factories.second_person import second

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
State = Recording.State


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def call(cast: Cast) -> Call:
    """A German call on which nobody reported consent."""
    return hearable_call(cast.claims, acts=())


@pytest.fixture
def part(call: Call) -> Recording:
    """Its recording, held back."""
    made = part_of(call)
    with transaction.atomic():
        quarantine.put(made, reason=quarantine.NOT_REPORTED, now=timezone.now())
    return made


def _url(part: Recording) -> str:
    return reverse("quarantine", args=[part.id])


def decide(client: Client, part: Recording, **told: str) -> Any:
    return client.post(_url(part), told)


def test_unreported_consent_is_a_reason_to_hold(call: Call) -> None:
    assert quarantine.reason_to_hold(part_of(call)) == quarantine.NOT_REPORTED


def test_consent_is_none(cast: Cast) -> None:
    assert quarantine.reason_to_hold(part_of(hearable_call(cast.claims))) == ""


def test_a_refusal_shuts_and_does_not_hold(cast: Cast) -> None:
    """What was said before somebody refused was lawful; nobody hears it all the same."""
    refused = hearable_call(cast.claims, acts=(ConsentRecord.Kind.REFUSED,))
    assert quarantine.reason_to_hold(part_of(refused)) == ""


def test_a_report_that_comes_late_lets_it_go(call: Call, part: Recording) -> None:
    ConsentRecordFactory.create(call=call, occurred_at=STARTED)
    capture.reconsider(call_id=call.id, now=timezone.now())
    part.refresh_from_db()
    assert part.state == State.AVAILABLE
    unlawful = Alert.objects.filter(kind=Alert.Kind.UNLAWFUL_PART, closed_at=None)
    assert not unlawful.exists()


def test_what_was_not_announced_in_time_stays(call: Call, part: Recording) -> None:
    Recording.objects.update(reason=quarantine.NOT_ANNOUNCED)
    ConsentRecordFactory.create(call=call, occurred_at=STARTED)
    capture.reconsider(call_id=call.id, now=timezone.now())
    part.refresh_from_db()
    assert part.state == State.QUARANTINED


def test_an_officer_finds_the_decision_on_the_call(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    page = sign_in(cast.officer).get(reverse("call", args=[part.call_id]))
    assert reverse("quarantine", args=[part.id]) in page.content.decode()
    theirs = sign_in(cast.reviewer).get(reverse("call", args=[part.call_id]))
    assert reverse("quarantine", args=[part.id]) not in theirs.content.decode()


def test_an_officer_lets_it_be_heard(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    answer = decide(sign_in(cast.officer), part, act="release")
    assert answer.status_code == 302
    part.refresh_from_db()
    assert part.state == State.AVAILABLE
    (entry,) = entries(act="recording.released")
    assert entry.actor_id == cast.officer.id
    assert not Alert.objects.filter(closed_at=None).exists()


def test_a_part_cut_at_the_limit_says_so_again(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Recording.objects.update(egress_status="EGRESS_LIMIT_REACHED", is_partial=True)
    decide(sign_in(cast.officer), part, act="release")
    part.refresh_from_db()
    assert (part.state, part.is_partial) == (State.LIMIT_REACHED, True)


def test_deleting_takes_the_word(cast: Cast, sign_in: SignIn, part: Recording) -> None:
    answer = decide(sign_in(cast.officer), part, act="let_go", word="yes")
    assert answer.status_code == 422
    assert "typed" in answer.content.decode()
    assert not expiry.due(now=timezone.now(), limit=9)


def test_an_officer_has_it_destroyed(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    decide(sign_in(cast.officer), part, act="let_go", word="Delete")
    assert expiry.due(now=timezone.now(), limit=9) == [part.id]
    assert entries(act="recording.expired")[0].actor_id == cast.officer.id


def test_the_second_to_decide_is_told(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    decide(client, part, act="release")
    decide(client, part, act="release")
    assert len(entries(act="recording.released")) == 1


def test_a_decision_to_delete_is_final(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    decide(client, part, act="let_go", word="delete")
    assert "decided already" in client.get(_url(part)).content.decode()
    decide(client, part, act="release")
    ConsentRecordFactory.create(call=part.call, occurred_at=STARTED)
    capture.reconsider(call_id=part.call_id, now=timezone.now())
    part.refresh_from_db()
    assert part.state == State.QUARANTINED
    assert entries(act="recording.released") == []
    call_page = client.get(reverse("call", args=[part.call_id])).content.decode()
    assert "Its time is over" in call_page
    assert _url(part) not in call_page


def test_the_page_tells_what_follows_from_each_choice(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    page = sign_in(cast.officer).get(_url(part)).content.decode()
    assert "deleted for ever by the next hourly sweep" in page
    assert "No policy covers it" in page
    Recording.objects.update(expires_at=timezone.now() + timedelta(days=400))
    page = sign_in(cast.officer).get(_url(part)).content.decode()
    assert "It is deleted when its time is over:" in page


def test_the_list_says_who_must_act(
    cast: Cast, sign_in: SignIn, call: Call, part: Recording
) -> None:
    Call.objects.update(
        consent=Call.Consent.PENDING, capture="recorded", ended_at=timezone.now()
    )
    client = sign_in(cast.officer)
    page = client.get(reverse("calls"), {"when": "all"}).content.decode()
    row = page[page.index("c-capture") :]
    assert "held, officer decides" in row
    assert "not reported" in row
    assert ">waiting<" not in row
    decide(client, part, act="let_go", word="delete")
    page = client.get(reverse("calls"), {"when": "all"}).content.decode()
    assert "about to be deleted" in page


@pytest.mark.parametrize("who", ["reviewer", "lead", "auditor"])
def test_nobody_else_decides(
    cast: Cast, sign_in: SignIn, part: Recording, who: str
) -> None:
    answer = decide(sign_in(cast.people[who]), part, act="release")
    assert answer.status_code == 403
    part.refresh_from_db()
    assert part.state == State.QUARANTINED


@pytest.mark.parametrize("who", ["sales_reviewer", "administrator", "stranger"])
def test_those_who_may_not_see_it_learn_nothing(
    cast: Cast, sign_in: SignIn, part: Recording, who: str
) -> None:
    answer = sign_in(cast.people[who]).get(reverse("quarantine", args=[part.id]))
    assert answer.status_code in {403, 404}
    assert b"quarantine" not in answer.content.lower()


def test_where_there_are_two_officers_deleting_takes_both(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    other = second(Role.OFFICER)
    browser = sign_in(cast.officer)
    asked = browser.post(_url(part), {"act": "let_go", "word": "delete"}, follow=True)
    assert "A second person must approve this." in asked.content.decode()
    assert expiry.due(now=timezone.now(), limit=9) == []
    assert "Somebody has asked for its deletion." in (
        browser.get(_url(part)).content.decode()
    )
    with pytest.raises(Refused):
        quarantine.let_go(recording=part, by=cast.officer, now=timezone.now())

    approval = Approval.objects.get()
    url = reverse("approval-decide", args=[approval.pk])
    sign_in(other).post(url, {"act": "approve"})
    assert expiry.due(now=timezone.now(), limit=9) == [part.id]
    assert entries(act="recording.expired")[0].actor_id == cast.officer.id


def test_what_was_released_meanwhile_is_not_deleted(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    other = second(Role.OFFICER)
    decide(sign_in(cast.officer), part, act="let_go", word="delete")
    decide(sign_in(other), part, act="release")
    url = reverse("approval-decide", args=[Approval.objects.get().pk])
    page = sign_in(other).post(url, {"act": "approve"}, follow=True).content.decode()
    assert "Something else was decided about it meanwhile." in page
    assert expiry.due(now=timezone.now(), limit=9) == []
    part.refresh_from_db()
    assert part.state == State.AVAILABLE
