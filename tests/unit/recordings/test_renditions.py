"""Derived files: made once, by whichever worker lives, and gone with the recording."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from compliance.access.refusals import Hidden, Refused
from compliance.audit.actions import Action
from compliance.models import AuditEntry, DestructionReceipt, Purpose
from recordings import (
    audio,
    destruction,
    media_store,
    playback,
    rendering,
    renditions,
    sittings,
)
from recordings.audio import transcoding
from recordings.media_store import StoreUnavailable
from recordings.models import Disclosure, Listen, Recording, Rendition
from recordings.renditions import Preparing
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import STARTED

pytestmark = pytest.mark.django_db
NOW = STARTED + timedelta(days=1)
NEVER_OGG = ("mp4", "mp3")
Entries = Callable[..., list[AuditEntry]]
State = Rendition.State


@pytest.fixture
def part(cast: Cast, settings: Settings, tmp_path: object) -> Recording:
    """A recording of the claims team that may be heard for quality."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return part_of(hearable_call(cast.claims))


def listen(part: Recording, person: Any, **given: Any) -> playback.Served | Preparing:
    """Press play in a browser that knows no OGG."""
    asked = {"purpose": Purpose.QUALITY, "plays": NEVER_OGG, "now": NOW, **given}
    return playback.open(recording_id=part.id, listener=person, **asked)


def copy(part: Recording, person: Any, **given: Any) -> media_store.Link | Preparing:
    """Ask for a copy as WAV."""
    asked: dict[str, Any] = {"purpose": Purpose.QUALITY, "as_wav": True, "now": NOW}
    asked |= {"recipient": "J. Brandt", "organisation": "", "reason": "Order 12"}
    return playback.download(recording_id=part.id, by=person, **(asked | given))


def made(now: Any = NOW) -> Rendition:
    """The derived file, after a worker was at it."""
    rendition = Rendition.objects.get()
    assert rendering.make(rendition_id=rendition.id, now=now)
    rendition.refresh_from_db()
    return rendition


def let_lease_run_out() -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE recordings_rendition SET claimed_until = now() - interval '1 s'"
            " WHERE claimed_until IS NOT NULL"
        )


def files(part: Recording) -> list[str]:
    """Names of all files under the original's folder, half-written ones too."""
    store: Any = media_store.store()
    folder = (store._root / part.object_key).parent
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*.*"))


def acts(entries: Entries) -> list[str]:
    found = entries(act__regex=r"^(recording\.(listen|downloaded)|rendition)")
    return [entry.act for entry in found]


@pytest.mark.parametrize(
    ("key", "plays", "wanted"),
    [
        ("a/1.ogg", (), None),
        ("a/1.ogg", ("ogg", "mp4", "mp3"), None),
        ("a/1.ogg", ("mp4", "mp3"), "mp4"),
        ("a/1.ogg", ("mp3",), "mp3"),
        ("a/1.ogg", ("nothing we know",), None),
        ("a/1.mp4", ("ogg", "mp3"), "mp3"),
        ("a/1.mp3", ("mp3", "mp4"), None),
    ],
)
def test_what_a_browser_cannot_play_it_gets_as_something_else(
    key: str, plays: tuple[str, ...], wanted: str | None
) -> None:
    assert renditions.instead(Recording(object_key=key), plays) == wanted


