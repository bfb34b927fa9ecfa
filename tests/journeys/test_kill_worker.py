"""Kill the worker at any step, take the broker or the database away: nothing is lost.

Real are Celery, Redis, PostgreSQL and the HTTP between all of them; LiveKit is the
simulator. The test itself is the beat.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from compliance import publish
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Level
from portal.embedded.postgres import Postgres
from portal.embedded.processes import end, spawn
from portal.embedded.redis import Redis
from recordings import media_store, tasks
from recordings.livekit.demo_audio import conversations
from recordings.livekit.simulator import Scenario, Simulator, over_http, serve
from recordings.livekit.simulator.world import Room
from recordings.models import Alert, Call, LiveKitEvent, Recording, Waveform
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import TrunkFactory
from tests.waiting import until

KEYS = {"key-one": "a secret of at least thirty-two letters"}
TRUNK = "ST_mortal"
SWEEPS = (tasks.drain_inbox, tasks.settle_recordings, tasks.reconcile)
PATIENCE_SECONDS = 90
State = Recording.State


@dataclass
class Workplace:
    """A LiveKit, a broker, a portal, and room for one worker after another."""

    home: Path
    redis: Redis
    simulator: Simulator
    environment: dict[str, str]
    workers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def mark(self) -> Path:
        """There is one as soon as a worker has died where it should."""
        return self.home / "died"

    def hire(self, *step: str) -> "subprocess.Popen[bytes]":
        """Start a worker; with a step, one that will die of it."""
        module = ("-m", "tests.journeys.dying_worker")
        command = [sys.executable, *module, str(self.mark), *step]
        worker = spawn(
            command,
            log=self.home / "worker.log",
            cwd=Path(django_settings.BASE_DIR),
            env=self.environment,
        )
        self.workers.append(worker)
        return worker

    def beat(self) -> None:
        """Publish the sweeps, as the beat does every ten seconds."""
        for sweep in SWEEPS:
            publish.publish_after_commit(sweep)

    def until(self, condition: Callable[[], object], *, beating: bool = True) -> None:
        """Wait for it, with the beat going on; shows the worker's log if in vain."""
        last = 0.0

        def happened() -> object:
            nonlocal last
            if beating and time.monotonic() - last > 0.5:
                last = time.monotonic()
                self.beat()
            return condition()

        try:
            until(happened, seconds=PATIENCE_SECONDS)
        except AssertionError:
            rows = list(
                Recording.objects.values("state", "reason", "due_at", "attempt")
            )
            log = (self.home / "worker.log").read_text()[-4000:]
            pytest.fail(f"{rows}\n{log}", pytrace=False)

    def ring(self) -> Room:
        """A caller of a minute ago, and an agent."""
        now = datetime.now(UTC) - timedelta(minutes=1)
        scenario = Scenario(trunk_id=TRUNK, caller_number=None)
        room = self.simulator.open_room(scenario.room_name(), at=now, speed=None)
        room.speech, room.speech_from = conversations()["sales_us_upgrade"], now
        self.simulator.join(room, scenario.caller())
        self.simulator.join(room, scenario.answering())
        return room


@pytest.fixture
def workplace(
    transactional_db: None,
    live_server: LiveServer,
    cast: Cast,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Workplace]:
    """One team in Texas, where nobody needs to be told."""
    team = cast.sales
    team.seat, team.fallback_level = "US-TX", Level.ONE_PARTY
    with transaction.atomic():
        team.save()
        TrunkFactory.create(livekit_id=TRUNK, team=team)
        RetentionPolicyFactory.create(team=team)
    media = tmp_path / "media"
    settings.LIVEKIT_SIMULATOR = True
    settings.LIVEKIT_API_KEYS = KEYS
    settings.MEDIA_STORE = {"kind": "local", "root": media}
    monkeypatch.setattr(publish, "_paused_until", 0.0)
    monkeypatch.setattr(publish, "PAUSE_AFTER_FAILURE_SECONDS", 0.5)
    redis = Redis(tmp_path, persistent=False)
    redis.start()
    settings.CELERY_BROKER_URL = redis.url
    simulator = Simulator(
        keys=KEYS,
        deliver=over_http(f"{live_server.url}/webhooks/livekit"),
        put=media_store.store().put,
    )
    try:
        with serve(simulator) as server:
            environment = _environment(server.url, redis.url, media)
            workplace = Workplace(tmp_path, redis, simulator, environment)
            yield workplace
            for worker in workplace.workers:
                end(worker, seconds=0.5)
    finally:
        redis.stop()


def _environment(livekit_url: str, redis_url: str, media: Path) -> dict[str, str]:
    base, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "REDIS_URL": redis_url,
        "LIVEKIT_URL": livekit_url,
        "LIVEKIT_API_KEYS": ",".join(f"{key}={value}" for key, value in KEYS.items()),
        "EARWITNESS_MEDIA_ROOT": str(media),
        "EARWITNESS_DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }


