"""A changed policy reaches what is kept already, and what no policy says is left alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import PhoneNumber, RetentionPolicy
from compliance.retention import policies
from compliance.retention.periods import LegalCalendar
from recordings import covering, dating, expiry, keeping, rehearsal, told_events
from recordings.models import Alert, Call, CallLabel, ConsentVerdict, Recording
from tests.cast import Cast
from tests.factories.compliance import ClockEventFactory, RetentionPolicyFactory
from tests.factories.recordings import (
    AlertFactory,
    CallFactory,
    PartyFactory,
    RecordingFactory,
)

pytestmark = pytest.mark.django_db
ENDED = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BERLIN = LegalCalendar(zone="Europe/Berlin", fiscal=(4, 1))


@pytest.fixture(autouse=True)
def _in_berlin(settings: Any) -> None:
    settings.LEGAL_TIME_ZONE = BERLIN.zone
    settings.FISCAL_YEAR_BEGINS = BERLIN.fiscal


def kept(cast: Cast, **said: Any) -> Recording:
    """A recording that ended at midnight and a half in Berlin, on the first of February."""
    call = CallFactory.create(team=cast.claims, started_at=ENDED, **said)
    return RecordingFactory.create(
        call=call, part=1, ended_at=ENDED, hashed_at=ENDED, expires_at=None, bytes=7
    )


def caught_up() -> None:
    while dating.catch_up(now=NOW, limit=2):
        pass


def test_a_new_policy_reaches_everything_that_is_kept(cast: Cast, entries: Any) -> None:
    parts = [kept(cast) for _ in range(5)]
    caught_up()
    policy = RetentionPolicyFactory.create(team=cast.claims, delete_after="P1M")
    assert dating.behind() == 5

    caught_up()

    assert dating.behind() == 0
    goes = BERLIN.end_of(date(2026, 3, 1))
    found = Recording.objects.values_list("expires_at", "policy_id")
    assert set(found) == {(goes, policy.pk)}
    assert set(Call.objects.values_list("expires_at", flat=True)) == {goes}
    told = entries(act=Action.POLICY_REACHED)
    assert sum(int(entry.facts["changed"]) for entry in told) == len(parts)
    assert not dating.catch_up(now=NOW)


@pytest.mark.parametrize("by_hand", [NOW - timedelta(1), NOW + timedelta(days=300)])
def test_a_date_set_by_a_person_or_an_erasure_is_never_made_later(
    cast: Cast, by_hand: datetime
) -> None:
    part = kept(cast)
    caught_up()
    Recording.objects.update(expires_at=by_hand)
    sooner = RetentionPolicyFactory.create(team=cast.claims, delete_after="P2M")
    caught_up()
    RetentionPolicy.objects.filter(pk=sooner.pk).delete()
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P9Y")

    caught_up()

    part.refresh_from_db()
    assert part.expires_at == by_hand


def test_a_floor_keeps_what_an_erasure_would_have_destroyed(cast: Cast) -> None:
    part = kept(cast)
    floor = RetentionPolicyFactory.create(
        team=cast.claims, keep_at_least="P1Y", delete_after=""
    )
    caught_up()
    Recording.objects.update(expires_at=NOW)

    assert expiry.due(now=NOW + timedelta(days=1), limit=9) == []
    RetentionPolicy.objects.filter(pk=floor.pk).update(is_ended=True, edition=9_999)
    caught_up()
    assert expiry.due(now=NOW + timedelta(days=1), limit=9) == [part.id]


def test_grace_hides_before_it_destroys(cast: Cast) -> None:
    part = kept(cast)
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P10D", grace_days=30)
    caught_up()
    part.refresh_from_db()

    assert part.expires_at
    assert part.expires_at < NOW
    assert expiry.due(now=NOW, limit=9) == []
    last = BERLIN.end_of(date(2026, 3, 13))
    assert expiry.due(now=last, limit=9) == [part.id]


def test_presets_that_nobody_adopted_destroy_nothing(cast: Cast) -> None:
    assert RetentionPolicy.objects.filter(adopted_by=None).exclude(delete_after="")
    part = kept(cast, purposes=["quality", "legal_duty"])
    where(part, "FR", "BE", "US-PA", "GB")

    caught_up()

    part.refresh_from_db()
    assert [b for b in part.dating["bounds"] if not b["counts"]], "they only show"
    assert part.keep_until, "the floor of a default counts"
    assert (part.expires_at, part.policy_id) == (None, None)
    assert expiry.due(now=NOW + timedelta(days=9_999), limit=9) == []


def test_an_alert_about_no_policy_is_over_when_one_reaches_all(cast: Cast) -> None:
    kept(cast)
    AlertFactory.create(
        kind=Alert.Kind.NO_POLICY,
        subject=str(cast.claims.pk),
        team=cast.claims,
        opened_at=ENDED,
    )
    caught_up()
    assert Alert.objects.get().closed_at is None

    RetentionPolicyFactory.create(team=cast.claims)
    caught_up()

    assert Alert.objects.get().closed_at == NOW


def where(part: Recording, *places: str) -> None:
    ConsentVerdict.objects.create(
        call=part.call,
        number=ConsentVerdict.objects.count() + 1,
        levels={},
        announce="before",
        reasons=[{"place": place, "rule_id": ""} for place in ("", *places)],
        fingerprint="x",
    )


NUMBER = "+493012345678"


@pytest.mark.parametrize(
    ("said", "covers"),
    [
        ({}, True),
        ({"direction": "inbound"}, True),
        ({"direction": "outbound"}, False),
        ({"purposes": ["quality", "security"]}, True),
        ({"purposes": ["security"]}, False),
        ({"places": ["DE"]}, True),
        ({"places": ["EU"]}, True),
        ({"places": ["US"]}, True),
        ({"places": ["US-CA"]}, True),
        ({"places": ["US-NY", "FR"]}, False),
        ({"label_key": "regime"}, True),
        ({"label_key": "regime", "label_value": "US-REGF"}, True),
        ({"label_key": "regime", "label_value": "US-SOX"}, False),
        ({"label_key": "ticket"}, False),
        ({"places": ["DE"], "purposes": ["security"]}, False),
        ({"item_kind": "transcript"}, False),
    ],
)
def test_what_a_policy_covers(
    cast: Cast, said: dict[str, Any], *, covers: bool
) -> None:
    part = kept(cast, direction="inbound", purposes=["evidence", "quality"])
    where(part, "FR")  # an older verdict counts no more
    where(part, "DE", "US-CA")
    CallLabel.objects.create(call=part.call, key="regime", value="US-REGF")
    policy = RetentionPolicyFactory.create(team=None, **said)

    found = covering.covering([part.call_id], [policy])

    assert found[part.call_id] == ([policy] if covers else [])


def test_a_policy_covers_its_team_and_its_numbers(cast: Cast) -> None:
    part = kept(cast)
    number = PhoneNumber.from_raw(NUMBER)
    PartyFactory.create(call=part.call, number=number)
    mine, other, listed, unlisted, both, named, unnamed = (
        RetentionPolicyFactory.create(**said)
        for said in (
            {"team": cast.claims},
            {"team": cast.sales},
            {"team": None, "numbers": [number.pk]},
            {"team": None, "numbers": [PhoneNumber.from_raw("+49301111111").pk]},
            {"team": None, "teams": [cast.sales.pk, cast.claims.pk]},
            {"team": None, "calls": [part.call_id]},
            {"team": None, "calls": [CallFactory.create().pk]},
        )
    )

    found = covering.covering(
        [part.call_id], [mine, other, listed, unlisted, both, named, unnamed]
    )

    assert set(found[part.call_id]) == {mine, listed, both, named}


def test_a_page_is_dated_in_few_queries(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        kept(cast)
    RetentionPolicyFactory.create(team=cast.claims)

    with django_assert_max_num_queries(20):
        assert dating.catch_up(now=NOW) == 6


CONTRACT = "event:contract_ended"
DRAFTS: list[dict[str, Any]] = [
    {"delete_after": "P1M", "clock": CONTRACT},
    {"delete_after": "P2M", "keep_at_least": "P1M", "clock": CONTRACT},
    {"delete_after": "", "keep_at_least": "P1M", "clock": CONTRACT},
    {"delete_after": "P36500Y"},
    {"delete_after": "", "kept_until": date(2026, 9, 30)},
    {"delete_after": "P1M"},
    {"delete_after": "P30D", "clock": "calendar_year"},
    {"delete_after": "P1M", "clock": "fiscal_year"},
    {"delete_after": "P2M", "keep_at_least": "P2M"},
    {"delete_after": "", "keep_at_least": "P3Y"},
    {"delete_after": "P10D", "purposes": ["quality"]},
]


def told_of(call: Call, *, on: datetime) -> None:
    event = ClockEventFactory.create(code="contract_ended")
    told_events.tell(
        event=event, calls=[call], occurred_at=on, by=event.added_by, now=NOW
    )


@pytest.mark.parametrize("said", DRAFTS)
def test_a_rehearsal_says_exactly_what_then_happens(
    cast: Cast, said: dict[str, Any]
) -> None:
    """SQL's calendar against the pure rules: the same recordings, the same dates."""
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P6M")
    RetentionPolicyFactory.create(team=None, delete_after="", keep_at_least="P40D")
    for days in range(0, 420, 30):
        part = kept(cast, purposes=["quality" if days % 60 else "evidence"])
        part.ended_at = part.hashed_at = ENDED - timedelta(days=days)
        part.save()
        if days % 90 == 0:
            told_of(part.call, on=ENDED + timedelta(days=20 - days / 2))
    erased = kept(cast)
    caught_up()
    Recording.objects.filter(pk=erased.pk).update(expires_at=NOW)
    before = dict(Recording.objects.values_list("id", "expires_at"))
    draft = RetentionPolicyFactory.create(
        team=cast.claims, version=0, edition=0, published_at=None, **said
    )

    told = rehearsal.effect(draft, now=NOW)

    RetentionPolicy.objects.filter(pk=draft.pk).update(
        version=1, edition=policies.edition() + 1, published_at=timezone.now()
    )
    caught_up()
    found = covering.covering(Call.objects.values_list("pk", flat=True), [draft])
    touched = Recording.objects.filter(call__in=found)
    after = dict(touched.values_list("id", "expires_at"))
    far = NOW + timedelta(days=99_999)
    soon = NOW + rehearsal.SOON
    assert told.covers == len(found)
    assert told.earlier == sum((after[i] or far) < (before[i] or far) for i in after)
    assert told.later == sum((after[i] or far) > (before[i] or far) for i in after)
    assert told.soon == sum((at or far) < soon for at in after.values())
    assert told.soon_now == sum((at or far) < soon for at in map(before.get, after))
    assert told.soon_bytes == told.soon * 7
    narrowed = touched.exclude(narrowed_from=None).count()
    assert told.kept_by_floor == narrowed


def test_facts_that_change_have_it_dated_again(cast: Cast) -> None:
    part = kept(cast)
    policy = RetentionPolicyFactory.create(team=None, label_key="regime")
    caught_up()
    CallLabel.objects.create(call=part.call, key="regime", value="X")

    keeping.doubt([part.call_id])
    caught_up()

    part.refresh_from_db()
    assert part.policy_id == policy.pk
