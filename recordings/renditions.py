"""A recording in another kind of file: which one is wanted, and whether it is there.

A browser that cannot play what was recorded is served MP4 (AAC) or MP3 instead, and
whoever takes a copy may have it as WAV. The file is asked for under the same lock and
after the same questions as a link (`playback`); a worker makes it (`rendering`). It
lies below the original's folder, and `destruction` removes it with the original.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person
from recordings import media_store
from recordings.media_store.object_keys import DERIVED
from recordings.models import Recording, Rendition

Form = Rendition.Form
State = Rendition.State

FOR_LISTENING = (Form.MP4, Form.MP3)
"""What a browser is offered instead, the first that it can play."""
WAV_LIFE = timedelta(days=1)
ANOTHER_TRY = timedelta(minutes=1)
"""What could not be made is tried again when it is asked for after so long."""
WAV_RATES = {"ogg": 48_000}
"""Samples a second: Opus is always 48 kHz; the others are what Egress is set to."""
USUAL_RATE = 44_100
SAMPLE_BYTES = 2
_ANEW = {"state": State.WAITING, "reason": "", "tries": 0, "done_ms": 0}


@dataclass(frozen=True)
class File:
    """A file that may be served: the recording itself, or one made of it."""

    key: str
    version_id: str
    rendition_id: UUID | None = None

    @property
    def form(self) -> str:
        """What kind of file it is: the ending of its key."""
        return form_of(self.key)


@dataclass(frozen=True)
class Preparing:
    """Nothing to serve yet: a worker makes it, or could not (`has_failed`).

    percent: how much of the sound is written. is_new: no worker knows of it yet.
    """

    rendition_id: UUID
    percent: int = 0
    is_new: bool = False
    has_failed: bool = False


def form_of(key: str) -> str:
    """What kind of file lies under a key: `ogg`, `mp3`, `mp4` or `wav`."""
    return key.rpartition(".")[2]


def instead(recording: Recording, plays: Collection[str]) -> Form | None:
    """What to make for a browser that plays these kinds of files; None: the original.

    plays: empty where the browser did not say. One that can play nothing of ours is
    left to try the original.
    """
    if not plays or form_of(recording.object_key) in plays:
        return None
    return next((form for form in FOR_LISTENING if form in plays), None)


def wanted(
    recording: Recording, form: Form | None, *, by: Person, now: datetime
) -> File | Preparing:
    """The file of this form, or how far it is; asked for if nobody has yet.

    form: None for the recording as it is. Within the transaction, and under the lock,
    of the grant.
    """
    if form is None:
        return File(recording.object_key, recording.version_id)
    rendition, is_new = Rendition.objects.get_or_create(
        recording_id=recording.pk,
        form=form,
        defaults={
            "store": recording.store,
            "object_key": object_key(recording, form),
            "asked_at": now,
            "expires_at": now + WAV_LIFE if form == Form.WAV else None,
        },
    )
    if is_new or (_has_failed_before(rendition, now) and _again(rendition, now)):
        facts: dict[str, Fact] = {"form": form.value}
        log.append(Action.RENDITION_ASKED, subject=recording, actor=by, facts=facts)
        return Preparing(rendition.id, is_new=True)
    if rendition.state == State.READY and _kept(rendition, now):
        return File(rendition.object_key, rendition.version_id, rendition.id)
    rendition.recording = recording
    return Preparing(
        rendition.id,
        percent=rendition.percent,
        has_failed=rendition.state == State.FAILED,
    )


def object_key(recording: Recording, form: Form) -> str:
    """`{folder of the original}/renditions/{its name}.{form}`: the worker may write below
    `renditions/` alone (docs/s3), so that it can never replace an original."""
    folder, _slash, name = recording.object_key.rpartition("/")
    return f"{folder}/{DERIVED}{name.rpartition('.')[0]}.{form}"


def is_there(recording: Recording, file: File) -> bool:
    """Whether the store still has a derived file; one that is lost is made anew.

    Asks the store, so after the grant was committed. Raises StoreError.
    """
    if media_store.store(recording.store).head(file.key) is not None:
        return True
    lost = Rendition.objects.filter(object_key=file.key, state=State.READY)
    lost.update(**_ANEW)
    return False


def wav_bytes(recording: Recording) -> int:
    """About how large a WAV of this recording is."""
    rate = WAV_RATES.get(form_of(recording.object_key), USUAL_RATE)
    samples = (recording.duration_ms or 0) * rate // 1000
    return samples * SAMPLE_BYTES * (recording.channels or 2)


def of(recording: Recording, form: Form) -> Rendition | None:
    """The row of a derived file, if one was ever asked for."""
    rows = Rendition.objects.select_related("recording")
    return rows.filter(recording=recording, form=form).first()


def _kept(rendition: Rendition, now: datetime) -> bool:
    """Whether it is still there; a WAV stays for a day after it was last taken."""
    if rendition.expires_at is None:
        return True
    ready = Rendition.objects.filter(id=rendition.id, state=State.READY)
    return ready.update(expires_at=now + WAV_LIFE) == 1


def _has_failed_before(rendition: Rendition, now: datetime) -> bool:
    if rendition.state != State.FAILED or rendition.settled_at is None:
        return False
    return rendition.settled_at + ANOTHER_TRY <= now


def _again(rendition: Rendition, now: datetime) -> bool:
    """Ask for it once more; False where somebody was faster."""
    failed = Rendition.objects.filter(id=rendition.id, state=State.FAILED)
    life = {"expires_at": now + WAV_LIFE} if rendition.expires_at else {}
    return failed.update(**_ANEW, **life, asked_at=now) == 1
