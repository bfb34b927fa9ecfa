"""A caller who was not told that an AI speaks is an alert, where he had to be told."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from compliance.models import PhoneNumber
from compliance.models.team import StaffedBy
from recordings import ai_disclosure, capture, consent
from recordings.models import Alert, Call, ConsentRecord, Party
from tests.cast import Cast
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
)

pytestmark = pytest.mark.django_db
Role = Party.Role


def after(seconds: float) -> Any:
    return STARTED + timedelta(seconds=seconds)


def a_call(
    cast: Cast, *, number: str = "+493023125001", agent: Role = Role.AGENT
) -> Call:
    """A caller and, a second later, somebody of ours."""
    call: Call = CallFactory.create(
        team=cast.claims, ended_at=None, consent=Call.Consent.UNDECIDED
    )
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(number))
    PartyFactory.create(call=call, role=agent, number=None, joined_at=after(1))
    return call


def in_texas(cast: Cast) -> None:
    with transaction.atomic():
        cast.claims.seat = "US-TX"
        cast.claims.save()


def tell(call: Call, seconds: float, **more: Any) -> None:
    """The agent reports that it said so, so many seconds into the call."""
    ConsentRecordFactory.create(
        call=call,
        kind=ConsentRecord.Kind.AI_DISCLOSED,
        occurred_at=after(seconds),
        **more,
    )


def alerts(call: Call, seconds: float) -> int:
    """Think at that second of the call; how many alerts are open then."""
    capture.reconsider(call_id=call.id, now=after(seconds))
    kind = Alert.Kind.UNDISCLOSED_AI
    return Alert.objects.filter(kind=kind, closed_at=None).count()


def hang_up(call: Call, seconds: float) -> None:
    Call.objects.filter(pk=call.pk).update(ended_at=after(seconds))
    call.parties.update(left_at=after(seconds))


def is_wanted(call: Call, seconds: float) -> bool:
    now = after(seconds)
    verdict = consent.peek(call, now=now).verdict
    return ai_disclosure.is_wanted(call, verdict, now=now)


def test_a_minute_without_a_word_of_it_is_an_alert(cast: Cast) -> None:
    call = a_call(cast)

    assert alerts(call, 30) == 0, "there is still time"
    assert alerts(call, 61) == 1
    alert = Alert.objects.get(kind=Alert.Kind.UNDISCLOSED_AI)
    assert (alert.call, alert.severity) == (call, Alert.Severity.URGENT)


def test_a_shorter_call_is_one_when_it_ends(cast: Cast) -> None:
    call = a_call(cast)
    hang_up(call, 20)
    assert alerts(call, 21) == 1


def test_who_hung_up_at_once_could_not_be_told(cast: Cast) -> None:
    call = a_call(cast)
    hang_up(call, 4)
    assert alerts(call, 90) == 0


def test_who_was_told_is_no_alert(cast: Cast) -> None:
    call = a_call(cast)
    assert is_wanted(call, 2)
    tell(call, 3)
    assert not is_wanted(call, 4)
    assert alerts(call, 90) == 0


def test_it_never_counts_as_an_announcement_of_the_recording(cast: Cast) -> None:
    call = a_call(cast)
    before = consent.peek(call, now=after(9)).plan
    tell(call, 3)

    assert consent.peek(call, now=after(9)).plan == before
    assert not before.may_start
    capture.reconsider(call_id=call.id, now=after(9))
    call.refresh_from_db()
    assert call.consent == Call.Consent.PENDING


def test_told_too_late_stays_with_an_officer(cast: Cast) -> None:
    call = a_call(cast)
    tell(call, 80)
    assert not is_wanted(call, 90)
    assert alerts(call, 90) == 1


def test_a_report_that_was_only_late_closes_the_alert(cast: Cast) -> None:
    call = a_call(cast)
    assert alerts(call, 70) == 1
    tell(call, 5)
    assert alerts(call, 80) == 0


def test_it_is_told_once_a_call(cast: Cast) -> None:
    call = a_call(cast)
    alerts(call, 70)
    Alert.objects.update(closed_at=after(75))

    assert alerts(call, 80) == 0
    assert Alert.objects.count() == 1


def test_a_second_caller_has_to_be_told_too(cast: Cast) -> None:
    call = a_call(cast)
    tell(call, 3)
    second: Party = PartyFactory.create(
        call=call, number=PhoneNumber.from_raw("+493023125002"), joined_at=after(30)
    )
    assert is_wanted(call, 31)

    tell(call, 33, party=second)
    assert not is_wanted(call, 34)
    assert alerts(call, 120) == 0


def test_people_need_not_say_that_they_are_none(cast: Cast) -> None:
    call = a_call(cast, agent=Role.STAFF)
    assert not is_wanted(call, 2)
    assert alerts(call, 120) == 0


def test_an_ai_that_takes_over_later_has_a_minute_from_then(cast: Cast) -> None:
    call = a_call(cast, agent=Role.STAFF)
    PartyFactory.create(call=call, role=Role.AGENT, number=None, joined_at=after(300))

    assert is_wanted(call, 301)
    assert alerts(call, 330) == 0
    assert alerts(call, 361) == 1


def test_before_anybody_of_ours_is_known_the_team_says_who_speaks(cast: Cast) -> None:
    """The agent is often faster than LiveKit's news of it."""
    call = a_call(cast)
    call.parties.filter(role=Role.AGENT).delete()
    call.team.staffed_by = StaffedBy.AGENTS
    assert is_wanted(call, 1)
    call.team.staffed_by = StaffedBy.PEOPLE
    assert not is_wanted(call, 1)


def test_before_the_day_of_the_law_nobody_is_asked(cast: Cast) -> None:
    call = a_call(cast)
    earlier = timedelta(days=120)
    for row in (*call.parties.all(), call):
        for name in ("joined_at", "started_at", "noticed_at"):
            if getattr(row, name, None):
                setattr(row, name, getattr(row, name) - earlier)
        row.save()
    hang_up(call, -120 * 24 * 3600 + 90)

    assert not is_wanted(call, -120 * 24 * 3600 + 9)
    assert alerts(call, 0) == 0


def test_outside_the_union_only_where_the_team_wants_it(cast: Cast) -> None:
    in_texas(cast)
    call = a_call(cast, number="+15125550142")
    assert alerts(call, 90) == 0

    with transaction.atomic():
        cast.claims.disclose_ai = True
        cast.claims.save()
    assert alerts(call, 91) == 1


def test_a_caller_from_the_union_has_the_right_with_him(cast: Cast) -> None:
    in_texas(cast)
    assert alerts(a_call(cast, number="+33142345678"), 90) == 1
