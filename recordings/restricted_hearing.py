"""Restricted recordings are heard on a ground of the law alone (GDPR Art. 18(2)).

Whoever may do that says which, and why, in writing; both are kept with the sitting, and
an entry of its own tells of it. The link is `playback`'s, with all that it asks for.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, Purpose
from recordings import playback
from recordings.models import Listen, RestrictedGround
from recordings.playback import Served
from recordings.renditions import Preparing


def open(
    *,
    recording_id: UUID,
    listener: Person,
    purpose: Purpose,
    ground: RestrictedGround,
    reason: str,
    plays: Collection[str] = (),
    now: datetime,
) -> Served | Preparing:
    """Start a sitting with a restricted recording.

    reason: in words, kept sealed. Raises what `playback.open` does; NoReason without it.
    """
    if not reason.strip():
        raise playback.NoReason
    return playback.open(
        recording_id=recording_id,
        listener=listener,
        purpose=purpose,
        reason=reason,
        plays=plays,
        verb=Verb.HEAR_RESTRICTED,
        restricted=ground,
        opened=_opened,
        now=now,
    )


def _opened(listen: Listen) -> None:
    facts = {"ground": listen.restricted, "listen": str(listen.id)}
    log.append(
        Action.RESTRICTED_HEARD,
        subject=listen.recording,
        actor=listen.listener,
        facts=facts,
    )
