"""What a duty to record asks for while a call is not recorded."""

from dataclasses import replace

import pytest

from compliance.consent import plan as planning
from compliance.consent import remedy
from compliance.consent.duty import Cause, Duty
from compliance.consent.plan import Plan, Script, Start
from compliance.consent.standing import Act
from compliance.consent.verdict import Verdict
from compliance.models import Announce, Level, Purpose, Remedy
from tests.unit.compliance.consent.law_book import act, at, caller

LEGAL, QUALITY = Purpose.LEGAL_DUTY, Purpose.QUALITY
FIRM = Duty(
    id="duty-1",
    code="EU-MIFID2",
    version=1,
    on_refusal=Remedy.END_CALL,
    on_failure=Remedy.OTHER_CHANNEL,
)
PATIENT = replace(FIRM, on_refusal=Remedy.CONTINUE, on_failure=Remedy.CONTINUE)


def planned(
    *acts: Act,
    duty: Duty | None = FIRM,
    level: Level = Level.NOTICE,
    is_failing: bool = False,
) -> Plan:
    made = planning.make(
        verdict=Verdict({LEGAL: level, QUALITY: level}, Announce.BEFORE, ()),
        acts=acts,
        parties=(caller(),),
        purposes=(LEGAL, QUALITY),
        now=at(20),
    )
    return remedy.under(duty, made, is_failing=is_failing)


def asked(made: Plan) -> tuple[Remedy, Cause] | None:
    told = made.instruction
    return None if told is None else (told.act, told.because)


def test_without_a_duty_the_plan_is_as_it_was() -> None:
    made = planned(act("refused", 9), duty=None, is_failing=True)

    assert made.duty is None
    assert made.instruction is None
    assert made.say == (Script.REFUSED_ACK,)


def test_a_duty_that_is_met_is_shown_and_asks_for_nothing() -> None:
    made = planned(act("announced", 9))

    assert made.duty == FIRM
    assert made.instruction is None
    assert made.start is Start.NOW


def test_before_anything_was_said_nobody_is_sent_away() -> None:
    made = planned(is_failing=True)

    assert made.instruction is None
    assert made.say == (Script.ANNOUNCE,)


def test_who_refuses_is_not_served_unrecorded() -> None:
    made = planned(act("refused", 9))

    assert asked(made) == (Remedy.END_CALL, Cause.REFUSAL)
    assert made.say == (Script.END_CALL,)
    assert made.start is Start.NEVER


def test_a_call_may_go_on_unrecorded_where_the_duty_says_so() -> None:
    made = planned(act("refused", 9), duty=PATIENT)

    assert asked(made) == (Remedy.CONTINUE, Cause.REFUSAL)
    assert made.say == (Script.REFUSED_ACK,)


def test_a_refusal_of_the_duty_alone_is_a_refusal() -> None:
    acts = (act("granted", 5), act("refused", 9, None, LEGAL))
    made = planned(*acts, level=Level.EXPLICIT)

    assert made.open_purposes == (QUALITY,)
    assert asked(made) == (Remedy.END_CALL, Cause.REFUSAL)


def test_a_refusal_of_another_purpose_is_none() -> None:
    acts = (act("granted", 5), act("refused", 9, None, QUALITY))

    assert asked(planned(*acts, level=Level.EXPLICIT)) is None


def test_a_recorder_that_fails_sends_the_call_elsewhere() -> None:
    made = planned(act("announced", 9), is_failing=True)

    assert asked(made) == (Remedy.OTHER_CHANNEL, Cause.FAILURE)
    assert made.say == (Script.OTHER_CHANNEL,)
    assert made.start is Start.NOW, "it is still tried"


def test_who_goes_on_unrecorded_is_told_so() -> None:
    made = planned(act("announced", 9), duty=PATIENT, is_failing=True)

    assert asked(made) == (Remedy.CONTINUE, Cause.FAILURE)
    assert made.say == (Script.NOT_RECORDED,)


@pytest.mark.parametrize("remedy_", [Remedy.END_CALL, Remedy.OTHER_CHANNEL])
def test_nothing_is_asked_of_somebody_whose_call_is_over(remedy_: Remedy) -> None:
    duty = replace(FIRM, on_failure=remedy_)
    acts = (act("announced", 9), act("granted", 10, None, LEGAL))
    made = planned(*acts, duty=duty, level=Level.EXPLICIT, is_failing=True)

    assert made.ask_for == ()
    assert len(made.say) == 1
