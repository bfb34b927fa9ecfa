"""What is only counted becomes a matter when there is much of it, and ends by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from recordings import intake, tasks, watch
from recordings.models import Alert
from recordings.web import matters
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]
NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def matter() -> Alert | None:
    """The matter that is open, if one is."""
    return Alert.objects.filter(closed_at=None).first()


def test_many_refused_events_within_minutes_are_a_matter() -> None:
    for n in range(watch.MANY_REFUSED - 1):
        intake.refused(now=NOW - n * MINUTE)
    watch.judge(now=NOW)
    assert matter() is None, "one or two may be anybody"

    intake.refused(now=NOW)
    watch.judge(now=NOW)
    found = matter()
    assert found
    assert (found.kind, found.severity) == ("refused_events", "critical")


def test_it_ends_after_half_an_hour_without_one() -> None:
    for _ in range(watch.MANY_REFUSED):
        intake.refused(now=NOW)
    watch.judge(now=NOW)
    watch.judge(now=NOW + 29 * MINUTE)
    assert matter()
    watch.judge(now=NOW + 30 * MINUTE)
    assert matter() is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(75, "75 seconds too early"), (-40, "40 seconds too late")]
)
def test_clocks_that_disagree_are_a_matter_that_says_by_how_much(
    cast: Cast, seconds: int, words: str
) -> None:
    late = timedelta(seconds=seconds)
    for _ in range(watch.MANY_SKEWED):
        intake.arrived(happened_at=NOW - late, now=NOW)
    watch.judge(now=NOW)

    found = matter()
    assert found
    assert found.kind == "clock_skew"
    assert words in matters.told([found], cast.officer)[0].why
    watch.judge(now=NOW + 30 * MINUTE)
    assert matter() is None


def test_an_unsigned_webhook_counts(client: Client) -> None:
    for _ in range(watch.MANY_REFUSED):
        answer = client.post(
            "/webhooks/livekit", b"{}", content_type="application/json"
        )
        assert answer.status_code == 401
    tasks.watch()
    assert matter()


def test_without_counts_nothing_is_opened_and_nothing_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(watch.MANY_REFUSED):
        intake.refused(now=NOW)
    watch.judge(now=NOW)
    monkeypatch.setattr(intake, "counts", lambda **_: None)
    watch.judge(now=NOW + 60 * MINUTE)
    assert matter()


# rooms are looked into, for events were lost


def refuse(at: datetime, *, times: int = watch.MANY_REFUSED) -> None:
    for _ in range(times):
        intake.refused(now=at)


def test_a_burst_is_told_once_as_it_begins_and_once_as_it_is_over() -> None:
    refuse(NOW)
    told = [watch.judge(now=NOW + n * MINUTE) for n in range(5)]
    assert told == [["refused_events"], [], ["refused_events"], [], []]


def test_as_long_as_it_goes_on_it_is_not_told_again() -> None:
    told = []
    for minute in range(6):
        refuse(NOW + minute * MINUTE)
        told += watch.judge(now=NOW + minute * MINUTE)
    assert told == ["refused_events"]


def test_the_next_burst_is_told_again_though_its_matter_is_still_open() -> None:
    refuse(NOW)
    watch.judge(now=NOW)
    assert watch.judge(now=NOW + 5 * MINUTE) == ["refused_events"], "it is over"
    refuse(NOW + 10 * MINUTE)
    assert watch.judge(now=NOW + 10 * MINUTE) == ["refused_events"]
    assert Alert.objects.count() == 1


def test_a_few_are_no_burst_and_end_none() -> None:
    refuse(NOW, times=watch.MANY_REFUSED - 1)
    assert watch.judge(now=NOW) == []
    assert watch.judge(now=NOW + 5 * MINUTE) == []


def test_clocks_that_disagree_are_told_like_events_refused() -> None:
    for _ in range(watch.MANY_SKEWED):
        intake.arrived(happened_at=NOW - MINUTE, now=NOW)
    assert watch.judge(now=NOW) == ["clock_skew"]
    assert watch.judge(now=NOW + 2 * MINUTE) == ["clock_skew"]
