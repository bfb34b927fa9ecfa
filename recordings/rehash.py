"""Files are read again from time to time, and have to have the hash that they had.

Each is due `EARWITNESS_REHASH_DAYS` after it was last read. Every hour a share is taken,
so that all of them come round in that time without a rush: what is due longest first,
and never more than twice the share. What the store cannot read now (it is in cold
storage, or away) is put back for a day; it holds up no other.
"""

import hashlib
import logging
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.conf import settings
from django.db import transaction

from recordings import comparison, discrepancies, media_store
from recordings.comparison import Judgement, Kind, Pair
from recordings.media_store.base import CHUNK_BYTES
from recordings.media_store.errors import StoreError
from recordings.models import Discrepancy, Recording

logger = logging.getLogger(__name__)

PUT_BACK = timedelta(days=1)
HOUR = timedelta(hours=1)
_READ = (*Recording.HEARABLE, *Recording.SHUT)


def next_time(now: datetime) -> datetime | None:
    """When a file that was read now is to be read again; None for never."""
    hashes = settings.INVENTORY.hashes
    return now + hashes if hashes else None


def due(*, now: datetime) -> list[UUID]:
    """Ids of the recordings whose files are to be read within the next hour."""
    hashes = settings.INVENTORY.hashes
    if hashes is None:
        return []
    kept = Recording.objects.filter(state__in=_READ)
    share = ceil(kept.count() / (hashes / HOUR))
    rows = kept.filter(verify_at__lte=now).exclude(sha256="")
    ids = rows.order_by("verify_at").values_list("id", flat=True)
    return list(ids[: 2 * share])


def verify(*, recording_id: UUID, now: datetime) -> bool | None:
    """Read one file to its end; whether it is what it was, None where nobody can say.

    What is not is noted and told. A file that is not there is for the inventory.
    """
    rows = Recording.objects.filter(state__in=_READ).exclude(sha256="")
    part = rows.filter(id=recording_id).first()
    if part is None:
        return None
    try:
        sha256 = _read(part)
    except StoreError as error:
        logger.info(
            "rehash.put_back",
            extra={"recording": str(part.id), "error": type(error).__name__},
        )
        rows.filter(id=part.id).update(verify_at=now + PUT_BACK)
        return None
    return _settle(part, is_same=sha256 == part.sha256, now=now)


def _read(part: Recording) -> str:
    store = media_store.store(part.store)
    told = hashlib.sha256()
    version = part.version_id or None
    with store.open_range(part.object_key, version_id=version) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            told.update(chunk)
    return told.hexdigest()


def _settle(part: Recording, *, is_same: bool, now: datetime) -> bool | None:
    with transaction.atomic():
        rows = Recording.objects.select_for_update().filter(
            id=part.id, state__in=_READ, sha256=part.sha256
        )
        if not rows.exists():
            return None  # it was destroyed meanwhile
        mine = Recording.objects.filter(id=part.id)
        if is_same:
            mine.update(verified_at=now, verify_at=next_time(now))
            found = Discrepancy.objects.filter(
                recording=part, kind=Kind.ALTERED, detail=discrepancies.HASH
            )
            discrepancies.over(found, now=now)
            return True
        mine.update(verify_at=next_time(now))
        _note(part, now)
    return False


def _note(part: Recording, now: datetime) -> None:
    listed = media_store.store(part.store).listed(part.object_key)
    same = (one for one in listed if one.key == part.object_key)
    known = comparison.known_at(part.store, part.object_key)
    pair: Pair = next(comparison.pairs(same, iter([known] if known else [])))
    judged = Judgement(Kind.ALTERED, discrepancies.HASH)
    discrepancies.note([(pair, judged)], store=part.store, now=now)
