"""A finished part is what the store says it is, and says so where people look."""

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry, RetentionPolicy
from compliance.retention.periods import legal_calendar
from recordings import absent, indexing, media_store, oddities
from recordings.media_store import (
    ByteStream,
    MediaStore,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from recordings.models import Alert, Call, ConsentRecord, Party, Recording, Waveform
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import (
    LENGTH,
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    ConsentVerdictFactory,
    PartyFactory,
    RecordingFactory,
)
from tests.unit.recordings.sounds import encode, tone

pytestmark = pytest.mark.django_db
State = Recording.State
Entries = Callable[..., list[AuditEntry]]

ENDED = STARTED + LENGTH
NOW = ENDED + timedelta(seconds=5)
KEY = "recordings/team/2026/11/02/call/01.ogg"


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """An empty folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


@pytest.fixture
def part(cast: Cast, store: MediaStore) -> Recording:
    """A part that LiveKit says is complete, of a lawful call with an AI agent."""
    call = CallFactory.create(team=cast.claims, capture=Call.Capture.CHECKING)
    PartyFactory.create(call=call)
    PartyFactory.create(call=call, role=Party.Role.AGENT, number=None)
    ConsentVerdictFactory.create(call=call)
    ConsentRecordFactory.create(call=call)
    RetentionPolicyFactory.create(team=cast.claims, delete_after="P30D")
    return RecordingFactory.create(
        call=call,
        state=State.CHECKING,
        reason="complete",
        object_key=KEY,
        sides=Recording.Sides.AGENT_LEFT,
        source_is_sdk=True,
        sha256="",
        bytes=None,
        hashed_at=None,
        duration_ms=None,
        due_at=ENDED,
        ended_at=ENDED,
    )


@pytest.fixture(scope="module")
def both_sides() -> bytes:
    """Two seconds in which both sides speak."""
    return encode(tone(2), tone(2, hertz=300))


def put(
    store: MediaStore, content: bytes, part: Recording, *, promised: int = -1
) -> None:
    """Leave a file in the store; `promised` is the size that LiveKit told, if another."""
    store.put(KEY, io.BytesIO(content), "audio/ogg")
    part.promised_bytes = len(content) if promised < 0 else promised
    part.save()


def check(part: Recording, *, seconds: float = 0) -> Recording:
    """Check it that much later."""
    indexing.index(recording_id=part.id, now=NOW + timedelta(seconds=seconds))
    part.refresh_from_db()
    return part


def kinds() -> list[str]:
    return sorted(Alert.objects.values_list("kind", flat=True))


# as it should be


def test_what_nobody_consented_to_is_held_back(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    """The file is good, and no report says that anybody was told."""
    ConsentRecord.objects.all().delete()
    put(store, both_sides, part)

    check(part)

    assert (part.state, part.reason) == (State.QUARANTINED, "not_reported")
    assert kinds() == [Alert.Kind.UNLAWFUL_PART]


def test_a_good_file_is_available_with_its_facts(
    part: Recording, store: MediaStore, both_sides: bytes, entries: Entries
) -> None:
    put(store, both_sides, part)

    check(part)

    assert (part.state, part.is_partial, part.findings) == (State.AVAILABLE, False, [])
    assert part.bytes == len(both_sides)
    assert part.sha256 == hashlib.sha256(both_sides).hexdigest()
    assert part.duration_ms == pytest.approx(2000, abs=60)
    assert (part.container, part.codec, part.channels) == ("ogg", "opus", 2)
    assert part.etag
    assert part.hashed_at == NOW
    assert (part.claimed_until, part.due_at) == (None, None)
    assert len(Waveform.objects.get(recording=part).peaks) == 2
    part.call.refresh_from_db()
    assert part.call.capture == Call.Capture.RECORDED
    entry = entries(act=Action.RECORDING_AVAILABLE)[0]
    assert entry.facts["sha256"] == part.sha256
    assert kinds() == []


def test_a_second_check_changes_nothing(
    part: Recording, store: MediaStore, both_sides: bytes, entries: Entries
) -> None:
    put(store, both_sides, part)
    check(part)
    before = Recording.objects.values().get()

    check(part, seconds=60)

    assert Recording.objects.values().get() == before
    assert len(entries(act=Action.RECORDING_AVAILABLE)) == 1


def test_dates_come_from_the_policy_and_the_end_of_the_part(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    RetentionPolicy.objects.all().delete()
    policy = RetentionPolicyFactory.create(team=part.call.team, delete_after="P90D")
    put(store, both_sides, part)

    check(part, seconds=86_400 * 300)

    assert part.expires_at == end_of_day(ENDED + timedelta(days=90)), (
        "not from the day of the check"
    )
    assert part.policy_id == policy.id
    part.call.refresh_from_db()
    assert part.call.expires_at == part.expires_at


def test_a_date_that_an_erasure_has_set_is_kept(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    part.expires_at = ENDED
    put(store, both_sides, part)

    check(part)

    assert part.expires_at == ENDED


def test_what_no_policy_covers_is_kept_and_told_once_for_the_team(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    RetentionPolicy.objects.all().delete()
    put(store, both_sides, part)

    assert check(part).expires_at is None

    alert = Alert.objects.get(kind=Alert.Kind.NO_POLICY)
    assert (alert.subject, alert.team) == (str(part.call.team_id), part.call.team)
    alert.closed_at = NOW
    alert.save()
    Recording.objects.update(state=State.CHECKING)
    check(part)
    assert Alert.objects.filter(kind=Alert.Kind.NO_POLICY).count() == 1


def test_the_first_recording_under_a_policy_settles_that_there_was_none(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    RetentionPolicy.objects.all().delete()
    put(store, both_sides, part)
    check(part)
    RetentionPolicyFactory.create(team=part.call.team, delete_after="P90D")
    Recording.objects.update(state=State.CHECKING)

    assert check(part).expires_at is not None

    assert Alert.objects.get(kind=Alert.Kind.NO_POLICY).closed_at == NOW


def test_what_ended_in_the_future_is_not_kept_until_then(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    """A clock was ahead: the days are counted from when we checked the part."""
    RetentionPolicy.objects.all().delete()
    RetentionPolicyFactory.create(team=part.call.team, delete_after="P90D")
    part.ended_at = ENDED + timedelta(days=40_000)
    put(store, both_sides, part)

    assert check(part).expires_at == end_of_day(NOW + timedelta(days=90))


def end_of_day(moment: datetime) -> datetime:
    """A policy counts whole days."""
    return legal_calendar().end_of(moment.date())


# not there


def test_a_file_that_is_not_there_is_looked_for_again_and_then_lost(
    part: Recording, store: MediaStore, entries: Entries
) -> None:
    later = 0.0
    for seconds in absent.LOOKED_FOR:
        check(part, seconds=later)
        assert part.state == State.CHECKING
        assert part.due_at == NOW + timedelta(seconds=later + seconds)
        later += seconds
        assert kinds() == []

    check(part, seconds=later)

    assert part.state == State.LOST
    assert kinds() == [Alert.Kind.RECORDING_LOST]
    part.call.refresh_from_db()
    assert part.call.capture == Call.Capture.FAILED
    assert len(entries(act=Action.RECORDING_LOST)) == 1
    assert indexing.due(now=NOW + timedelta(days=1), limit=9) == []


def test_asking_again_and_again_does_not_make_it_lost_earlier(part: Recording) -> None:
    """Each event of the call asks for a check; none of them is a further look."""
    for _event in range(20):
        check(part)

    assert (part.state, part.looks) == (State.CHECKING, 1)


def test_a_file_that_comes_late_is_found(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    check(part)
    put(store, both_sides, part)

    check(part, seconds=2)

    assert part.state == State.AVAILABLE


@pytest.mark.parametrize(
    ("reason", "state", "alert"),
    [
        ("failed:upload", State.FAILED, [Alert.Kind.NOT_RECORDED]),
        ("aborted:no_media", State.ABORTED, []),
    ],
)
def test_what_livekit_says_has_no_file_is_not_searched_for_long(
    part: Recording, reason: str, state: str, alert: list[str]
) -> None:
    part.reason = reason
    part.save()

    check(part)
    check(part, seconds=2)

    assert (part.state, part.reason) == (state, reason)
    assert kinds() == alert


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("failed:connection", State.AVAILABLE),
        ("aborted:no_media", State.AVAILABLE),
        ("complete:cpu_exhausted", State.AVAILABLE),
        ("limit_reached", State.LIMIT_REACHED),
    ],
)
def test_a_file_of_a_broken_recorder_is_kept_and_marked(
    part: Recording, store: MediaStore, both_sides: bytes, reason: str, state: str
) -> None:
    part.reason = reason
    put(store, both_sides, part)

    check(part)

    assert (part.state, part.is_partial) == (state, True)
    part.call.refresh_from_db()
    assert part.call.capture == Call.Capture.PARTIAL


# not what was promised


def test_an_empty_file_has_failed(part: Recording, store: MediaStore) -> None:
    put(store, b"", part, promised=96_000)

    check(part)

    assert part.state == State.FAILED
    assert part.findings == [oddities.EMPTY, oddities.SIZE_MISMATCH]
    assert kinds() == [Alert.Kind.FILE_MISMATCH]


def test_a_page_instead_of_sound_has_failed_and_is_still_proved(
    part: Recording, store: MediaStore
) -> None:
    page = b"<html>502 Bad Gateway</html>"
    put(store, page, part)

    check(part)

    assert (part.state, part.findings) == (State.FAILED, [oddities.NOT_AUDIO])
    assert part.sha256 == hashlib.sha256(page).hexdigest()
    assert Alert.objects.get().detail == oddities.NOT_AUDIO


def test_a_file_that_breaks_off_is_kept_and_marked(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    put(store, both_sides[: len(both_sides) // 2], part, promised=len(both_sides))

    check(part)

    assert (part.state, part.is_partial) == (State.AVAILABLE, True)
    assert part.findings == [oddities.SIZE_MISMATCH, oddities.TRUNCATED]
    assert kinds() == [Alert.Kind.FILE_MISMATCH]


def test_a_file_larger_than_promised_is_a_finding(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    put(store, both_sides, part, promised=len(both_sides) - 1)

    check(part)

    assert part.state == State.AVAILABLE
    assert part.findings == [oddities.SIZE_MISMATCH]
    assert Alert.objects.get().detail == oddities.SIZE_MISMATCH


@pytest.mark.parametrize(
    ("left", "right", "finding"),
    [(0.0, 0.5, oddities.SILENT_AGENT), (0.5, 0.0, oddities.SILENT_CALLER)],
)
def test_a_silent_side_is_a_matter_for_a_person(
    part: Recording, store: MediaStore, left: float, right: float, finding: str
) -> None:
    put(store, encode(tone(2, level=left), tone(2, level=right)), part)

    check(part)

    assert (part.state, part.findings) == (State.AVAILABLE, [finding])
    alert = Alert.objects.get()
    assert (alert.kind, alert.detail) == (Alert.Kind.SILENT_SIDE, finding)


@pytest.mark.parametrize("why", ["no agent", "browser", "not wanted"])
def test_a_silent_side_means_nothing_where_sides_are_not_apart(
    part: Recording, store: MediaStore, why: str
) -> None:
    if why == "no agent":
        part.call.parties.filter(role=Party.Role.AGENT).delete()
    part.source_is_sdk = why != "browser"
    if why == "not wanted":
        part.sides = Recording.Sides.TOGETHER
    put(store, encode(tone(2, level=0), tone(2)), part)

    check(part)

    assert part.findings == []
    assert kinds() == []


def test_one_channel_where_there_should_be_two_is_a_finding(
    part: Recording, store: MediaStore
) -> None:
    put(store, encode(tone(2)), part)

    check(part)

    assert part.findings == [oddities.ONE_CHANNEL]


def test_a_file_that_the_store_was_to_encrypt_and_did_not_is_a_matter(
    part: Recording,
    store: MediaStore,
    both_sides: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(store, both_sides, part)
    found = store.head(KEY)
    assert found
    monkeypatch.setattr(
        type(store), "head", lambda *_: replace(found, is_unencrypted=True)
    )

    check(part)

    assert (part.state, part.findings) == (State.AVAILABLE, [oddities.UNENCRYPTED])
    assert kinds() == [Alert.Kind.UNENCRYPTED]


def test_what_was_never_announced_is_put_out_of_hearing(
    part: Recording, store: MediaStore, both_sides: bytes, entries: Entries
) -> None:
    part.stop_wanted = "not_announced"
    put(store, both_sides, part)

    check(part)

    assert (part.state, part.reason) == (State.QUARANTINED, "not_announced")
    assert kinds() == [Alert.Kind.UNLAWFUL_PART]
    assert entries(act=Action.RECORDING_QUARANTINED)[0].facts["reason"] == part.reason


# the store does not play along


class Stubborn:
    """A store that answers a question, or a read in mid-file, with an error."""

    def __init__(self, real: MediaStore, error: StoreError, *, reading: bool) -> None:
        self._real = real
        self._error = error
        self._reading = reading

    def head(self, key: str, version_id: str | None = None) -> object:
        if not self._reading:
            raise self._error
        return self._real.head(key)

    @contextmanager
    def open_range(self, key: str, **given: object) -> Iterator[ByteStream]:
        with self._real.open_range(key) as stream:
            yield Broken(stream, self._error)


class Broken:
    """A stream that ends in an error after its first kilobyte."""

    def __init__(self, stream: ByteStream, error: StoreError) -> None:
        self._stream = stream
        self._error = error
        self._left = 1024

    def read(self, size: int = -1, /) -> bytes:
        if self._left <= 0:
            raise self._error
        self._left -= 512
        return self._stream.read(512)


@pytest.mark.parametrize("reading", [False, True])
@pytest.mark.parametrize(
    "error",
    [
        StoreRefused("403"),
        StoreUnavailable("500"),
        StoreUnavailable("timed out"),
        StoreFull("no room for a cache"),
    ],
)
def test_a_store_in_trouble_concludes_nothing(
    part: Recording,
    store: MediaStore,
    both_sides: bytes,
    monkeypatch: pytest.MonkeyPatch,
    error: StoreError,
    *,
    reading: bool,
) -> None:
    put(store, both_sides, part)
    stubborn = Stubborn(store, error, reading=reading)

    with monkeypatch.context() as patch:
        patch.setattr(media_store, "store", lambda _name: stubborn)
        for hours in range(10):
            check(part, seconds=hours * 3600)

    assert (part.state, part.looks, part.claimed_until) == (State.CHECKING, 0, None)
    assert part.due_at is not None
    waits = part.due_at - (NOW + timedelta(hours=9))
    assert timedelta(seconds=2) <= waits <= indexing.LONGEST_WAIT
    assert kinds() == []
    check(part, seconds=36_000)
    assert part.state == State.AVAILABLE, "and when it is back, all is well"


def test_a_short_trouble_delays_a_short_time(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the part was asked about while the call went on."""
    part.attempt = 90
    part.save()
    stubborn = Stubborn(store, StoreUnavailable("500"), reading=False)
    monkeypatch.setattr(media_store, "store", lambda _name: stubborn)

    check(part)

    assert part.due_at is not None
    assert part.due_at - NOW < timedelta(seconds=5)


def test_a_store_that_is_not_configured_any_more_holds_up_only_its_parts(
    part: Recording,
) -> None:
    part.store = "s3:gone:bucket"
    part.save()

    check(part)

    assert (part.state, part.claimed_until) == (State.CHECKING, None)
    assert part.due_at is not None
    assert part.due_at > NOW


# workers


def test_a_part_is_checked_by_one_worker_at_a_time(part: Recording) -> None:
    assert indexing.due(now=NOW, limit=9) == [part.id]
    held = indexing._claim(part.id, NOW)
    assert held is not None

    assert indexing.due(now=NOW, limit=9) == []
    check(part)

    assert part.attempt == held.attempt


def test_what_livekit_says_while_it_is_checked_is_not_overwritten(
    part: Recording, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare FAILED was being closed when COMPLETE came."""
    part.reason, part.looks = "failed:unknown", 1
    part.save()

    def and_meanwhile(key: str, version_id: str | None = None) -> None:
        Recording.objects.update(reason="complete", looks=0, due_at=NOW)

    monkeypatch.setattr(store, "head", and_meanwhile)
    check(part)

    assert (part.state, part.reason) == (State.CHECKING, "complete")


# the backup store


def in_backup(part: Recording) -> Recording:
    """The part, once it was not found where it should be."""
    Recording.objects.filter(id=part.id).update(reason="complete:backup_store")
    indexing.index(recording_id=part.id, now=NOW)
    part.refresh_from_db()
    return part


def test_what_lies_in_livekits_backup_store_is_not_lost(part: Recording) -> None:
    part = in_backup(part)

    assert part.state == State.IN_BACKUP
    assert part.backup_until == ENDED + timedelta(days=7)
    alert = Alert.objects.get()
    assert (alert.kind, alert.recording) == (Alert.Kind.IN_BACKUP, part)
    part.call.refresh_from_db()
    assert part.call.capture == Call.Capture.PARTIAL


def test_copied_to_its_place_it_is_found_within_the_hour(
    part: Recording, store: MediaStore, both_sides: bytes
) -> None:
    in_backup(part)
    store.put(KEY, io.BytesIO(both_sides), "audio/ogg")
    later = NOW + timedelta(hours=1)
    assert indexing.due(now=later, limit=9) == [part.id]

    indexing.index(recording_id=part.id, now=later)

    part.refresh_from_db()
    assert part.state == State.AVAILABLE
    assert not Alert.objects.filter(closed_at=None, kind=Alert.Kind.IN_BACKUP).exists()


def test_once_the_backup_store_has_forgotten_it_it_is_lost(part: Recording) -> None:
    in_backup(part)
    late = ENDED + timedelta(days=7, minutes=1)
    for _look in range(9):
        indexing.index(recording_id=part.id, now=late)
        late += timedelta(minutes=10)

    part.refresh_from_db()
    assert part.state == State.LOST
    assert Alert.objects.filter(kind=Alert.Kind.RECORDING_LOST).exists()
