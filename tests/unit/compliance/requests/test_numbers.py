"""A number goes when nothing needs it any more."""

from datetime import UTC, datetime, timedelta

import pytest

from compliance.custody import Bearing, Scope, Subject
from compliance.models import Hold, PhoneNumber, SubjectRequest
from compliance.requests import handling, numbers, request_log
from recordings.models import DoNotRecord
from tests.cast import Cast
from tests.factories.compliance import (
    HoldFactory,
    PhoneNumberFactory,
    RetentionPolicyFactory,
)
from tests.factories.recordings import PartyFactory, TrunkFactory
from tests.factories.requests import NUMBER, RECEIVED, asked, verified
from tests.nothing_left import Facts, left

NOW = datetime(2026, 11, 2, tzinfo=UTC)
OVER = RECEIVED + timedelta(days=800)


def erased(number: PhoneNumber) -> int:
    subject = Subject((Bearing(number.pk),))
    return numbers.Numbers().erase(subject, spare=(), now=NOW, limit=10)


@pytest.mark.django_db
def test_one_that_nothing_points_at_is_deleted() -> None:
    number = PhoneNumberFactory.create()

    assert erased(number) == 1
    assert not PhoneNumber.objects.exists()
    assert erased(number) == 0


@pytest.mark.parametrize("what", ["party", "trunk", "policy", "hold", "request"])
def test_one_that_is_needed_stays_readable(cast: Cast, what: str) -> None:
    number = PhoneNumber.of(NUMBER)
    if what == "party":
        PartyFactory.create(number=number)
    elif what == "trunk":
        TrunkFactory.create(number=number)
    elif what == "policy":
        RetentionPolicyFactory.create(numbers=[number.pk])
    elif what == "hold":
        HoldFactory.create(scope=Scope(numbers=(number.pk,)).as_json())
    else:
        asked(cast.officer)

    assert erased(number) == 0
    number.refresh_from_db()
    assert number.e164 == NUMBER


def test_a_hold_that_is_over_needs_none(cast: Cast) -> None:
    number = PhoneNumber.of(NUMBER)
    scope = Scope(numbers=(number.pk,)).as_json()
    HoldFactory.create(
        scope=scope, state=Hold.State.OVER, released_at=NOW, cools_until=NOW
    )

    assert erased(number) == 1


def closed(cast: Cast, kind: str = "erasure") -> SubjectRequest:
    request = asked(cast.officer, kind=kind)
    verified(request, cast.officer)
    handling.close(
        request=request,
        outcome=handling.Outcome.FULFILLED,
        why="Done.",
        by=cast.officer,
        now=RECEIVED,
    )
    return request


def test_what_a_request_alone_kept_goes_with_it(cast: Cast) -> None:
    facts = Facts((NUMBER,), ("Erika Muster",), ("erika@example.org",))
    closed(cast)
    assert left(facts)

    assert request_log.sweep(now=OVER) == 1

    assert left(facts) == []


@pytest.mark.parametrize(("kind", "shown"), [("erasure", ""), ("access", NUMBER)])
def test_the_list_keeps_no_more_than_the_hash_of_who_was_erased(
    cast: Cast, kind: str, shown: str
) -> None:
    closed(cast, kind=kind)
    DoNotRecord.objects.create(
        number=PhoneNumber.of(NUMBER),
        reason=DoNotRecord.Reason.OBJECTION,
        since=RECEIVED,
        added_by=cast.officer,
    )

    request_log.sweep(now=OVER)

    number = PhoneNumber.find(NUMBER)
    assert number is not None
    assert number.e164 == shown
