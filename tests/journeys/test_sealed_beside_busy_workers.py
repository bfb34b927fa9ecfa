"""The log goes on being sealed while the workers have their hands full.

Real are beat, both workers as `make run` starts them, Redis and PostgreSQL.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from kombu import Connection

from compliance.models import AuditLeaf
from portal import programs
from portal.celery import ORDINARY, app
from portal.embedded.processes import end, spawn
from portal.embedded.redis import Redis
from tests.sealing import write
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    server = Redis(tmp_path, persistent=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def started(redis: Redis, tmp_path: Path) -> Iterator[Spawn]:
    """`started(name, command)` runs a program on this database and this Redis."""
    running: list[subprocess.Popen[bytes]] = []
    base, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    environment = os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "REDIS_URL": redis.url,
        "EARWITNESS_DEBUG": "1",
        "EARWITNESS_MEDIA_ROOT": str(tmp_path / "media"),
        "LIVEKIT_URL": "http://127.0.0.1:9",
    }

    def start(name: str, *command: str | Path) -> "subprocess.Popen[bytes]":
        log = tmp_path / f"{name}.log"
        running.append(spawn(command, log=log, cwd=settings.BASE_DIR, env=environment))
        return running[-1]

    yield start
    for process in running:
        end(process, seconds=5)


def test_an_entry_is_sealed_while_every_other_worker_waits(
    started: Spawn, redis: Redis, tmp_path: Path
) -> None:
    begun, over = tmp_path / "begun", tmp_path / "over"
    started("busy", sys.executable, "-m", "tests.journeys.waiting_worker")
    with Connection(redis.url) as broker:
        app.send_task(
            "journeys.wait", (str(begun), str(over)), queue=ORDINARY, connection=broker
        )
    until(begun.exists)
    lasting = {one.name: one for one in programs.lasting(tmp_path, 0, None)}
    for name in ("evidence", "beat"):
        started(name, *lasting[name].command)

    [entry] = write()

    sealed = AuditLeaf.objects.filter(entry_id=entry.pk)
    until(sealed.exists)
    assert not over.exists(), "nobody has let the worker go on"
