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