STEPS = [
    ("recordings.ingest._apply", "before"),
    ("recordings.ingest.apply_event", "after"),
    ("recordings.capture.reconsider", "after"),
    ("recordings.recorder.begin", "before"),
    ("recordings.livekit.client.start_recording", "before"),
    ("recordings.livekit.client.start_recording", "after"),
    ("recordings.recorder._apply", "after"),
    ("recordings.indexing.index", "before"),
    ("recordings.indexing._listen_through", "before"),
    ("recordings.indexing._listen_through", "after"),
    ("recordings.indexing._write_facts", "after"),
    ("recordings.indexing._finish", "after"),
]


@pytest.mark.parametrize(
    ("step", "when"), STEPS, ids=[f"{when}-{step}" for step, when in STEPS]
)
def test_a_worker_killed_at_any_step_is_replaced(
    workplace: Workplace, step: str, when: str
) -> None:
    """The same rows result, from one recorder, and each thing was done once."""
    doomed = workplace.hire(step, when)
    room = workplace.ring()
    replaced = False

    def replace_the_dead() -> None:
        nonlocal replaced
        if doomed.poll() is not None and not replaced:
            assert workplace.mark.exists(), (workplace.home / "worker.log").read_text()
            workplace.hire()
            replaced = True

    def is_recording() -> bool:
        replace_the_dead()
        return Recording.objects.filter(state=State.RECORDING).exists()

    def is_over() -> bool:
        replace_the_dead()
        return replaced and Recording.objects.filter(state=State.AVAILABLE).exists()

    workplace.until(is_recording)
    room.clock.wait(timedelta(seconds=20))
    workplace.simulator.close_room(room)
    workplace.until(is_over)
    waiting = LiveKitEvent.objects.filter(state="received")
    workplace.until(lambda: not waiting.exists())

    assert room.starts_asked == 1, "exactly one egress"
    assert len(room.recordings) == 1
    never_made = Recording.objects.filter(state=State.FAILED, reason="never_started")
    died_before_asking = (step.endswith("start_recording"), when) == (True, "before")
    assert never_made.count() == died_before_asking, "a key is never used twice"
    part = Recording.objects.exclude(id__in=never_made).get()
    assert (part.reason, part.findings, part.is_partial) == ("complete", [], False)
    assert part.egress_id == room.recordings[0].id
    assert part.bytes == room.recordings[0].info.file.size
    assert Waveform.objects.filter(recording=part).exists()
    call = Call.objects.get()
    whole = Call.Capture.PARTIAL if died_before_asking else Call.Capture.RECORDED
    assert (call.capture, call.is_live) == (whole, False)
    assert call.parties.count() == 2
    assert AuditEntry.objects.filter(act=Action.RECORDING_AVAILABLE).count() == 1
    assert not Alert.objects.filter(closed_at=None).exists()


def test_without_a_broker_events_are_taken_in_and_applied_when_it_is_back(
    workplace: Workplace,
) -> None:
    workplace.redis.stop()

    began = time.monotonic()
    room = workplace.ring()
    assert workplace.simulator.webhooks.drain(timeout_seconds=20)
    took = time.monotonic() - began

    assert workplace.simulator.webhooks.lost(room.info.name) == 0
    assert [sent.attempts for sent in workplace.simulator.webhooks.sent] == [1] * 5
    assert took < 10
    assert LiveKitEvent.objects.filter(state="received").count() == 5

    workplace.redis.start()
    workplace.hire()
    workplace.until(lambda: Recording.objects.filter(state=State.RECORDING).exists())
    assert not LiveKitEvent.objects.filter(name="participant_joined", state="received")


def test_a_worker_outlives_its_broker(workplace: Workplace) -> None:
    workplace.hire()
    first = workplace.ring()
    workplace.until(lambda: bool(first.recordings))

    workplace.redis.stop()
    workplace.redis.start()
    second = workplace.ring()

    workplace.until(
        lambda: Recording.objects.filter(state=State.RECORDING).count() == 2
    )
    assert (first.starts_asked, second.starts_asked) == (1, 1)


@pytest.mark.parametrize("hard", [False, True], ids=["restarted", "killed"])
def test_the_next_webhook_after_the_database_came_back_is_kept(
    tmp_path: Path, *, hard: bool
) -> None:
    """The web process still holds a connection to the server that is gone."""
    postgres = Postgres(tmp_path, fsync=hard)
    postgres.start()
    environment = _environment("http://127.0.0.1:9", "redis://127.0.0.1:9", tmp_path)
    environment["DATABASE_URL"] = postgres.url
    here: dict[str, Any] = {"env": environment, "cwd": django_settings.BASE_DIR}
    try:
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, check=True, **here)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.webhook_door"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **here,
        ) as door:
            assert _post(door, "EV_1") == "200 1"
            if hard and postgres.process:
                postgres.process.kill()
                postgres.process.wait()
            else:
                postgres.stop()
            assert _post(door, "EV_2").startswith("500"), "LiveKit will try again"
            postgres.start()
            assert _post(door, "EV_2") == "200 2"
            assert door.stdin
            door.stdin.close()
    finally:
        postgres.stop()


def _post(door: "subprocess.Popen[str]", event_id: str) -> str:
    assert door.stdin
    assert door.stdout
    door.stdin.write(f"{event_id}\n")
    door.stdin.flush()
    return door.stdout.readline().strip()
