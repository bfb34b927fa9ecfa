"""What comes in is counted by the minute, and counting never hurts a webhook."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis

from recordings import intake
from recordings.intake import Counts

NOW = datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_counted(clean_cache: None) -> None:
    """Every count begins at none."""


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Redis that nobody answers for."""
    dead = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(intake, "_client", lambda: dead)
    yield
    monkeypatch.setattr(intake, "_paused_until", 0.0)


def test_refusals_of_the_last_minutes_are_told_apart_from_older_ones() -> None:
    intake.refused(now=NOW - timedelta(minutes=6))
    intake.refused(now=NOW - timedelta(minutes=2))
    intake.refused(now=NOW)

    assert intake.counts(now=NOW, minutes=5) == Counts(refused=2)
    assert intake.totals() == Counts(refused=3)


@pytest.mark.parametrize(
    ("late", "skewed"),
    [
        (timedelta(seconds=0), 0),
        (timedelta(seconds=30), 0),  # LiveKit retries
        (timedelta(seconds=31), 1),
        (timedelta(seconds=-31), 1),
        (timedelta(hours=-3), 1),
        (timedelta(hours=1), 0),  # an import
    ],
)
def test_an_event_is_skewed_when_its_date_is_too_far_off(
    late: timedelta, skewed: int
) -> None:
    intake.arrived(happened_at=NOW - late, now=NOW)

    told = intake.counts(now=NOW, minutes=1)
    assert told
    assert told.skewed == skewed


def test_an_event_without_a_date_is_not_judged() -> None:
    intake.arrived(happened_at=None, now=NOW)

    assert intake.counts(now=NOW, minutes=1) == Counts()


def test_the_mean_tells_how_far_the_clocks_are_apart() -> None:
    intake.arrived(happened_at=NOW - timedelta(seconds=60), now=NOW)
    intake.arrived(happened_at=NOW - timedelta(seconds=90), now=NOW)

    told = intake.counts(now=NOW, minutes=1)
    assert told
    assert told.mean_skew == 75


def test_without_redis_nothing_is_counted_and_nothing_fails(no_redis: None) -> None:
    intake.refused(now=NOW)

    assert intake.counts(now=NOW, minutes=5) is None


def test_after_a_failure_counting_rests_so_that_webhooks_do_not_wait(
    no_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake.refused(now=NOW)
    monkeypatch.setattr(intake, "_client", lambda: pytest.fail("asked Redis again"))

    began = time.monotonic()
    intake.refused(now=NOW)
    assert time.monotonic() - began < intake.TIMEOUT_SECONDS