def test_the_first_wish_has_it_made_and_the_next_is_a_listen(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    first = listen(part, cast.reviewer)
    assert isinstance(first, Preparing)
    assert first.is_new
    again = listen(part, cast.lead)
    assert isinstance(again, Preparing)
    assert (again.is_new, again.rendition_id) == (False, first.rendition_id)
    assert not Listen.objects.exists()
    assert acts(entries) == [Action.RENDITION_ASKED], "asking how far it is, is no act"

    rendition = made()
    served = listen(part, cast.reviewer)

    assert isinstance(served, playback.Served)
    assert Listen.objects.get() == served.listen
    granted = entries(act=Action.LISTEN_GRANTED)[0]
    assert (granted.actor, granted.facts["form"]) == (cast.reviewer, "mp4")
    with media_store.store().open_range(rendition.object_key) as stream:
        facts = audio.probe(stream)
    assert (facts.codec, len(facts.channels)) == ("aac", 2)
    assert facts.duration_ms == pytest.approx(part.duration_ms, abs=50)
    assert (rendition.sha256, rendition.bytes) == (facts.sha256, facts.size_bytes)
    [entry] = entries(act=Action.RENDITION_MADE)
    assert (entry.facts["sha256"], entry.object_pk) == (facts.sha256, str(part.id))


def test_a_renewal_serves_the_same_file(cast: Cast, part: Recording) -> None:
    listen(part, cast.reviewer)
    made()
    served = listen(part, cast.reviewer)
    assert isinstance(served, playback.Served)

    again = playback.renew(
        listen_id=served.listen.id, listener=cast.reviewer, plays=NEVER_OGG, now=NOW
    )

    assert isinstance(again, playback.Served)
    assert Listen.objects.get().links_served == 2
    with pytest.raises(sittings.NothingToPlay):
        playback.renew(
            listen_id=served.listen.id, listener=cast.lead, plays=NEVER_OGG, now=NOW
        )


@pytest.mark.parametrize("who", ["auditor", "sales_reviewer"])
def test_whoever_may_not_hear_it_has_nothing_made(
    cast: Cast, part: Recording, who: str
) -> None:
    with pytest.raises((Refused, Hidden)):
        listen(part, cast.people[who])
    with pytest.raises((Refused, Hidden)):
        copy(part, cast.people[who])

    assert not Rendition.objects.exists()


@pytest.mark.parametrize("is_made", [False, True])
def test_a_file_made_for_one_is_no_way_round_the_questions(
    cast: Cast, part: Recording, entries: Entries, *, is_made: bool
) -> None:
    listen(part, cast.reviewer)
    if is_made:
        made()
    for change in ({"state": "quarantined"}, {"expires_at": NOW}):
        Recording.objects.update(**{"state": "available", "expires_at": None} | change)
        with pytest.raises(Refused):
            listen(part, cast.reviewer)
    Recording.objects.update(state="available", expires_at=None)
    with pytest.raises(Refused):
        listen(part, cast.reviewer, purpose=Purpose.AI_TRAINING)

    assert not Listen.objects.exists()


def test_nothing_is_made_of_what_nobody_may_hear(cast: Cast, part: Recording) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()
    Recording.objects.update(state="quarantined")

    assert rendering.due(now=NOW, limit=9) == []
    assert not rendering.make(rendition_id=asked.id, now=NOW)

    Recording.objects.update(state="available")
    assert rendering.due(now=NOW, limit=9) == [asked.id]


def test_no_more_are_made_at_once_than_is_set(
    cast: Cast, part: Recording, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    first = Rendition.objects.get()
    copy(part, cast.officer)
    second = Rendition.objects.exclude(id=first.id).get()
    real = rendering._Lease.tell

    def tell(self: Any, done_ms: int) -> None:
        real(self, done_ms)
        assert not rendering.make(rendition_id=second.id, now=NOW)
        assert rendering.due(now=NOW, limit=9) == []

    monkeypatch.setattr(rendering._Lease, "tell", tell)
    assert rendering.make(rendition_id=first.id, now=NOW)
    monkeypatch.setattr(rendering._Lease, "tell", real)
    assert rendering.due(now=NOW, limit=9) == [second.id], "its turn"
    assert rendering.make(rendition_id=second.id, now=NOW)


class Killed(BaseException):
    """The worker is gone: nothing of it runs any more."""


@pytest.mark.parametrize("at", ["encoding", "upload", "end"])
def test_what_a_dead_worker_left_half_is_made_again(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()
    dies: dict[str, tuple[Any, str]] = {
        "encoding": (rendering._Lease, "tell"),
        "upload": (rendering._Watched, "read"),
        "end": (rendering, "_finish"),
    }

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*dies[at], die)
        with pytest.raises(Killed):
            rendering.make(rendition_id=asked.id, now=NOW)
    assert isinstance(listen(part, cast.reviewer), Preparing)
    assert not rendering.make(rendition_id=asked.id, now=NOW), "it may live still"

    let_lease_run_out()
    assert rendering.due(now=NOW, limit=9) == [asked.id]
    rendition = made()

    assert rendition.state == State.READY
    name = part.object_key.rpartition("/")[2]
    assert files(part) == sorted([name, f"renditions/{name.removesuffix('ogg')}mp4"])
    assert isinstance(listen(part, cast.reviewer), playback.Served)


def test_a_worker_that_lost_its_lease_stops(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()
    monkeypatch.setattr(rendering, "RENEWED_EVERY", 0.0)
    real = rendering._Watched.read

    def overtaken(self: Any, size: int = -1, /) -> bytes:
        Rendition.objects.update(attempt=99)
        return real(self, size)

    monkeypatch.setattr(rendering._Watched, "read", overtaken)
    assert not rendering.make(rendition_id=asked.id, now=NOW)
    assert not any("renditions" in name for name in files(part))


def test_a_worker_that_wakes_after_the_destruction_leaves_nothing(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()
    real = rendering._finish

    def slept(*given: Any) -> bool:
        let_lease_run_out()
        Recording.objects.update(expires_at=NOW)
        assert destruction.destroy(recording_id=part.id, reason="order", now=NOW)
        rendering._put(asked, io.BytesIO(b"late"), rendering._Lease(asked))
        return real(*given)

    monkeypatch.setattr(rendering, "_finish", slept)
    assert not rendering.make(rendition_id=asked.id, now=NOW)
    assert files(part) == []


def test_a_store_in_trouble_is_tried_again_and_then_given_up(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()
    with monkeypatch.context() as patch:

        def gone(*_: object, **__: object) -> None:
            raise StoreUnavailable("gone")

        patch.setattr(media_store.store(), "put", gone)
        for _try in range(rendering.MOST_TRIES):
            with pytest.raises(StoreUnavailable):
                rendering.make(rendition_id=asked.id, now=NOW)
            let_lease_run_out()
    [entry] = entries(act=Action.RENDITION_FAILED)
    assert entry.facts == {"form": "mp4", "reason": "StoreUnavailable"}
    told = listen(part, cast.reviewer)
    assert isinstance(told, Preparing)
    assert told.has_failed

    later = NOW + renditions.ANOTHER_TRY
    told = listen(part, cast.reviewer, now=later)
    assert isinstance(told, Preparing)
    assert (told.is_new, told.has_failed) == (True, False)
    made(later)


def test_an_original_that_is_no_audio_is_said_at_once(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    media_store.store().put(part.object_key, io.BytesIO(b"<html>" * 99), "audio/ogg")

    assert not rendering.make(rendition_id=Rendition.objects.get().id, now=NOW)

    told = listen(part, cast.reviewer)
    assert isinstance(told, Preparing)
    assert told.has_failed


def test_a_file_that_got_lost_is_made_anew(cast: Cast, part: Recording) -> None:
    listen(part, cast.reviewer)
    media_store.store().delete_all_versions(made().object_key)

    told = listen(part, cast.reviewer)
    assert isinstance(told, Preparing)
    assert told.is_new
    made()
    assert isinstance(listen(part, cast.reviewer), playback.Served)


def test_it_is_told_how_far_it_is(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    monkeypatch.setattr(rendering, "RENEWED_EVERY", 0.0)
    monkeypatch.setattr(transcoding, "TELLS_EVERY_SECONDS", 5)
    seen: list[int] = []
    real = rendering._Lease.tell

    def tell(self: Any, done_ms: int) -> None:
        real(self, done_ms)
        told = listen(part, cast.reviewer)
        assert isinstance(told, Preparing)
        seen.append(told.percent)

    monkeypatch.setattr(rendering._Lease, "tell", tell)
    made()
    assert seen == sorted(seen)
    assert 0 < seen[0] < 10
    assert 90 < seen[-1] < 100


# the end


def test_destruction_removes_what_was_made_of_it(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    listen(part, cast.reviewer)
    one = made()
    copy(part, cast.officer)
    wav = Rendition.objects.exclude(id=one.id).get()
    assert rendering.make(rendition_id=wav.id, now=NOW)
    assert len(files(part)) == 3
    Recording.objects.update(expires_at=NOW)

    assert destruction.destroy(recording_id=part.id, reason="order", now=NOW)

    assert files(part) == []
    assert not Rendition.objects.exists()
    receipt = DestructionReceipt.objects.get()
    assert (receipt.versions_listed, receipt.versions) == (3, 3)
    assert receipt.bytes > (one.bytes or 0) + (part.bytes or 0)


def test_nothing_is_destroyed_while_a_file_of_it_is_written(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(part, cast.reviewer)
    asked = Rendition.objects.get()

    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rendering, "_finish", die)
        with pytest.raises(Killed):
            rendering.make(rendition_id=asked.id, now=NOW)
    Recording.objects.update(expires_at=NOW)

    assert not destruction.destroy(recording_id=part.id, reason="order", now=NOW)
    assert len(files(part)) == 2, "what it had put already"
    let_lease_run_out()
    assert destruction.destroy(recording_id=part.id, reason="order", now=NOW)
    assert files(part) == []


# WAV


def test_a_wav_is_a_copy_with_receipt_and_gone_after_a_day(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    assert isinstance(copy(part, cast.officer), Preparing)
    assert not Disclosure.objects.exists(), "nothing has left yet"
    rendition = made()
    assert rendition.bytes == pytest.approx(renditions.wav_bytes(part), rel=0.01)

    assert isinstance(copy(part, cast.officer), media_store.Link)

    kept = Disclosure.objects.get()
    [entry] = entries(act=Action.DOWNLOADED)
    assert entry.facts["disclosure"] == str(kept.id)
    assert entry.facts["form"] == "wav"

    assert rendering.sweep(now=NOW + timedelta(hours=23)) == 0
    assert rendering.sweep(now=NOW + timedelta(hours=24)) == 1
    assert not Rendition.objects.exists()
    assert files(part) == [part.object_key.rpartition("/")[2]]
    [gone] = entries(act=Action.RENDITION_DELETED)
    assert gone.facts == {"form": "wav", "versions": 1, "bytes": rendition.bytes}
    assert isinstance(copy(part, cast.officer), Preparing), "made anew"


def test_a_wav_taken_again_stays_for_another_day(cast: Cast, part: Recording) -> None:
    copy(part, cast.officer)
    made()
    later = NOW + timedelta(hours=23)
    assert isinstance(copy(part, cast.officer, now=later), media_store.Link)

    assert rendering.sweep(now=NOW + timedelta(hours=25)) == 0
    assert rendering.sweep(now=later + timedelta(hours=24)) == 1


def test_a_file_for_listening_stays_as_long_as_the_recording(
    cast: Cast, part: Recording
) -> None:
    listen(part, cast.reviewer)
    made()
    assert rendering.sweep(now=NOW + timedelta(days=900)) == 0


def test_a_store_that_does_not_let_go_of_a_wav_is_asked_again(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy(part, cast.officer)
    made()
    over = NOW + timedelta(hours=24)
    with monkeypatch.context() as patch:

        def refuse(*_: object) -> None:
            raise StoreUnavailable("gone")

        patch.setattr(media_store.store(), "delete_all_versions", refuse)
        assert rendering.sweep(now=over) == 0
    assert isinstance(copy(part, cast.officer, now=over), Preparing)

    let_lease_run_out()
    assert rendering.sweep(now=over) == 1
    assert len(files(part)) == 1
