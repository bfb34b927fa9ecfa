"""One person is silenced in a recording for ever: a new file takes the original's place.

The order matters. The new file is written beside the original, read back, and found to be
whole and silent where it has to be. Under the locks of call and recording it is asked once
more whether anything keeps the original; then both files change places: the recording
points at the new one, a row of its own (`Rendition`, REDACTION) at the old one, and
`recording.redacted` stands in the log. Then the journal in the vault is told, every version
of the original and of what was made of it is deleted and proved absent, and the receipt is
written. A worker that dies in between leaves that row: the next one goes on from it. At
every moment each of the two files has a row, so that no inventory takes one for an orphan;
a new file that never took its place goes by itself after a day (`destruction.drop`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from compliance import journal
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Ending, Standing
from compliance.journal import Act, Kind
from compliance.models import DestructionReceipt, JournalEntry, Restriction
from compliance.redaction import Outcome
from compliance.retention import held, restrictions
from recordings import (
    audio,
    destruction,
    ending,
    keeping,
    media_store,
    receipts,
    rehash,
    restoring,
    silencing,
    summary,
)
from recordings.audio.transcoding import CannotBeRead
from recordings.media_store.base import Deletion
from recordings.media_store.errors import ObjectMissing, StoreError
from recordings.models import Recording, Rendition, Waveform
from recordings.silencing import FORM, GOING, Made, NotNow, Silence

_ENDINGS = {
    Ending.HELD: Outcome.HELD,
    Ending.FLOORED: Outcome.FLOORED,
    Ending.GONE: Outcome.GONE,
    Ending.UNFINISHED: Outcome.FAILED,
}


def redact(*, part_id: UUID, silence: Silence, request: UUID, now: datetime) -> Outcome:
    """Silence somebody in a recording, unless something keeps it as it is.

    May be repeated. Raises StoreError, VaultError, NotNow; CannotBeRead where there is
    nothing to be made of the file.
    """
    found = standing(part_id, request=request, now=now)
    if found != Outcome.UNABLE:
        return found
    part = Recording.objects.get(id=part_id)
    _require_quiet(part, part)
    row = silencing.claim(part, request, now)
    try:
        made = silencing.make(part, row, silence)
        ends = _change_places(part, row, made, now)
    except (NotNow, StoreError, CannotBeRead, audio.BadAudio):
        silencing.put_away(row)  # nothing has changed places
        raise
    if ends != Ending.GOING:
        silencing.put_away(row)
        return _ENDINGS[ends]
    finish(part_id, now=now)
    return Outcome.REDACTED


def standing(part_id: UUID, *, request: UUID, now: datetime) -> Outcome:
    """What has come of it by now: what was begun is brought to its end. UNABLE where
    nothing was begun for this request, and nothing keeps it. Raises as `finish`."""
    finish(part_id, now=now)
    part = Recording.objects.get(id=part_id)
    told = _told(part)
    if told is not None and told.said["request"] == str(request):
        return Outcome.REDACTED
    ends = ending.judge(part, reason=restrictions.BY_REQUEST, now=now)
    return _ENDINGS.get(ends, Outcome.UNABLE)


def finish(part_id: UUID, *, now: datetime) -> DestructionReceipt | None:
    """Destroy the original that has given way, and what was made of it, and write the
    receipt; None where there is none. Raises StoreError, VaultError."""
    rows = Rendition.objects.select_related("recording__call")
    row = rows.filter(recording=part_id, form=FORM, expires_at=None).first()
    if row is None:
        return None
    try:
        files = _journalled(row, now)
        deleted = [destruction.clear(one) for one in files]
    except Exception as error:
        with transaction.atomic():
            facts = {"reason": type(error).__name__}
            log.append(Action.DESTRUCTION_FAILED, subject=row.recording, facts=facts)
        raise
    return _bury(row, files, deleted, now)


def redact_again(part_id: UUID, said: Mapping[str, Any], *, now: datetime) -> Standing:
    """Put a recording of a restored database back to its silenced file; where that is
    not there, or not what it was, the recording is destroyed.

    Raises StoreError, VaultError, NotNow.
    """
    part = Recording.objects.filter(id=part_id).first()
    if part is None:
        return Standing.UNHEARD_OF
    if part.state == Recording.State.DESTROYED:
        return Standing.KNOWN
    finish(part_id, now=now)
    if part.object_key == said["key"]:
        return Standing.KNOWN
    made = silencing.still_there(part, key=said["key"], sha256=said["sha256"])
    if made is None:
        return restoring.destroy_again(part_id, reason=receipts.REDACTION, now=now)
    row = silencing.claim(part, UUID(said["request"]), now, known=said["key"])
    _change_places(part, row, made, now, judged=False)
    receipt = finish(part_id, now=now)
    return Standing.PRESENT if receipt and receipt.versions else Standing.ABSENT


def _change_places(
    part: Recording, row: Rendition, made: Made, now: datetime, *, judged: bool = True
) -> Ending:
    """Point the recording at the new file, and the row at the original; unless something
    keeps it by now. Raises NotNow."""
    with transaction.atomic():
        call = summary.locked(part.call_id)
        parts = Recording.objects.select_for_update(of=("self",)).select_related("call")
        found = parts.get(id=part.id)
        mine = Rendition.objects.select_for_update(of=("self",)).filter(pk=row.pk)
        if not mine.filter(attempt=row.attempt, expires_at__isnull=False).exists():
            raise NotNow
        if judged:
            ends = ending.judge(found, reason=restrictions.BY_REQUEST, now=now)
            if ends != Ending.GOING:
                return ends
            _require_quiet(found, part)
        before = found.sha256
        _give_way(found, row, made, now)
        facts: dict[str, Fact] = {"request": row.reason, "before": before}
        facts |= {"sha256": made.facts.sha256, "bytes": made.facts.size_bytes}
        log.append(Action.RECORDING_REDACTED, subject=found, facts=facts)
        summary.refresh(call)
    return Ending.GOING


def _require_quiet(found: Recording, part: Recording) -> None:
    """Nobody makes a file of it now, it is what the new one was made of, and its dates
    are those of the policies in force."""
    making = found.renditions.filter(
        state=Rendition.State.MAKING, claimed_until__gt=Now()
    )
    is_other = found.object_key != part.object_key or found.sha256 != part.sha256
    dated = Recording.objects.filter(keeping.is_dated_anew(), id=found.id)
    if is_other or not found.is_hearable or making.exists() or not dated.exists():
        raise NotNow


def _give_way(found: Recording, row: Rendition, made: Made, now: datetime) -> None:
    """Both files change places; what was made of the original is to go with it."""
    row.object_key, row.version_id = found.object_key, found.version_id
    row.bytes, row.sha256 = found.bytes, found.sha256
    row.expires_at, row.settled_at, row.claimed_until = None, now, None
    row.save()
    stored, facts = made.stored, made.facts
    found.object_key, found.version_id = stored.key, stored.version_id
    found.etag, found.bytes, found.sha256 = stored.etag, stored.size, facts.sha256
    found.container, found.codec = facts.container, facts.codec
    found.duration_ms, found.promised_bytes = facts.duration_ms, None
    found.hashed_at, found.verified_at = now, None
    found.verify_at = rehash.next_time(now)
    found.storage_class, found.is_closed, found.open_until = "", False, None
    found.store_lock, found.locked_until = Recording.StoreLock.UNSEEN, None
    found.locked_firmly, found.store_due_at = False, None
    found.save()
    Waveform.objects.update_or_create(
        recording=found,
        defaults={
            "peaks": [list(channel.peaks) for channel in facts.channels],
            "silences": [list(channel.silences) for channel in facts.channels],
        },
    )
    derived = Rendition.objects.filter(recording=found).exclude(pk=row.pk)
    derived.update(state=GOING, claimed_until=None, attempt=F("attempt") + 1)


def _journalled(row: Rendition, now: datetime) -> list[Rendition]:
    """What is to go, once the vault has taken that it goes. Raises VaultError."""
    part = row.recording
    new = media_store.store(part.store).head(part.object_key, part.version_id or None)
    if new is None or new.size != part.bytes:
        raise ObjectMissing("The new file is not there: the original stays.")
    made = Rendition.objects.filter(recording=part, state=GOING)
    files = [*made.exclude(pk=row.pk), row]
    listed = [media_store.store(f.store).list_versions(f.object_key) for f in files]
    said = {
        "reason": receipts.REDACTION,
        "request": row.reason,
        "key": part.object_key,
        "sha256": part.sha256,
        "before": row.sha256,
        "versions": sum(one.versions for one in listed),
        "version_ids": [id for one in listed for id in one.ids],
        "bytes": sum(one.bytes for one in listed),
    }
    journal.before_destruction(
        [Act(Kind.REDACTED, Recording.ITEM, part.pk, said)], now=now
    )
    if held.marked(Recording.ITEM, [part.pk]):  # by a hold that is over
        for one in files:
            media_store.store(one.store).set_hold(one.object_key, on=False)
    return files


def _bury(
    row: Rendition, files: list[Rendition], deleted: list[Deletion], now: datetime
) -> DestructionReceipt | None:
    """The receipt and the end of the rows; None where another worker was faster."""
    part = row.recording
    with transaction.atomic():
        summary.lock(part.call_id)
        rows = Rendition.objects.select_for_update(of=("self",))
        begun = _told(part)
        if begun is None or not rows.filter(pk=row.pk).exists():
            return None
        receipt = receipts.write_original(
            part, deleted, begun, sha256=row.sha256, now=now
        )
        Rendition.objects.filter(pk__in=[one.pk for one in files], state=GOING).delete()
        mine = Restriction.objects.filter(item_id=part.pk, request=UUID(row.reason))
        why = _("The person it protected is not heard on it any more.")
        restrictions.take_off(mine, why=why, by=None, now=now)
        facts: dict[str, Fact] = {"receipt": str(receipt.pk)}
        facts |= {"versions_listed": receipt.versions_listed}
        facts |= {"versions": receipt.versions, "bytes": receipt.bytes}
        log.append(Action.ORIGINAL_DESTROYED, subject=part, facts=facts)
    return receipt


def _told(part: Recording) -> JournalEntry | None:
    """What the journal said when the file that it has now took its place."""
    rows = JournalEntry.objects.filter(kind=Kind.REDACTED, item_id=part.pk)
    mine = rows.filter(said__key=part.object_key).select_related("page")
    return mine.order_by("pk").first()
