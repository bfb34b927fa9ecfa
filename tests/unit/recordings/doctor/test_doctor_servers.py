"""What is told of settings, database, Redis, beat and workers that are not well."""

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from celery import Task
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from kombu.exceptions import OperationalError
from pytest_django.fixtures import Settings

from portal.celery import EVIDENCE, ORDINARY
from recordings import pulse
from recordings.doctor import configuration, database, redis_server, workers
from recordings.finding import Level
from tests.unit.recordings.doctor.looking import only, told

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url(NOWHERE, socket_connect_timeout=0.2)
    monkeypatch.setattr(pulse, "_client", lambda timeout_seconds: dead)


# --- Settings ---


def test_settings_of_development_are_told_of(settings: Settings) -> None:
    settings.DEBUG = True

    assert "EARWITNESS_DEBUG" in only(configuration.findings()).remedy


def test_each_unsafe_setting_is_a_failure(settings: Settings) -> None:
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["*"]
    settings.LIVEKIT_SIMULATOR = True
    settings.METRICS_TOKEN = "short"

    failed = told(configuration.findings(), Level.FAIL)

    assert "Name the hosts this portal serves." in failed.values()
    assert "The simulator of LiveKit is on" in failed
    assert "The token of /metrics is short" in failed


# --- Database ---


@pytest.mark.django_db
def test_a_database_that_is_well(settings: Settings) -> None:
    sound = told(database.findings(), Level.OK)

    assert {"every migration is there", "the audit log refuses changes"} <= set(sound)


@pytest.fixture
def dead_database(db: None) -> Iterator[BaseDatabaseWrapper]:
    """A database at whose address nobody answers."""
    dead = connections.create_connection("default")
    dead.settings_dict = {**dead.settings_dict, "HOST": "127.0.0.1", "PORT": "9"}
    yield dead
    dead.close()


def test_a_database_that_does_not_answer(
    dead_database: BaseDatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "connection", dead_database)

    finding = only(database.findings())

    assert finding.level is Level.FAIL
    assert "DATABASE_URL" in finding.remedy


def test_a_database_that_is_too_old() -> None:
    assert database._version((14, 9)).level is Level.FAIL
    assert database._version((15, 0)).level is Level.OK


@pytest.mark.django_db
def test_missing_migrations() -> None:
    applied = MigrationRecorder(connection).migration_qs
    applied.filter(app="compliance").exclude(name="0001_initial").delete()

    failed = told(database.findings(), Level.FAIL)

    assert set(failed.values()) == {"manage.py migrate"}


@pytest.mark.django_db
def test_a_log_whose_guard_is_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE compliance_auditentry DISABLE TRIGGER audit_refuses_change"
        )

    (failed,) = told(database.findings(), Level.FAIL)

    assert "audit_refuses_change" in failed
    assert "audit_refuses_truncate" not in failed


@pytest.mark.django_db
def test_a_role_that_owns_the_tables_is_warned_of_and_another_is_not() -> None:
    warned = "this role could switch the guard of the audit log off"
    assert warned in told(database.findings(), Level.WARN)

    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE earwitness_of_a_test NOLOGIN")
        cursor.execute("GRANT SELECT ON django_migrations TO earwitness_of_a_test")
        cursor.execute("SET LOCAL ROLE earwitness_of_a_test")

    assert told(database.findings(), Level.WARN) == {}


# --- Redis ---


def test_a_redis_that_does_not_answer(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = NOWHERE

    (failed,) = told(redis_server.findings(), Level.FAIL).values()

    assert failed.startswith("CELERY_BROKER_URL")


class Answering:
    """A Redis that tells this about itself."""

    def __init__(self, **about: Any) -> None:
        self._about = about

    def info(self) -> dict[str, Any]:
        return self._about


def test_a_redis_that_refuses_our_password(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(url: str) -> None:
        raise redis.AuthenticationError

    monkeypatch.setattr(redis_server, "connect", refuses)

    (failed,) = told(redis_server.findings(), Level.FAIL).values()

    assert "password" in failed


@pytest.mark.parametrize(
    ("about", "warned"),
    [
        ({"maxmemory": 1000, "maxmemory_policy": "allkeys-lru"}, 1),
        ({"maxmemory": 1000, "maxmemory_policy": "noeviction"}, 0),
        ({"maxmemory": 0, "maxmemory_policy": "allkeys-lru"}, 0),
    ],
)
def test_a_broker_that_may_forget(
    monkeypatch: pytest.MonkeyPatch, about: dict[str, Any], warned: int
) -> None:
    monkeypatch.setattr(redis_server, "connect", lambda url: Answering(**about))

    assert len(told(redis_server.findings(), Level.WARN)) == warned


# --- Beat and workers ---


@pytest.mark.parametrize(
    ("age", "level"),
    [(3.0, Level.OK), (40.0, Level.WARN), (130.0, Level.FAIL), (None, Level.FAIL)],
)
def test_how_long_ago_the_beat_was_seen(
    monkeypatch: pytest.MonkeyPatch, age: float | None, level: Level
) -> None:
    monkeypatch.setattr(pulse, "beat_age", lambda: age)

    assert only(workers.beat()).level is level


def test_without_redis_neither_beat_nor_worker_is_known(no_redis: None) -> None:
    assert only(workers.beat()).remedy == "Put Redis right first."


def test_a_worker_that_answers(
    monkeypatch: pytest.MonkeyPatch, clean_cache: None
) -> None:
    def at_once(task: Any, *, kwargs: dict[str, str], **options: Any) -> None:
        task(**kwargs)

    monkeypatch.setattr(Task, "apply_async", at_once)

    found = told(workers.worker(), Level.OK)
    assert len(found) == 2
    assert all(queue in " ".join(found) for queue in (ORDINARY, EVIDENCE))


def test_nobody_takes_what_proof_depends_on(
    monkeypatch: pytest.MonkeyPatch, clean_cache: None
) -> None:
    def when_ordinary(
        task: Any, *, kwargs: dict[str, str], queue: str, **options: Any
    ) -> None:
        if queue == ORDINARY:
            task(**kwargs)

    monkeypatch.setattr(workers, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(Task, "apply_async", when_ordinary)

    (remedy,) = told(workers.worker(), Level.FAIL).values()

    assert f"--queues={EVIDENCE}" in remedy


def test_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(Task, "apply_async", lambda task, **options: None)

    remedies = told(workers.worker(), Level.FAIL).values()

    assert len(remedies) == 2
    assert all("celery -A portal worker" in remedy for remedy in remedies)


def test_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(task: Any, **options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(Task, "apply_async", unreachable)

    assert len(told(workers.worker(), Level.FAIL)) == 1
