"""Signs of life in Redis: the beat's, and a worker's answer."""

import pytest
import redis

from recordings import pulse, tasks

pytestmark = pytest.mark.usefixtures("clean_cache")


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(pulse, "_client", lambda timeout_seconds: dead)


def test_a_beat_that_was_never_seen_has_no_age() -> None:
    assert pulse.beat_age() is None


def test_a_beat_ages_by_the_clock_of_redis() -> None:
    pulse.beat()
    assert 0 <= (pulse.beat_age() or 0) < 30

    an_hour_less = pulse.REMEMBERED_SECONDS - 3600
    pulse._client(pulse.TIMEOUT_SECONDS).expire(pulse._BEAT, an_hour_less)

    assert 3600 <= (pulse.beat_age() or 0) < 3630


@pytest.mark.django_db
def test_the_sweep_that_only_the_beat_asks_for_shows_it() -> None:
    tasks.settle_recordings()

    assert pulse.beat_age() is not None


@pytest.mark.django_db
def test_without_redis_the_sweep_goes_on(no_redis: None) -> None:
    tasks.settle_recordings()

    with pytest.raises(redis.RedisError):
        pulse.beat_age()


def test_an_answer_is_for_the_one_who_asked() -> None:
    tasks.answer(question="mine")

    assert not pulse.wait_for_answer("yours", seconds=1)
    assert pulse.wait_for_answer("mine", seconds=1)


def test_an_answer_that_nobody_fetches_is_forgotten() -> None:
    pulse.answer("mine")

    left = pulse._client(pulse.TIMEOUT_SECONDS).ttl(f"{pulse._ANSWER}mine")
    assert 0 < left <= pulse.ANSWER_SECONDS
