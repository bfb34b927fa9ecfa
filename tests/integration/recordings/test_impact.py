"""Which stored calls a draft would have changed: the run over them, and its end."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance.access import grants
from compliance.access.roles import Role
from compliance.consent import drafts, rules
from compliance.consent.rules import RuleDraft
from compliance.consent.versions import RuleRefused
from compliance.models import (
    Announce,
    AuditEntry,
    ConsentRule,
    Level,
    PhoneNumber,
    Restriction,
    Team,
)
from recordings import consent_facts, flips, impact, restricting, tasks
from recordings.models import (
    Call,
    ConsentRecord,
    ConsentVerdict,
    Flip,
    Impact,
    Party,
    Recording,
)
from tests.cast import Cast
from tests.factories.compliance import PersonFactory
from tests.factories.hearable import hearable_call
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
    RecordingFactory,
    TrunkFactory,
)

Entries = Callable[..., list[AuditEntry]]
Direction, Effect, State = Flip.Direction, Flip.Effect, Impact.State
Kind = ConsentRecord.Kind
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BERLIN, SEATTLE, PARIS = "+493055500001", "+12065550100", "+33155500001"


def drafted(cast: Cast, place: str = "DE", **changes: Any) -> ConsentRule:
    """A draft by which an announcement is enough in Germany."""
    said: dict[str, Any] = {
        "place_name": place,
        "level": Level.NOTICE,
        "strict_level": Level.EXPLICIT,
        "announce": Announce.BEFORE,
        "citation": "Opinion of counsel 7",
        "effective_from": date(2026, 12, 1),
        **changes,
    }
    return drafts.write(draft=RuleDraft(place=place, **said), by=cast.officer, now=NOW)


def a_call(
    team: Team,
    number: str = BERLIN,
    acts: tuple[Kind, ...] = (Kind.ANNOUNCED,),
    **fields: Any,
) -> Call:
    """A recorded call that is over, with what was said of recording."""
    call = CallFactory.create(team=team, **fields)
    PartyFactory.create(
        call=call, number=PhoneNumber.from_raw(number), joined_at=call.started_at
    )
    RecordingFactory.create(call=call)
    for kind in acts:
        ConsentRecordFactory.create(call=call, kind=kind)
    return call


def begun(cast: Cast, rule: ConsentRule) -> Impact:
    return impact.begin(rule_id=rule.id, by=cast.officer, now=NOW)


def through(run: Impact) -> Impact:
    """The run, once no step is left."""
    while impact.advance(impact_id=run.id, now=NOW):
        pass
    run.refresh_from_db()
    return run


def looked(cast: Cast, rule: ConsentRule) -> Impact:
    return through(begun(cast, rule))


def found(run: Impact) -> dict[Call, tuple[str, str]]:
    return {flip.call: (flip.direction, flip.effect) for flip in run.flips.all()}


def test_every_call_that_would_flip_is_listed_with_what_it_means(cast: Cast) -> None:
    told = a_call(cast.claims)
    agreed = a_call(cast.claims, acts=(Kind.ANNOUNCED, Kind.GRANTED))
    silent = CallFactory.create(team=cast.claims, capture=Call.Capture.NONE)

    run = looked(cast, drafted(cast))

    assert (run.state, run.calls, run.looked, run.judged) == (State.DONE, 3, 3, 3)
    assert found(run) == {
        told: (Direction.LOOSER, Effect.OPENED),
        agreed: (Direction.LOOSER, Effect.SAME),
        silent: (Direction.LOOSER, Effect.UNRECORDED),
    }
    assert run.flips.get(call=told).steps["quality"] == ["explicit", "notice"]
    assert run.by_team == {str(cast.claims.id): 3}


def test_a_stricter_draft_tells_what_would_be_missing(cast: Cast) -> None:
    call = a_call(cast.sales, SEATTLE)

    rule = drafted(cast, "US-WA", level=Level.EXPLICIT, purpose_levels={})

    assert found(looked(cast, rule)) == {call: (Direction.STRICTER, Effect.MISSING)}


def test_calls_of_another_place_are_looked_at_and_not_judged(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_call(cast.sales, SEATTLE)
    elsewhere = a_call(cast.sales, PARIS)
    mine = a_call(cast.claims, PARIS)
    read: list[Call] = []
    people = consent_facts.people

    def noted(call: Call) -> list[Party]:
        read.append(call)
        return people(call)

    monkeypatch.setattr(consent_facts, "people", noted)

    run = looked(cast, drafted(cast))

    assert (run.looked, run.judged) == (3, 1)
    assert read == [mine]
    assert elsewhere not in found(run)


@pytest.mark.parametrize("fact", ["declared_place", "billing_place", "number", "trunk"])
def test_whatever_brings_the_place_brings_the_call(cast: Cast, fact: str) -> None:
    call = CallFactory.create(team=cast.sales)
    facts = {} if fact in {"number", "trunk"} else {fact: "PL"}
    number = PhoneNumber.from_raw("+48225550000" if fact == "number" else SEATTLE)
    PartyFactory.create(call=call, number=number, **facts)
    if fact == "trunk":
        trunk = TrunkFactory.create(team=cast.sales, country="PL")
        Call.objects.update(trunk=trunk)

    run = looked(cast, drafted(cast, "PL", level=Level.EXPLICIT))

    assert list(found(run)) == [call]


def test_a_stricter_party_hides_the_draft(cast: Cast) -> None:
    """The seat is German, and Germany asks for consent whatever Poland does."""
    a_call(cast.claims, "+48225550000")

    run = looked(cast, drafted(cast, "PL", level=Level.NOTICE))

    assert (run.judged, found(run)) == (1, {})


def test_a_call_is_compared_with_the_law_of_its_own_day(cast: Cast) -> None:
    before = a_call(cast.sales, "+911125550000", started_at=STARTED)
    after = a_call(
        cast.sales, "+911125550000", started_at=datetime(2027, 6, 1, tzinfo=UTC)
    )
    Call.objects.update(noticed_at=NOW)

    rule = drafted(cast, "IN", level=Level.EXPLICIT, effective_from=date(2027, 7, 1))

    assert before in found(looked(cast, rule))
    assert after not in found(looked(cast, rule))


def test_a_strict_team_is_judged_by_the_strict_level(cast: Cast) -> None:
    a_call(cast.claims)
    with transaction.atomic():
        cast.claims.strict = True
        cast.claims.save()

    assert found(looked(cast, drafted(cast))) == {}


def test_nothing_of_a_call_changes(cast: Cast) -> None:
    call = hearable_call(cast.claims)
    RecordingFactory.create(call=call, expires_at=NOW)
    tables = (Call, ConsentVerdict, ConsentRecord, Party, Recording)
    before = [list(table.objects.order_by("pk").values()) for table in tables]

    run = looked(cast, drafted(cast))

    assert list(found(run)) == [call]
    assert [list(table.objects.order_by("pk").values()) for table in tables] == before
    assert rules.law(on=date(2026, 12, 2)).rules["DE"].level == Level.EXPLICIT


def test_a_run_that_dies_half_way_ends_as_one_that_does_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [
        a_call(cast.claims, started_at=STARTED + timedelta(minutes=n // 2))
        for n in range(7)
    ]
    monkeypatch.setattr(impact, "PAGE", 2)
    rule = drafted(cast)
    whole = looked(cast, rule)
    expected = found(whole), whole.looked, whole.judged, whole.by_team
    run = begun(cast, rule)
    effect, asked = flips.effect, []

    def dies_at_the_fourth(*args: Any) -> Flip.Effect:
        asked.append(args)
        if len(asked) == 4:
            raise SystemExit
        return effect(*args)

    with monkeypatch.context() as dying:
        dying.setattr(flips, "effect", dies_at_the_fourth)
        impact.advance(impact_id=run.id, now=NOW)
        with pytest.raises(SystemExit):
            impact.advance(impact_id=run.id, now=NOW)
    run.refresh_from_db()
    assert (run.looked, run.flips.count()) == (2, 2)
    assert impact.due(now=NOW, limit=9) == []
    assert impact.due(now=NOW + timedelta(seconds=31), limit=9) == [run.id]

    through(run)
    assert (found(run), run.looked, run.judged, run.by_team) == expected
    assert len(found(run)) == len(calls)


def test_a_step_taken_twice_counts_once(cast: Cast) -> None:
    a_call(cast.claims)
    run = looked(cast, drafted(cast))

    assert impact.advance(impact_id=run.id, now=NOW) is False

    run.refresh_from_db()
    assert (run.looked, run.flips.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_take_the_same_step(cast: Cast) -> None:
    a_call(cast.claims)
    run = begun(cast, drafted(cast))
    answers = []

    def other() -> None:
        answers.append(impact.advance(impact_id=run.id, now=NOW))
        connection.close()

    with transaction.atomic():
        Impact.objects.select_for_update().get(id=run.id)
        thread = Thread(target=other)
        thread.start()
        thread.join()

    assert answers == [False]
    assert not run.flips.exists()
    assert through(run).flips.count() == 1


def test_calls_that_come_meanwhile_do_not_disturb_it(cast: Cast) -> None:
    a_call(cast.claims)
    run = begun(cast, drafted(cast))
    a_call(cast.claims, noticed_at=NOW + timedelta(seconds=1))

    assert (through(run).calls, run.looked) == (1, 1)


def test_a_draft_changed_after_the_run_must_be_looked_at_again(cast: Cast) -> None:
    a_call(cast.claims)
    run = looked(cast, drafted(cast))
    rule = drafted(cast, level=Level.ONE_PARTY)

    with pytest.raises(RuleRefused, match="look again"):
        impact.publish(rule_id=rule.id, seen=run.fingerprint, by=cast.officer, now=NOW)
    with pytest.raises(RuleRefused, match="Look first"):
        impact.publish(
            rule_id=rule.id,
            seen=drafts.fingerprint(rule),
            by=cast.officer,
            now=NOW,
        )

    again = looked(cast, rule)
    assert not Impact.objects.filter(id=run.id).exists()
    published = impact.publish(
        rule_id=rule.id, seen=again.fingerprint, by=cast.officer, now=NOW
    )
    assert (published.version, published.level) == (2, Level.ONE_PARTY)
    assert Impact.objects.get(rule=published).flips.count() == 1


def test_a_run_stops_where_the_draft_changed_under_it(
    cast: Cast, entries: Entries
) -> None:
    a_call(cast.claims)
    run = begun(cast, drafted(cast))
    drafted(cast, level=Level.ONE_PARTY)

    assert impact.advance(impact_id=run.id, now=NOW) is False

    run.refresh_from_db()
    assert (run.state, run.reason, run.looked) == (State.FAILED, "changed", 0)
    (entry,) = entries(act="impact.failed")
    assert entry.facts == {"place": "DE", "reason": "changed"}


def test_nobody_publishes_while_it_still_runs(cast: Cast) -> None:
    run = begun(cast, drafted(cast))

    with pytest.raises(RuleRefused, match="Look first"):
        impact.publish(
            rule_id=run.rule_id, seen=run.fingerprint, by=cast.officer, now=NOW
        )


def test_asking_again_while_it_runs_goes_on_with_it(cast: Cast) -> None:
    rule = drafted(cast)
    assert begun(cast, rule) == begun(cast, rule)


def test_it_is_in_the_log_from_the_draft_to_the_law(
    cast: Cast, entries: Entries
) -> None:
    a_call(cast.claims)
    run = looked(cast, drafted(cast))
    seen = run.fingerprint
    impact.publish(rule_id=run.rule_id, seen=seen, by=cast.officer, now=NOW)

    acts = ("rule.drafted", "impact.begun", "impact.done", "rule.published")
    told = {entry.act: entry for entry in entries(act__in=acts)}
    assert {act: entry.facts["draft"] for act, entry in told.items()} == dict.fromkeys(
        acts, seen
    )
    assert told["impact.begun"].actor == cast.officer
    assert told["impact.done"].facts == {
        "place": "DE",
        "draft": seen,
        "looked": 1,
        "changed": 1,
    }


def test_what_fails_time_and_again_is_given_up(
    cast: Cast, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_call(cast.claims)
    run = begun(cast, drafted(cast))

    def broken(*_args: object) -> Flip.Effect:
        raise ValueError

    monkeypatch.setattr(flips, "effect", broken)
    for _ in range(impact.MOST_FAILURES):
        with pytest.raises(ValueError):  # noqa: PT011 - any will do
            impact.advance(impact_id=run.id, now=NOW)

    run.refresh_from_db()
    assert (run.state, run.reason) == (State.FAILED, "ValueError")
    assert len(entries(act="impact.failed")) == 1


def test_the_beat_goes_on_with_a_run_whose_task_was_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_call(cast.claims)
    run = begun(cast, drafted(cast))
    handed_on = []
    monkeypatch.setattr(
        tasks,
        "publish_after_commit",
        lambda task, **kwargs: handed_on.append((task.name, kwargs)),
    )

    tasks.settle_impacts()

    assert handed_on == [("recordings.look_into_impact", {"impact_id": str(run.id)})]
    tasks.look_into_impact(str(run.id))
    run.refresh_from_db()
    assert run.state == State.DONE


def test_an_officer_of_one_team_is_shown_its_calls_alone(cast: Cast) -> None:
    local = PersonFactory.create()
    with transaction.atomic():
        grants.grant(
            person=local, role=Role.OFFICER, by=None, now=STARTED, team=cast.claims
        )
    mine = a_call(cast.claims)
    a_call(cast.sales)

    run = looked(cast, drafted(cast, level=Level.ONE_PARTY))

    assert run.flips.count() == 2
    assert [flip.call for flip in impact.flips_of(run, local)] == [mine]
    assert not impact.flips_of(run, cast.stranger).exists()


def test_whoever_may_not_restrict_is_not_shown_what_is_restricted(cast: Cast) -> None:
    call = a_call(cast.claims)
    run = looked(cast, drafted(cast, level=Level.ONE_PARTY))
    assert impact.flips_of(run, cast.auditor).exists()

    restricting.place(
        call=call,
        ground=Restriction.Ground.CLAIMS,
        why="Asked for it.",
        by=cast.officer,
        now=STARTED,
    )

    assert not impact.flips_of(run, cast.auditor).exists()
    assert impact.flips_of(run, cast.officer).exists()


def test_a_step_asks_as_often_for_many_calls_as_for_few(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rule = drafted(cast)
    for calls in (2, 6):
        for _ in range(calls):
            a_call(cast.claims)
        run = begun(cast, rule)
        with django_assert_num_queries(15):
            impact.advance(impact_id=run.id, now=NOW)
