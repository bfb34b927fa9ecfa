"""What a customer agreed to once counts on every call, until somebody says otherwise."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.access.refusals import Refused
from compliance.consent import standing_consents as kept
from compliance.consent.plan import Start, Why
from compliance.consent.standing_consents import ConsentRefused
from compliance.models import AuditEntry, PhoneNumber, Purpose, StandingConsent
from recordings import capture, consent, playback, standing_consents
from recordings.models import Call, ConsentRecord, Party, Recording
from tests.cast import Cast
from tests.line import Line

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
Agree = Callable[..., StandingConsent]
CALLER = "+15125550142"
YEAR = timedelta(days=365)


@pytest.fixture
def agree(line: Line, cast: Cast) -> Agree:
    """`agree()`: the caller gave a standing consent a week ago, for a year."""

    def record(**facts: Any) -> StandingConsent:
        said = {
            "number": PhoneNumber.from_raw(CALLER),
            "team": None,
            "purposes": (Purpose.EVIDENCE, Purpose.QUALITY),
            "granted_at": line.now - timedelta(days=7),
            "expires_at": line.now + YEAR,
            "source": StandingConsent.Source.FORM,
            "script": "recording-form v3",
            "evidence": "Form 2026/117, signed",
            "by": cast.officer,
            "now": line.now,
        }
        return kept.record(**{**said, **facts})

    return record


@pytest.fixture
def german(line: Line) -> Line:
    """A line whose callers must say yes."""
    line.place = "DE"
    return line


def plan_of(line: Line) -> tuple[Start, Why]:
    plan = consent.peek(line.call(), now=line.now).plan
    return plan.start, plan.why


def written() -> list[tuple[str, str]]:
    """What stands on the call, in order."""
    return list(ConsentRecord.objects.values_list("kind", "by"))


def test_who_agreed_once_is_not_asked_again(german: Line, agree: Agree) -> None:
    given = agree()
    room = german.ring()

    plan = consent.peek(german.call(), now=german.now).plan
    assert (plan.start, plan.say) == (Start.NOW, ())
    german.record(room)
    german.wait(room, 20)
    german.hang_up(room)
    german.sweep()

    record = ConsentRecord.objects.get()
    caller = Party.objects.get(role="caller")
    assert (record.kind, record.by, record.standing) == ("granted", "standing", given)
    assert (record.party, record.occurred_at) == (caller, caller.joined_at)
    assert german.call().consent == Call.Consent.GRANTED
    assert playback.open_purposes(german.part(), now=timezone.now()) == [
        Purpose.EVIDENCE,
        Purpose.QUALITY,
    ]


def test_it_is_written_once_however_often_the_call_is_thought_about(
    german: Line, agree: Agree, entries: Entries
) -> None:
    agree()
    german.ring()
    for _time in range(3):
        german.reconsider()

    assert written() == [("granted", "standing")]
    assert len(entries(act="consent.recorded")) == 1


@pytest.mark.parametrize("kind", ["refused", "withdrawn"])
def test_a_no_on_the_call_wins(german: Line, agree: Agree, kind: str) -> None:
    agree()
    room = german.ring()
    german.record(room)
    german.wait(room, 10)

    german.say(kind)

    assert plan_of(german) == (Start.NEVER, Why.REFUSED)
    assert german.part().stop_wanted == kind


def test_a_no_wins_even_when_the_same_person_dials_in_again(
    german: Line, agree: Agree
) -> None:
    agree()
    room = german.ring()
    german.say("refused")
    caller = Party.objects.get(role="caller")
    assert caller.joined_at is not None
    Party.objects.create(
        call=caller.call,
        room=caller.room,
        role=Party.Role.CALLER,
        participant_sid="PA_again",
        number=caller.number,
        declared_place="DE",
        joined_at=german.now + timedelta(seconds=5),
    )
    german.wait(room, 6)
    german.reconsider()

    assert written().count(("granted", "standing")) == 2
    assert plan_of(german) == (Start.NEVER, Why.REFUSED)


def test_a_yes_on_the_call_takes_a_no_back(german: Line, agree: Agree) -> None:
    agree()
    room = german.ring()
    german.say("refused")
    german.wait(room, 5)
    german.say("granted")

    assert plan_of(german)[0] is Start.NOW


@pytest.mark.parametrize(
    "facts",
    [
        {"granted_at": timedelta(seconds=30), "now": timedelta(seconds=30)},
        {"expires_at": timedelta(seconds=-20), "now": -timedelta(days=1)},
        {"number": "+15125550199"},
    ],
    ids=["given after the call began", "expired before it", "of somebody else"],
)
def test_it_counts_only_for_who_gave_it_while_it_is_in_force(
    german: Line, agree: Agree, facts: dict[str, Any]
) -> None:
    said: dict[str, Any] = {
        name: german.now + value if isinstance(value, timedelta) else value
        for name, value in facts.items()
    }
    if "number" in facts:
        said["number"] = PhoneNumber.from_raw(facts["number"])
    agree(**said)

    german.ring()

    assert plan_of(german) == (Start.AFTER_CONSENT, Why.CONSENT_FIRST)
    assert written() == []


def test_a_consent_for_another_team_is_none_here(
    german: Line, agree: Agree, cast: Cast
) -> None:
    agree(team=cast.claims)
    german.ring()

    assert plan_of(german)[0] is Start.AFTER_CONSENT


def test_what_was_not_agreed_to_is_still_asked_for(german: Line, agree: Agree) -> None:
    agree(purposes=[Purpose.EVIDENCE])
    german.ring()

    plan = consent.peek(german.call(), now=german.now).plan
    assert plan.open_purposes == (Purpose.EVIDENCE,)
    assert plan.ask_for == (Purpose.QUALITY,)


def test_one_that_was_withdrawn_before_the_call_is_none(
    german: Line, agree: Agree, cast: Cast
) -> None:
    given = agree()
    kept.withdraw(consent=given, by=cast.officer, now=german.now - timedelta(hours=1))
    german.ring()

    assert plan_of(german)[0] is Start.AFTER_CONSENT


def test_withdrawn_during_a_call_it_stops_the_recorder(
    german: Line, agree: Agree, cast: Cast
) -> None:
    given = agree()
    room = german.ring()
    german.record(room)
    german.wait(room, 20)

    assert kept.withdraw(consent=given, by=cast.officer, now=german.now)
    assert standing_consents.live_calls(given) == [german.call().id]
    for call_id in standing_consents.live_calls(given):
        capture.reconsider(call_id=call_id, now=german.now)

    assert written() == [("granted", "standing"), ("withdrawn", "standing")]
    assert german.part().stop_wanted == "withdrawn"


def test_withdrawn_after_a_call_it_leaves_the_call_as_it_was(
    german: Line, agree: Agree, cast: Cast
) -> None:
    given = agree()
    room = german.ring()
    german.record(room)
    german.wait(room, 20)
    german.hang_up(room)
    german.sweep()

    kept.withdraw(consent=given, by=cast.officer, now=german.now + timedelta(days=2))
    german.now += timedelta(days=3)
    german.reconsider()

    assert written() == [("granted", "standing")]
    part = german.part()
    assert part.state == Recording.State.AVAILABLE
    assert playback.open_purposes(part, now=timezone.now())


def test_words_that_must_be_on_the_recording_are_still_said(
    line: Line, agree: Agree
) -> None:
    line.place = "US-WA"
    agree()
    room = line.ring()
    line.record(room)

    plan = consent.peek(line.call(), now=line.now).plan
    assert plan.start is Start.NOW
    assert [script.value for script in plan.say] == ["repeat"]


def test_the_log_holds_no_number_and_no_evidence(
    agree: Agree, entries: Entries, line: Line
) -> None:
    given = agree()

    (entry,) = entries(act="standing_consent.recorded")
    assert entry.object_pk == str(given.id)
    assert entry.facts == {
        "purposes": "evidence,quality",
        "source": "form",
        "until": (line.now + YEAR).date().isoformat(),
    }


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"purposes": []}, "what was agreed"),
        ({"granted_at": timedelta(days=1)}, "in the future"),
        ({"expires_at": timedelta(days=-1)}, "over already"),
    ],
)
def test_what_could_never_count_is_refused(
    line: Line, agree: Agree, facts: dict[str, Any], why: str
) -> None:
    said = {
        name: line.now + value if isinstance(value, timedelta) else value
        for name, value in facts.items()
    }

    with pytest.raises(ConsentRefused, match=why):
        agree(**said)
    assert not StandingConsent.objects.exists()


def test_a_service_of_one_team_cannot_speak_for_every_team(
    agree: Agree, cast: Cast
) -> None:
    assert agree(by=cast.service, team=cast.claims)
    for team in (None, cast.sales):
        with pytest.raises(Refused):
            agree(by=cast.service, team=team)


@pytest.mark.parametrize("who", ["lead", "reviewer", "administrator", "auditor"])
def test_others_may_not_record_it(agree: Agree, cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        agree(by=cast.people[who])
