"""What stores do by themselves, as pure rules: never too early, never colder than agreed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from compliance.models import RetentionPolicy
from compliance.retention import rules, tiers
from compliance.retention.periods import Clock, LegalCalendar
from compliance.retention.tiers import BadTiers
from tests.factories.compliance import RetentionPolicyFactory

CALENDAR = LegalCalendar(zone="Europe/Berlin", fiscal=(4, 1))
Clocks = RetentionPolicy.Clock


def policy(**said: object) -> RetentionPolicy:
    usual = {"team": None, "adopted_by_id": "00000000-0000-0000-0000-000000000001"}
    return RetentionPolicyFactory.build(**{"adopted_by": None, **usual, **said})


@given(
    count=some.integers(1, 60),
    unit=some.sampled_from("DMY"),
    clock=some.sampled_from([Clock.CALL_END, Clock.CALENDAR_YEAR, Clock.FISCAL_YEAR]),
    grace=some.integers(0, 365),
    day=some.dates(date(2020, 1, 1), date(2032, 12, 31)),
)
def test_the_net_of_a_policy_is_later_than_anything_it_covers(
    count: int, unit: str, clock: Clock, grace: int, day: date
) -> None:
    """Whatever day it ended on: the grace is over, and the margin, when the net lets go."""
    said = policy(delete_after=f"P{count}{unit}", clock=clock, grace_days=grace)
    ended = datetime.combine(day, datetime.min.time(), UTC)
    (bound,) = rules.bounds_of(said, ended=ended, calendar=CALENDAR)
    (net,) = tiers.nets([said])

    margin = timedelta(days=tiers.MARGIN_DAYS)
    assert ended + timedelta(days=net) >= bound.gone_by + margin
    assert tiers.net_for([net], stored=ended, last=bound.gone_by) == str(net)


def test_a_thing_gets_the_first_net_that_is_late_enough_or_none() -> None:
    stored = datetime(2026, 1, 1, tzinfo=UTC)

    def net(days: int) -> str:
        return tiers.net_for([200, 400], stored=stored, last=stored + timedelta(days))

    assert [net(100), net(109), net(110), net(309), net(310)] == [
        "200", "200", "400", "400", "",
    ]  # fmt: skip


def test_only_what_somebody_adopted_and_has_not_ended_becomes_a_rule() -> None:
    said = {"delete_after": "P1Y", "tiers": ["archive-180"]}
    nobody = policy(**said, adopted_by_id=None)
    assert tiers.rules_of([nobody, policy(**said, is_ended=True)]) == []
    assert tiers.tier_for([nobody]) == ""

    found = tiers.rules_of([policy(**said), policy(**said), policy(delete_after="")])

    assert [(one.mark, one.gone_after) for one in found] == [
        ("archive-180", None),
        ("458", 458),
    ]


def test_of_several_the_one_that_keeps_it_warm_longest_counts_whole() -> None:
    early = policy(tiers=["infrequent-30", "archive-90"])
    late = policy(tiers=["archive-365"])
    never_cold = policy(tiers=["infrequent-30", "instant-400"])

    assert tiers.tier_for([early, policy()]) == "infrequent-30.archive-90"
    assert tiers.tier_for([late, early]) == "archive-365"
    assert tiers.tier_for([late, never_cold, early]) == "infrequent-30.instant-400"


@pytest.mark.parametrize(
    "texts",
    [
        ["attic-30"],
        ["archive-0"],
        ["archive"],
        ["infrequent-29"],
        ["infrequent-30", "archive-59"],
        ["archive-90", "instant-100"],
        ["archive-90", "deep-90"],
    ],
)
def test_moves_that_no_store_carries_out_are_refused(texts: list[str]) -> None:
    with pytest.raises(BadTiers):
        tiers.moves_of(texts)
