"""Productions of 1,000 and of 10,000 calls: seconds beside a bare copy, flat memory."""

import hashlib
import io
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.test import override_settings

from compliance.access.roles import Role
from compliance.custody import Scope
from recordings import media_store
from recordings.models import Call, Production, Recording
from recordings.productions import asking
from recordings.productions.asking import Wanted
from tests.bench import report
from tests.cast import Cast
from tests.factories.productions import NOW, agreed, worked
from tests.factories.recordings import CallFactory, RecordingFactory, RoomFactory
from tests.factories.second_person import second

CALLS = 1_000
FEW = 200
SOUND = bytes(range(256)) * 800
"""About what three minutes of speech are."""
MOST = 10_000
SHORT = SOUND[:16_000]
"""Of the most calls: it is about their number."""
MOST_SECONDS = 600
BATCH = 500
MOST_MB = 32


def run(cast: Cast) -> None:
    """Report both, each in folders of its own."""
    for measure in (_measure, _measure_most):
        with TemporaryDirectory() as folder:
            exports = {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": Path(folder) / "exports"},
            }
            with override_settings(
                MEDIA_STORE={"kind": "local", "root": Path(folder) / "media"},
                STORAGES={**settings.STORAGES, "exports": exports},
            ):
                measure(cast, Path(folder))


def _measure(cast: Cast, folder: Path) -> None:
    """The time of 1,000 calls, and their memory beside that of 200."""
    other = second(Role.OFFICER)
    calls = _recorded(cast, CALLS, SOUND)
    peaks = []
    for some in (calls[:FEW], calls):
        agreed(_asked(cast, some), other)
        peaks.append(_peak(worked))
    agreed(_asked(cast, calls), other)
    seconds = report.timed(worked)
    bare = report.timed(lambda: _copied(folder))
    few, many = peaks
    report.within("production_1000_s", seconds, bare, limit=60, unit="s")
    report.within("production_1000_peak_mb", many, few, limit=MOST_MB, unit="MB")


def _measure_most(cast: Cast, folder: Path) -> None:
    """The same of 10,000 calls, beside a tenth of them."""
    other = second(Role.OFFICER, "Thea Third")
    calls = _recorded(cast, MOST, SHORT)
    agreed(_asked(cast, calls[:CALLS]), other)
    few = _peak(worked)
    agreed(_asked(cast, calls), other)
    many = _peak(worked)
    report.within("production_10000_peak_mb", many, few, limit=MOST_MB, unit="MB")
    agreed(_asked(cast, calls), other)
    seconds = report.timed(worked)
    bare = report.timed(lambda: _copied(folder))
    report.within("production_10000_s", seconds, bare, limit=MOST_SECONDS, unit="s")


def _recorded(cast: Cast, count: int, sound: bytes) -> list[Call]:
    room = RoomFactory.create()
    sha256 = hashlib.sha256(sound).hexdigest()
    calls = [
        CallFactory.build(room=room, team=cast.claims, sip_call_id=f"{room.pk}_{n}")
        for n in range(count)
    ]
    Call.objects.bulk_create(calls, batch_size=BATCH)
    parts = [
        RecordingFactory.build(call=one, bytes=len(sound), sha256=sha256)
        for one in calls
    ]
    for part in Recording.objects.bulk_create(parts, batch_size=BATCH):
        media_store.store().put(part.object_key, io.BytesIO(sound), "audio/ogg")
    return calls


def _asked(cast: Cast, calls: list[Call]) -> Production:
    wanted = Wanted(
        to=Production.To.COURT,
        recipient="R",
        matter="M",
        basis="B",
        due_at=NOW + timedelta(days=1),
        scope=Scope(calls=tuple(one.pk for one in calls)),
    )
    return asking.ask(wanted=wanted, by=cast.officer, now=NOW)


def _copied(folder: Path) -> None:
    """The same files into one, each hashed on its way, by nothing but Python."""
    with (folder / "bare").open("wb") as out:
        for path in sorted((folder / "media").rglob("*.ogg")):
            data = path.read_bytes()
            hashlib.sha256(data).digest()
            out.write(data)


def _peak(act: Callable[[], object]) -> float:
    """The most memory that Python held while it was done, in MB."""
    tracemalloc.start()
    act()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1_000_000
