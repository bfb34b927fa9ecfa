"""Who can be told apart in a recording, as the law book asks (`compliance.redaction`).

What falls silent is just what the person's own copy would hold: their side, where LiveKit
kept the sides apart, without the stretches in which one of us heard somebody else.
"""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from compliance.custody import Item, Standing
from compliance.models import SubjectRequest
from compliance.redaction import Outcome
from compliance.vault import VaultError
from recordings import redaction
from recordings.audio import BadAudio
from recordings.audio.transcoding import CannotBeRead
from recordings.copies.judging import Judge, Withheld
from recordings.media_store.errors import ObjectMissing, StoreError, UnknownStore
from recordings.models import Recording
from recordings.silencing import NotNow, Silence

logger = logging.getLogger(__name__)


class RecordingRedactor:
    """Implements `compliance.redaction.Redactor` for recordings."""

    kinds: tuple[str, ...] = (Recording.ITEM,)

    def why_not(
        self, items: Collection[Item], *, request: UUID, now: datetime
    ) -> dict[Item, str]:
        """Recordings in which the person is on no side of their own, and why."""
        rows = Recording.objects.in_bulk([one.id for one in items])
        asked = SubjectRequest.objects.get(pk=request)
        judge = Judge(asked, rows.values(), now=now)
        told = {
            one: _judged(judge, rows[one.id]) if one.id in rows else _("it is gone")
            for one in items
        }
        return {one: why for one, why in told.items() if isinstance(why, str)}

    def redact(self, item: Item, *, request: UUID, now: datetime) -> Outcome:
        """Silence the person's side of it, in a file that takes the original's place."""
        part = Recording.objects.filter(id=item.id).first()
        if part is None:
            return Outcome.GONE
        try:
            silence = _judged(self._judge(part, request, now), part)
            if isinstance(silence, str):
                return redaction.standing(item.id, request=request, now=now)
            return redaction.redact(
                part_id=item.id, silence=silence, request=request, now=now
            )
        except (CannotBeRead, BadAudio, ObjectMissing, UnknownStore) as error:
            return self._told(item, error, Outcome.UNABLE)
        except (StoreError, VaultError, NotNow) as error:
            return self._told(item, error, Outcome.FAILED)

    def redact_again(
        self, item: Item, said: Mapping[str, Any], *, now: datetime
    ) -> Standing:
        """Point the recording at its silenced file again."""
        return redaction.redact_again(item.id, said, now=now)

    def _judge(self, part: Recording, request: UUID, now: datetime) -> Judge:
        return Judge(SubjectRequest.objects.get(pk=request), [part], now=now)

    def _told(self, item: Item, error: Exception, outcome: Outcome) -> Outcome:
        facts = {"item": str(item.id), "error": type(error).__name__}
        logger.warning("redaction.not_done", extra=facts)
        return outcome


def _judged(judge: Judge, part: Recording) -> Silence | str:
    """What falls silent of it, or why nothing can."""
    verdict = judge.judge(part)
    if verdict == Withheld.UNREVIEWED:
        return _("sides are not apart, and nobody has marked where others are heard")
    if isinstance(verdict, Withheld):
        return str(verdict.label)
    if verdict.channel is None and not verdict.ranges:
        return _("nobody else was heard on it: have it deleted")
    return Silence(verdict.channel, verdict.ranges)
