"""Staff are told once, by a dated notice; a verdict says whether they were."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from compliance.access.refusals import Refused
from compliance.consent import staff_notices, wording
from compliance.consent import verdict as judging
from compliance.consent.plan import Start, Why
from compliance.consent.reasons import OF_STAFF, Basis, Reason
from compliance.consent.staff_notices import NoticeRefused
from compliance.models import AuditEntry, Level, Person, StandingNotice, Team
from recordings import consent
from recordings.livekit.simulator import Scenario
from recordings.livekit.simulator.world import Room
from recordings.models import Recording
from tests.cast import Cast
from tests.line import Line
from tests.unit.compliance.consent.law_book import law

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
Give = Callable[..., StandingNotice]
DAY = timedelta(days=1)


@pytest.fixture
def give(line: Line, cast: Cast) -> Give:
    """`give()`: the officer puts a notice to the line's staff on file."""

    def put(**facts: Any) -> StandingNotice:
        said = {
            "team": None if "person" in facts else line.team,
            "version": "2026-1",
            "text": "Calls on this line are recorded.",
            "given_on": date(2026, 5, 3),
            "until": None,
            "by": cast.officer,
            "now": line.now,
        }
        return staff_notices.give(**{**said, **facts})

    return put


@pytest.fixture
def european(line: Line) -> Line:
    """A line whose seat asks that everybody be told."""
    settle(line.team, seat="GB")
    line.place = "GB"
    return line


def settle(team: Team, **changes: object) -> None:
    for name, value in changes.items():
        setattr(team, name, value)
    with transaction.atomic():
        team.save()


def with_staff(line: Line, identity: str = "staff-eva") -> Room:
    """A call in which somebody at a desk takes part."""
    room = line.ring()
    person = Scenario(joins="Eva").colleague()
    person.identity = identity
    line.simulator.join(room, person)
    line.listen()
    return room


def of_staff(line: Line) -> list[Reason]:
    newest = line.call().verdicts.first()
    assert newest is not None
    reasons = consent.stored_verdict(newest).reasons
    return [reason for reason in reasons if reason.basis in OF_STAFF]


def told(line: Line) -> list[str]:
    return [wording.sentence(reason) for reason in of_staff(line)]


def test_the_verdict_names_the_notice_and_its_day(european: Line, give: Give) -> None:
    given = give()
    with_staff(european)

    (reason,) = of_staff(european)
    assert reason.basis is Basis.STANDING_NOTICE
    assert reason.note == str(given.id)
    assert told(european) == ["Staff were told by the notice of 3 May 2026 (2026-1)."]


def test_without_a_notice_the_verdict_says_so_and_recording_goes_on(
    european: Line,
) -> None:
    with_staff(european)
    european.say("announced")

    assert told(european) == ["No notice on file for staff of team Sales."]
    assert Recording.objects.count() == 1


def test_a_notice_changes_no_level(european: Line, give: Give) -> None:
    with_staff(european)
    before = european.call().verdicts.first()
    give()
    european.reconsider()

    after = european.call().verdicts.first()
    assert before is not None
    assert after is not None
    assert after.number == before.number + 1, "the first stays beside it"
    assert (after.levels, after.announce) == (before.levels, before.announce)


def test_where_nothing_is_asked_nothing_is_said_of_notices(line: Line) -> None:
    with_staff(line)

    assert told(line) == []


def test_an_agent_needs_no_notice(european: Line) -> None:
    european.ring()

    assert told(european) == []


def test_a_strict_team_waits_for_the_notice(european: Line, give: Give) -> None:
    settle(european.team, strict=True)
    room = with_staff(european)
    european.say("granted")

    plan = consent.peek(european.call(), now=european.now).plan
    assert (plan.start, plan.why) == (Start.NEVER, Why.NO_STAFF_NOTICE)
    assert not Recording.objects.exclude(stop_wanted="no_staff_notice").exists()
    assert "strict teams wait for it" in told(european)[0]

    give()
    european.wait(room, 5)
    european.reconsider()
    assert consent.peek(european.call(), now=european.now).may_record


