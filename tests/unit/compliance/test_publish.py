"""A task is handed over after the commit, and a broken broker costs next to nothing."""

import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from celery import shared_task
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance import publish
from tests.waiting import until


@shared_task(name="tests.noted")
def noted(**kwargs: Any) -> None:
    """A task that nobody ever runs."""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "_paused_until", 0.0)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What reached Celery."""
    given: list[Any] = []
    monkeypatch.setattr(
        noted, "apply_async", lambda **more: given.append(more["kwargs"])
    )
    return given


@pytest.fixture
def stalled() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_before_the_commit(handed: list[Any]) -> None:
    with transaction.atomic():
        publish.publish_after_commit(noted, event_id="EV_1")
        assert handed == []

    assert handed == [{"event_id": "EV_1"}]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_published_for_what_was_rolled_back(handed: list[Any]) -> None:
    with transaction.atomic():
        publish.publish_after_commit(noted, event_id="EV_1")
        transaction.set_rollback(True)

    assert handed == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_refuses_is_logged_and_rested_from(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"

    with caplog.at_level(logging.WARNING):
        publish.publish_after_commit(noted, event_id="EV_1")
        publish.publish_after_commit(noted, event_id="EV_2")

    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["broker.unreachable"], "the second was not even tried"
    assert "EV_1" not in caplog.text
    assert publish._paused_until > time.monotonic() + 4


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_never_answers_costs_its_time_out_once(
    settings: Settings, stalled: str
) -> None:
    settings.CELERY_BROKER_URL = stalled

    began = time.monotonic()
    for number in range(20):
        publish.publish_after_commit(noted, event_id=f"EV_{number}")

    assert time.monotonic() - began < 3


def test_many_threads_meet_a_dead_broker_and_all_go_on(
    settings: Settings, stalled: str
) -> None:
    settings.CELERY_BROKER_URL = stalled

    began = time.monotonic()
    with ThreadPoolExecutor(24) as threads:
        list(threads.map(lambda n: publish._publish(noted, {"id": str(n)}), range(48)))

    assert time.monotonic() - began < 5


@pytest.mark.django_db(transaction=True)
def test_after_the_rest_it_is_tried_again(
    settings: Settings, handed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_paused_until", time.monotonic() + 60)
    publish.publish_after_commit(noted, event_id="EV_1")
    assert handed == []

    monkeypatch.setattr(publish, "_paused_until", time.monotonic() - 0.001)
    publish.publish_after_commit(noted, event_id="EV_2")
    assert handed == [{"event_id": "EV_2"}]


@pytest.mark.django_db(transaction=True)
def test_many_nudges_are_one_message_and_the_next_is_another(handed: list[Any]) -> None:
    with transaction.atomic():
        publish.nudge_after_commit(noted)
        assert not publish._nudged
    for _nudge in range(20):
        publish.nudge_after_commit(noted)
    until(lambda: handed == [{}])
    assert not publish._nudged

    publish.nudge_after_commit(noted)

    until(lambda: handed == [{}, {}])


@pytest.mark.django_db(transaction=True)
def test_whatever_goes_wrong_the_request_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(**_more: Any) -> None:
        raise RuntimeError("a bug in the transport")

    monkeypatch.setattr(noted, "apply_async", explode)

    with transaction.atomic():
        publish.publish_after_commit(noted, event_id="EV_1")
