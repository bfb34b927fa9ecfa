"""A part goes when its team says, and earlier where the law of its call says so."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from compliance.models import PhoneNumber, Purpose
from compliance.retention.periods import legal_calendar
from recordings import consent, keeping
from recordings.models import Call, Party, Recording
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import PartyFactory

FRENCH = "+33144556677"
QUALITY = (Purpose.EVIDENCE, Purpose.QUALITY)


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


def judge(call: Call) -> None:
    with transaction.atomic():
        consent.standing(call, now=timezone.now())


def with_somebody_french(call: Call) -> Party:
    """Somebody in France is on the call, too: keep copies for quality 180 days."""
    return PartyFactory.create(
        call=call,
        number=PhoneNumber.from_raw(FRENCH),
        joined_at=call.started_at,
        left_at=call.ended_at,
    )


def whole_days(ended: datetime, days: int) -> datetime:
    """A policy counts whole days: to the end of the last one."""
    return legal_calendar().end_of(ended.date() + timedelta(days=days))


def dated(call: Call) -> tuple[Recording, datetime]:
    """A part that was just checked, and its end."""
    part = part_of(call)
    keeping.set_date(part, now=timezone.now())
    part.save()
    assert part.ended_at
    return part, part.ended_at


@pytest.mark.parametrize(
    ("purposes", "policy_days", "kept_days"),
    [
        (QUALITY, 400, 180),
        (QUALITY, 90, 90),
        (QUALITY, None, 180),
        ((Purpose.EVIDENCE,), 400, 400),
        ((Purpose.EVIDENCE,), None, None),
    ],
)
def test_the_shorter_of_policy_and_law_counts(
    cast: Cast,
    purposes: tuple[Purpose, ...],
    policy_days: int | None,
    kept_days: int | None,
) -> None:
    if policy_days:
        RetentionPolicyFactory.create(team=cast.claims, delete_after=f"P{policy_days}D")
    call = hearable_call(cast.claims, purposes=purposes)
    with_somebody_french(call)
    judge(call)

    part, ended = dated(call)

    wanted = ended + timedelta(days=kept_days) if kept_days else None
    if kept_days and kept_days == policy_days:
        wanted = whole_days(ended, kept_days)
    assert part.expires_at == wanted


def test_a_law_that_was_not_asked_counts_for_nothing(cast: Cast) -> None:
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P400D")
    part, ended = dated(hearable_call(cast.claims))

    assert part.expires_at == whole_days(ended, 400)


def test_the_date_follows_a_new_verdict(cast: Cast) -> None:
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P400D")
    call = hearable_call(cast.claims)
    part, ended = dated(call)

    somebody = with_somebody_french(call)
    judge(call)
    part.refresh_from_db()
    assert part.expires_at == ended + timedelta(days=180)

    somebody.delete()
    judge(call)
    part.refresh_from_db()
    assert part.expires_at == whole_days(ended, 400)


@pytest.mark.parametrize(("by_hand", "then"), [(10, 10), (300, 180)])
def test_a_date_that_somebody_set_is_only_made_earlier(
    cast: Cast, by_hand: int, then: int
) -> None:
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P400D")
    call = hearable_call(cast.claims)
    part, ended = dated(call)
    Recording.objects.update(expires_at=ended + timedelta(days=by_hand))

    somebody = with_somebody_french(call)
    judge(call)
    part.refresh_from_db()
    assert part.expires_at == ended + timedelta(days=then)

    if by_hand < then:
        somebody.delete()
        judge(call)
        part.refresh_from_db()
        assert part.expires_at == ended + timedelta(days=by_hand)
