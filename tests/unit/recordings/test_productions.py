"""Recordings produced for others: agreed to by two, whole, checkable, and gone in time."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access import grants, policy
from compliance.access.refusals import Refused
from compliance.access.roles import Role
from compliance.audit import seals
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Approval, AuditEntry, Person, PhoneNumber
from compliance.packages import NotThere
from compliance.retention import holds
from recordings import media_store, searching
from recordings.consultations import report
from recordings.consulted import Kind
from recordings.media_store.local import LocalStore
from recordings.models import ProducedItem, Production, Recording, Volume
from recordings.producing import volumes
from recordings.productions import asking, course, taking
from tests.cast import SINCE, Cast
from tests.factories.productions import (
    MATTER,
    NOW,
    RECIPIENT,
    agreed,
    asked,
    small,
    worked,
)
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second

Entries = Callable[..., list[AuditEntry]]
State = Production.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}


@pytest.fixture
def other(cast: Cast) -> Person:
    """A second officer."""
    return second(Role.OFFICER)


def opened(production: Production, number: int) -> zipfile.ZipFile:
    """A volume as it lies in the store."""
    volume = production.volumes.get(number=number)
    with storages["exports"].open(volume.file_name) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def table(papers: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(papers.read(name).decode())))


def handed_over(production: Production, folder: Path) -> Path:
    """What a recipient has: the volumes as they are, the papers unpacked."""
    folder.mkdir()
    for volume in production.volumes.filter(number__gt=0):
        name = f"production-{str(production.pk)[:8]}-{volume.number:03}.zip"
        with storages["exports"].open(volume.file_name) as file:
            (folder / name).write_bytes(file.read())
    opened(production, 0).extractall(folder)
    return folder


def checked(folder: Path, *more: str) -> tuple[int, str]:
    """What the checker says of it, without anything of ours."""
    run = [sys.executable, "-I", str(folder / "check_production.py"), *more]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def made(cast: Cast, other: Person, *parts: Recording) -> Production:
    production = asked(cast, *parts)
    agreed(production, other)
    worked()
    production.refresh_from_db()
    return production


def test_it_holds_the_very_bytes_and_says_what_each_is(
    cast: Cast, other: Person
) -> None:
    part = small(cast)
    PartyFactory.create(
        call=part.call, number=PhoneNumber.from_raw("+4930123454711"), name="Erika"
    )
    production = made(cast, other, part)
    assert production.state == State.READY
    name = f"recordings/{part.call_id}/1.ogg"
    assert opened(production, 1).read(name) == b"sound 0" * 50
    assert opened(production, 1).infolist()[0].compress_type == zipfile.ZIP_STORED

    (row,) = table(opened(production, 0), "index.csv")
    assert (row["file"], row["sha256"]) == (name, part.sha256)
    assert row["began"].endswith("+01:00") or row["began"].endswith("+00:00")
    assert row["team"] == "Claims"
    assert "caller Erika +4930123454711" in row["parties"]
    manifest = json.loads(opened(production, 0).read("manifest.json"))
    assert manifest["recipient"] == RECIPIENT
    assert manifest["files"][0]["sha256"] == part.sha256


def test_what_cannot_be_produced_is_listed_with_its_reason(
    cast: Cast, other: Person
) -> None:
    good, gone, altered = (small(cast, n) for n in range(3))
    media_store.store().delete_all_versions(gone.object_key)
    media_store.store().put(altered.object_key, io.BytesIO(b"other"), "audio/ogg")
    lost = small(cast, 3, state=Recording.State.LOST)
    never = CallFactory.create(team=cast.claims)
    elsewhere = small(cast, 4, store="s3://gone")
    wanted = asking.Wanted(
        to=Production.To.COURT,
        recipient=RECIPIENT,
        matter=MATTER,
        basis="B",
        due_at=NOW,
        scope=Scope(
            calls=(
                *(one.call_id for one in (good, gone, altered, lost, elsewhere)),
                never.pk,
            )
        ),
    )
    production = asking.ask(wanted=wanted, by=cast.officer, now=NOW)
    assert (production.calls, production.recordings) == (6, 5)
    agreed(production, other)
    worked()

    told = {
        row["call"]: (row["reason"], row["state"])
        for row in table(opened(production, 0), "exceptions.csv")
    }
    assert told == {
        str(gone.call_id): ("the store has no such file any more", "recorded"),
        str(altered.call_id): ("the file is not the one that was recorded", "recorded"),
        str(lost.call_id): ("there is no file that can be played", "lost"),
        str(never.pk): ("the call was not recorded", ""),
        str(elsewhere.call_id): ("the store does not give it out", "recorded"),
    }
    listed = {row["call"] for row in table(opened(production, 0), "index.csv")}
    assert listed == {str(good.call_id), str(altered.call_id)}


def test_nothing_is_made_before_a_second_person_agrees(
    cast: Cast, other: Person, entries: Entries
) -> None:
    production = asked(cast, small(cast))
    assert worked() == 0
    approval = Approval.objects.get(content__production=str(production.pk))
    assert approval.content["list"] == production.list_sha256
    with pytest.raises(Refused):
        agreed(production, cast.officer)
    ProducedItem.objects.all().delete()
    Production.objects.update(recordings=7)
    with pytest.raises(Exception, match="decided"):
        agreed(production, other)
    assert not Volume.objects.exists()
    (entry,) = entries(act=Action.PRODUCTION_ASKED)
    assert MATTER not in str(entry.facts)


def test_recipient_and_matter_lie_sealed(cast: Cast, other: Person) -> None:
    asked(cast, small(cast))
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, matter, basis FROM recordings_production")
        (row,) = cursor.fetchall()
    assert not {RECIPIENT, MATTER} & set(row)


def test_who_is_no_officer_asks_in_vain(cast: Cast, other: Person) -> None:
    part = small(cast)
    for who in (cast.lead, cast.auditor, cast.administrator):
        wanted = asking.Wanted(
            to=Production.To.COURT,
            recipient="R",
            matter="M",
            basis="B",
            due_at=NOW,
            scope=Scope(calls=(part.call_id,)),
        )
        with pytest.raises(Refused):
            asking.ask(wanted=wanted, by=who, now=NOW)
    assert not Production.objects.exists()


def test_an_officer_of_one_team_produces_only_its_calls(
    cast: Cast, other: Person
) -> None:
    grants.grant(
        person=cast.lead, role=Role.OFFICER, by=None, now=SINCE, team=cast.claims
    )
    policy.forget(cast.lead)
    mine, theirs = small(cast), CallFactory.create(team=cast.sales)
    wanted = asking.Wanted(
        to=Production.To.CLIENT,
        recipient="R",
        matter="M",
        basis="B",
        due_at=NOW,
        scope=Scope(calls=(mine.call_id, theirs.pk)),
    )
    production = asking.ask(wanted=wanted, by=cast.lead, now=NOW)
    assert (production.calls, production.team) == (1, cast.claims)


def test_a_worker_that_dies_is_followed_where_it_was(
    cast: Cast,
    other: Person,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(course, "A_VOLUME", 2)
    parts = [small(cast, n) for n in range(5)]
    production = asked(cast, *parts)
    agreed(production, other)
    open_range, dies = LocalStore.open_range, [parts[3].object_key]

    def dying(self: LocalStore, key: str, **more: object) -> object:
        if key in dies:
            dies.clear()
            raise KeyboardInterrupt
        return open_range(self, key, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalStore, "open_range", dying)
    with pytest.raises(KeyboardInterrupt):
        worked()
    (first,) = production.volumes.filter(state=Volume.State.READY)
    before = (first.made_at, first.sha256, first.attempt)

    Volume.objects.filter(state=Volume.State.MAKING).update(claimed_until=SINCE)
    assert worked() == 3
    production.refresh_from_db()
    assert production.state == State.READY
    first.refresh_from_db()
    assert (first.made_at, first.sha256, first.attempt) == before
    names = [
        name
        for number in (1, 2, 3)
        for name in opened(production, number).namelist()
        if name.startswith("recordings/")
    ]
    assert len(names) == len(set(names)) == 5


def test_volumes_are_bounded_in_bytes(
    cast: Cast, other: Person, settings: Settings
) -> None:
    settings.PRODUCTION_VOLUME_MB = 1
    parts = [small(cast, n, bytes=600_000) for n in range(3)]
    production = asked(cast, *parts)
    agreed(production, other)
    planned = production.volumes.filter(number__gt=0).values_list("planned", flat=True)
    assert sorted(planned) == [1, 1, 1]


def test_a_cancelled_one_is_not_made_and_what_is_made_is_deleted(
    cast: Cast, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "A_VOLUME", 1)
    production = asked(cast, small(cast, 1), small(cast, 2))
    agreed(production, other)
    (first, *_rest) = volumes.due(now=NOW, limit=1)
    assert volumes.make(volume_id=first, now=NOW)
    name = Volume.objects.get(pk=first).file_name
    assert course.cancel(production=production, by=cast.officer, now=NOW)
    assert not course.cancel(production=production, by=cast.officer, now=NOW)
    assert worked() == 0
    course.sweep(now=NOW)
    assert not storages["exports"].exists(name)


def test_a_worker_notices_that_it_was_cancelled(
    cast: Cast, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(volumes, "RENEWED_EVERY", -1)
    production = asked(cast, *(small(cast, n) for n in range(3)))
    agreed(production, other)
    open_range = LocalStore.open_range

    def cancelling(self: LocalStore, key: str, **more: object) -> object:
        course.cancel(production=production, by=cast.officer, now=NOW)
        return open_range(self, key, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(LocalStore, "open_range", cancelling)
    assert worked() == 0
    course.sweep(now=NOW)
    for volume in production.volumes.all():
        assert not storages["exports"].exists(volume.file_name)


def test_what_failed_is_made_again_and_the_rest_stays(
    cast: Cast, other: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    production = asked(cast, small(cast))
    agreed(production, other)
    with monkeypatch.context() as patch:

        def full(*_: object, **__: object) -> str:
            raise OSError("No space left on device")

        patch.setattr(storages["exports"], "save", full)
        for _ in range(3):
            Volume.objects.update(claimed_until=None)
            with pytest.raises(OSError, match="No space"):
                worked()
    course.settle(now=NOW)
    production.refresh_from_db()
    assert production.state == State.FAILED
    assert course.again(production=production, by=cast.officer, now=NOW)
    worked()
    production.refresh_from_db()
    assert production.state == State.READY


def test_each_time_it_is_taken_is_an_entry_and_counted(
    cast: Cast, other: Person, entries: Entries
) -> None:
    production = made(cast, other, small(cast))
    volume = production.volumes.get(number=1)
    for _ in range(2):
        given = taking.take(volume_id=volume.pk, by=cast.officer, now=NOW)
        assert given.file is not None
        given.file.close()
    volume.refresh_from_db()
    assert volume.times_taken == 2
    assert len(entries(act=Action.PRODUCTION_TAKEN, actor=cast.officer)) == 2
    with pytest.raises(Refused):
        taking.take(volume_id=volume.pk, by=cast.lead, now=NOW)
    (entry,) = entries(act=Action.RECORDING_PRODUCED)
    assert entry.facts["to"] == "court"


def test_it_lapses_unless_its_hold_is_still_in_force(cast: Cast, other: Person) -> None:
    part = small(cast)
    free = made(cast, other, part)
    hold = holds.place(
        matter=MATTER,
        reason="R",
        scope=Scope(calls=(part.call_id,)),
        by=cast.officer,
        now=NOW,
    )
    kept = asked(cast, hold=hold)
    agreed(kept, other)
    worked()
    later = NOW + timedelta(days=31)
    assert course.sweep(now=later) == 2
    for one in (free, kept):
        one.refresh_from_db()
    assert (free.state, kept.state) == (State.GONE, State.READY)
    with pytest.raises(NotThere):
        taking.take(volume_id=free.volumes.get(number=1).pk, by=cast.officer, now=later)
    given = taking.take(
        volume_id=kept.volumes.get(number=1).pk, by=cast.officer, now=later
    )
    assert given.file is not None
    given.file.close()


def test_the_person_on_the_call_is_told_of_it_without_the_recipient(
    cast: Cast, other: Person
) -> None:
    part = small(cast)
    PartyFactory.create(call=part.call, number=PhoneNumber.from_raw("+4930123454711"))
    made(cast, other, part)
    search = searching.by_person("+4930123454711", by=cast.officer, now=NOW)
    found = report(search=search, by=cast.officer, now=NOW)
    (one,) = [one for one in found.consultations if one.kind is Kind.PRODUCED]
    assert one.recipient == "a court"
    assert RECIPIENT not in str(found)


@pytest.mark.django_db(transaction=True)
def test_the_checker_believes_it_and_finds_what_was_changed(
    cast: Cast, other: Person, tmp_path: Path
) -> None:
    parts = [small(cast, n) for n in range(3)]
    hold = holds.place(
        matter=MATTER,
        reason="R",
        scope=Scope(calls=tuple(part.call_id for part in parts)),
        by=cast.officer,
        now=NOW,
    )
    first = asked(cast, hold=hold)
    agreed(first, other)
    worked()  # so that there are entries about these recordings
    while (sealed := seals.seal(now=timezone.now())) and not sealed.took_all:
        pass
    production = made(cast, other, *parts)
    folder = handed_over(production, tmp_path / "given")

    status, told = checked(folder)
    assert status == 3, told
    assert "3 of 3 files" in told
    assert "3 entries of the log, 0 of them not sealed yet" in told
    status, told = checked(folder, "--fingerprint", production.key_fingerprint)
    assert status == 0, told

    with zipfile.ZipFile(next(folder.glob("*-001.zip"))) as volume:
        volume.extractall(folder)
    next(folder.glob("*-001.zip")).unlink()
    assert checked(folder)[0] == 3, "unpacked it is as good"
    sound = next(folder.glob("recordings/*/1.ogg"))
    sound.write_bytes(sound.read_bytes() + b"x")
    status, told = checked(folder)
    assert status == 1
    assert "is not what the manifest says" in told
    sound.unlink()
    assert "is missing" in checked(folder)[1]
    trail = folder / "audit" / "001.jsonl"
    trail.write_text(trail.read_text().replace("court", "cause", 1))
    assert "is not in the sealed log" in checked(folder)[1]


def test_300_calls(cast: Cast, other: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one volume and in several, none is left out and none is there twice."""
    monkeypatch.setattr(course, "A_VOLUME", 130)
    call = small(cast).call
    Recording.objects.all().delete()
    sound = b"sound"
    parts = RecordingFactory.build_batch(300, call=call)
    for n, part in enumerate(parts):
        part.part, part.bytes = n + 1, len(sound)
        part.sha256 = "0" * 64
        part.object_key = f"recordings/x/{n}.ogg"
    Recording.objects.bulk_create(parts)
    for part in parts:
        media_store.store().put(part.object_key, io.BytesIO(sound), "audio/ogg")
    production = made(cast, other, parts[0])
    assert production.state == State.READY
    assert production.volumes.count() == 4
    assert len(table(opened(production, 0), "index.csv")) == 300
    assert len(table(opened(production, 0), "exceptions.csv")) == 300, "wrong hashes"