def test_a_strict_team_records_again_when_the_untold_has_left(
    european: Line,
) -> None:
    settle(european.team, strict=True)
    room = with_staff(european)
    european.say("granted")
    european.wait(room, 5)
    european.simulator.leave(room, "staff-eva")
    european.listen()

    assert consent.peek(european.call(), now=european.now).may_record


@pytest.mark.parametrize("identity", ["rosa@example.org", " ROSA@example.org", "id"])
def test_a_notice_to_a_person_is_found_by_how_that_person_joins(
    european: Line, give: Give, cast: Cast, identity: str
) -> None:
    give(person=cast.reviewer, version="personal")
    joins_as = str(cast.reviewer.id) if identity == "id" else identity
    with_staff(european, joins_as)

    assert told(european) == ["Staff were told by the notice of 3 May 2026 (personal)."]


def test_a_notice_to_a_person_tells_nobody_else(
    european: Line, give: Give, cast: Cast
) -> None:
    give(person=cast.reviewer)
    with_staff(european)

    assert told(european) == ["No notice on file for staff of team Sales."]


@pytest.mark.parametrize(
    ("facts", "holds"),
    [
        ({"given_on": date(2026, 11, 2)}, True),
        ({"given_on": date(2026, 5, 3), "until": date(2026, 11, 2)}, True),
        ({"given_on": date(2026, 5, 3), "until": date(2026, 11, 1)}, False),
    ],
)
def test_a_notice_holds_from_its_day_to_its_last(
    european: Line, give: Give, facts: dict[str, Any], holds: bool
) -> None:
    give(**facts)
    with_staff(european)

    assert (of_staff(european)[0].basis is Basis.STANDING_NOTICE) == holds


def test_a_notice_of_another_team_is_none(
    european: Line, give: Give, cast: Cast
) -> None:
    give(team=cast.claims)
    with_staff(european)

    assert of_staff(european)[0].basis is Basis.NO_NOTICE


def test_teams_without_a_notice_are_named(give: Give, cast: Cast, line: Line) -> None:
    today = line.now.date()
    teams = [cast.claims, line.team]
    assert staff_notices.lacking(teams, on=today) == [cast.claims], "Texas asks nothing"

    given = give(team=cast.claims)
    assert staff_notices.lacking(teams, on=today) == []

    staff_notices.end(notice=given, by=cast.officer, now=line.now)
    assert staff_notices.lacking(teams, on=today) == [], "it holds to its last day"
    assert staff_notices.lacking(teams, on=today + DAY) == [cast.claims]
    assert not staff_notices.end(notice=given, by=cast.officer, now=line.now)


def test_a_strict_team_in_a_one_party_state_wants_a_notice_too(line: Line) -> None:
    settle(line.team, strict=True)

    assert staff_notices.lacking([line.team], on=line.now.date()) == [line.team]


def test_the_log_tells_who_put_it_on_file(
    give: Give, entries: Entries, cast: Cast
) -> None:
    given = give()

    (entry,) = entries(act="staff_notice.given")
    assert (entry.object_pk, entry.actor_id) == (str(given.id), cast.officer.id)
    assert entry.facts == {"to": "team", "given_on": "2026-05-03", "until": None}


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"team": None}, "team or a person"),
        ({"given_on": date(2026, 11, 3)}, "in the future"),
        ({"until": date(2026, 5, 2)}, "end before it begins"),
    ],
)
def test_what_makes_no_sense_is_refused(
    give: Give, facts: dict[str, Any], why: str
) -> None:
    with pytest.raises(NoticeRefused, match=why):
        give(**facts)


@pytest.mark.parametrize("who", ["lead", "service", "administrator", "auditor"])
def test_only_officers_put_notices_on_file(give: Give, cast: Cast, who: str) -> None:
    person: Person = cast.people[who]

    with pytest.raises(Refused):
        give(by=person)


def test_reasons_of_staff_survive_storage() -> None:
    staff = judging.PartyFacts(
        ref="p",
        role=judging.Role.STAFF,
        notice=judging.Notice("n-1", "v2", date(2026, 5, 3)),
    )
    made = judging.decide(parties=[staff], seat="GB", strict=False, law=law())
    stored = judging.Verdict.from_json(
        levels=made.levels_json(), announce=made.announce, reasons=made.reasons_json()
    )

    assert stored == made
    assert made.level(next(iter(made.levels))) is Level.NOTICE
