"""The silenced file of a recording, while it is made: written, read back, found whole.

It lies beside the original under a row of its own (`Rendition`, REDACTION) until
`redaction` has both change places; one that never does goes by itself after a day.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from compliance.leases import FREE
from recordings import audio, destruction, media_store, summary
from recordings.audio import muting
from recordings.audio.transcoding import CannotBeRead
from recordings.media_store.base import StoredObject
from recordings.media_store.errors import ObjectMissing
from recordings.media_store.object_keys import DERIVED, content_type_of
from recordings.models import Recording, Rendition

FORM = Rendition.Form.REDACTION
GOING = Rendition.State.GOING
LEASE = timedelta(minutes=10)
RENEWED_EVERY = 1.0
"""Seconds; the lease is renewed so often while sound is written."""
UNUSED_LIFE = timedelta(days=1)
SHORTER_MS = 1_000
"""What is lost by so much has broken off: then the original stays."""
SILENT_DBFS = -100.0


class NotNow(Exception):
    """Another worker has it in hand, or it has changed meanwhile: to be repeated."""


@dataclass(frozen=True)
class Silence:
    """What falls silent: a channel, None for all; spared: stretches on it, in ms."""

    channel: int | None
    spared: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Made:
    """The new file as the store has it, and what was heard when it was read back."""

    stored: StoredObject
    facts: audio.AudioFacts


def claim(
    part: Recording, request: UUID, now: datetime, *, known: str = ""
) -> Rendition:
    """The row of the new file, leased, for whoever makes it. Raises NotNow.

    Every attempt has a key of its own, so that one that was thought dead can neither
    write nor delete what another has put in the original's place. What it left goes under
    the lock of the call, which changing places takes, too. known: a key that stays.
    """
    with transaction.atomic():
        summary.lock(part.call_id)
        row, _new = Rendition.objects.get_or_create(
            recording=part,
            form=FORM,
            defaults={
                "store": part.store,
                "object_key": _key_beside(part),
                "state": GOING,
                "reason": str(request),
                "asked_at": now,
                "expires_at": now + UNUSED_LIFE,
            },
        )
        free = Rendition.objects.filter(FREE, pk=row.pk, expires_at__isnull=False)
        lease = {"claimed_until": Now() + LEASE, "attempt": F("attempt") + 1}
        if not free.update(**lease):
            raise NotNow
        if row.object_key != known:
            destruction.clear(row)
        row.object_key, row.reason = known or _key_beside(part), str(request)
        row.expires_at = now + UNUSED_LIFE
        row.save(update_fields=["object_key", "reason", "expires_at"])
        row.refresh_from_db()
    return row


def _key_beside(part: Recording) -> str:
    """Where the worker may write: below the folder of the original, never over it."""
    folder, _slash, _name = part.object_key.rpartition("/")
    return f"{folder.removesuffix('/' + DERIVED[:-1])}/{DERIVED}{uuid4()}.{muting.FORM}"


class _Lease:
    """Renews itself while sound is written. Raises NotNow once it is lost."""

    def __init__(self, row: Rendition) -> None:
        self._row = row
        self._renewed = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self._renewed < RENEWED_EVERY:
            return
        self._renewed = time.monotonic()
        mine = Rendition.objects.filter(pk=self._row.pk, attempt=self._row.attempt)
        if not mine.update(claimed_until=Now() + LEASE):
            raise NotNow


def make(part: Recording, row: Rendition, silence: Silence) -> Made:
    """Write the new file, and read it back: it is to be what was written, whole, and
    silent where it has to be. Raises StoreError, CannotBeRead, BadAudio, NotNow."""
    store = media_store.store(part.store)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        version = part.version_id or None
        with store.open_range(part.object_key, version_id=version) as sound:
            muting.redact(
                sound,
                path,
                silence=silence.channel,
                spare=silence.spared,
                tell=_Lease(row),
            )
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            stored = store.put(row.object_key, file, content_type_of(row.object_key))
    made = _read_back(part, stored)
    if made.facts.sha256 != sha256:
        raise NotNow
    _require_whole(part, made.facts, silence)
    return made


def _read_back(part: Recording, stored: StoredObject) -> Made:
    store = media_store.store(part.store)
    version = stored.version_id or None
    with store.open_range(stored.key, version_id=version) as sound:
        return Made(stored, audio.probe(sound))


def _require_whole(part: Recording, facts: audio.AudioFacts, silence: Silence) -> None:
    if facts.duration_ms < (part.duration_ms or 0) - SHORTER_MS:
        raise CannotBeRead("It breaks off before its end.")
    for n, channel in enumerate(facts.channels):
        falls_silent = silence.channel in (None, n) and not silence.spared
        if falls_silent and channel.peak_dbfs > SILENT_DBFS:
            raise CannotBeRead("It is not silent where it has to be.")


def still_there(part: Recording, *, key: str, sha256: str) -> Made | None:
    """The silenced file of a recording, if it is still what it was; it is read."""
    stored = media_store.store(part.store).head(key)
    if stored is None:
        return None
    try:
        made = _read_back(part, stored)
    except (audio.BadAudio, ObjectMissing):
        return None
    return made if made.facts.sha256 == sha256 else None


def put_away(row: Rendition) -> None:
    """A new file that is not to take the original's place."""
    mine = Rendition.objects.filter(pk=row.pk, attempt=row.attempt)
    destruction.clear(row)
    mine.filter(expires_at__isnull=False).delete()
