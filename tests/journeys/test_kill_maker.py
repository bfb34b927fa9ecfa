"""A production of 1,000 calls: its maker is killed in the middle, the next one goes on."""

import csv
import hashlib
import io
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import storages
from django.db import connection
from pytest_django.fixtures import Settings

from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import AuditEntry
from recordings import media_store
from recordings.models import Call, Production, Recording, Volume
from recordings.productions import asking, course
from tests.cast import SINCE, Cast
from tests.factories.productions import NOW, agreed, worked
from tests.factories.recordings import CallFactory, RecordingFactory, RoomFactory
from tests.factories.second_person import second

Entries = Callable[..., list[AuditEntry]]
CALLS, A_VOLUME, DIES_AT = 1_000, 250, 610
SOUND = b"voices"
pytestmark = pytest.mark.django_db(transaction=True)


def recorded(cast: Cast) -> list[Call]:
    """Calls with a small file each."""
    room = RoomFactory.create()
    sha256 = hashlib.sha256(SOUND).hexdigest()
    calls = Call.objects.bulk_create(
        CallFactory.build(room=room, team=cast.claims, sip_call_id=f"SCL_{n}")
        for n in range(CALLS)
    )
    parts = [
        RecordingFactory.build(call=one, bytes=len(SOUND), sha256=sha256)
        for one in calls
    ]
    for part in Recording.objects.bulk_create(parts):
        media_store.store().put(part.object_key, io.BytesIO(SOUND), "audio/ogg")
    return calls


def asked(cast: Cast, calls: list[Call]) -> Production:
    wanted = asking.Wanted(
        to=Production.To.COURT,
        recipient="R",
        matter="M",
        basis="B",
        due_at=NOW + timedelta(days=1),
        scope=Scope(calls=tuple(one.pk for one in calls)),
    )
    return asking.ask(wanted=wanted, by=cast.officer, now=NOW)


def killed(home: Path) -> int:
    """Run a maker until it dies; its exit status."""
    base, _, _name = os.environ["DATABASE_URL"].rpartition("/")
    environment = os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "EARWITNESS_MEDIA_ROOT": str(home / "media"),
        "EARWITNESS_DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    folder = django_settings.STORAGES["exports"]["OPTIONS"]["location"]
    module = ("-m", "tests.journeys.dying_maker")
    command = [sys.executable, *module, str(DIES_AT), str(folder)]
    here = Path(django_settings.BASE_DIR)
    return subprocess.run(command, check=False, env=environment, cwd=here).returncode


def opened(production: Production, number: int) -> zipfile.ZipFile:
    volume = production.volumes.get(number=number)
    with storages["exports"].open(volume.file_name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def test_a_killed_maker_is_followed_where_it_was(
    cast: Cast,
    entries: Entries,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was made stays as it is, and each recording is there once."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    monkeypatch.setattr(course, "A_VOLUME", A_VOLUME)
    other, calls = second(Role.OFFICER), recorded(cast)
    production = asked(cast, calls)
    agreed(production, other)

    assert killed(tmp_path) == -signal.SIGKILL

    made = Volume.objects.filter(state=Volume.State.READY).order_by("number")
    before = list(made.values_list("number", "sha256", "attempt", "made_at"))
    assert [number for number, *_rest in before] == [1, 2]
    Volume.objects.update(claimed_until=SINCE)  # the dead one's lease, some minutes on
    assert worked() == 3, "two volumes and the papers"

    production.refresh_from_db()
    assert production.state == Production.State.READY
    after = list(made.values_list("number", "sha256", "attempt", "made_at"))
    assert after[1:3] == before, "after the papers, number 0"
    names = [
        name
        for number in range(1, CALLS // A_VOLUME + 1)
        for name in opened(production, number).namelist()
        if name.startswith("recordings/")
    ]
    assert len(names) == len(set(names)) == CALLS
    papers = opened(production, Volume.PAPERS)
    index = csv.DictReader(io.StringIO(papers.read("index.csv").decode()))
    assert {row["call"] for row in index} == {str(one.pk) for one in calls}
    exceptions = papers.read("exceptions.csv").decode().splitlines()
    assert len(exceptions) == 1, "the header alone"
    assert len(entries(act=Action.RECORDING_PRODUCED)) == CALLS, "each told of once"
