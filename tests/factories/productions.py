"""Calls with small files in the store, and productions of them as far as one wants."""

import hashlib
import io
from datetime import datetime, timedelta
from typing import Any

from compliance.access import approving
from compliance.custody import Scope
from compliance.models import Approval, Hold, Person
from recordings import media_store
from recordings.models import Production, Recording
from recordings.producing import volumes
from recordings.productions import asking, course
from recordings.productions.asking import Wanted
from tests.cast import Cast
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory

NOW = STARTED + timedelta(days=3)
RECIPIENT = "Amtsgericht Mitte"
MATTER = "Smith v. Acme"


def small(cast: Cast, n: int = 0, **fields: Any) -> Recording:
    """A recording of the claims team whose file is a few bytes, all its own."""
    sound = f"sound {n}".encode() * 50
    call = CallFactory.create(
        team=cast.claims, started_at=STARTED + timedelta(minutes=n)
    )
    part = RecordingFactory.create(
        **{
            "call": call,
            "bytes": len(sound),
            "sha256": hashlib.sha256(sound).hexdigest(),
            **fields,
        }
    )
    media_store.store().put(part.object_key, io.BytesIO(sound), "audio/ogg")
    return part


def asked(
    cast: Cast, *parts: Recording, hold: Hold | None = None, now: datetime = NOW
) -> Production:
    """The officer wants these for a court."""
    wanted = Wanted(
        to=Production.To.COURT,
        recipient=RECIPIENT,
        matter=MATTER,
        basis="Section 142 ZPO",
        due_at=now + timedelta(hours=30),
        scope=Scope(calls=tuple(part.call_id for part in parts)),
        hold=hold,
    )
    return asking.ask(wanted=wanted, by=cast.officer, now=now)


def agreed(production: Production, by: Person, *, now: datetime = NOW) -> None:
    """A second officer agrees, and it is cut into volumes."""
    approval = Approval.objects.get(content__production=str(production.pk))
    approving.approve(approval=approval, by=by, now=now)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=by, now=now)
    production.refresh_from_db()


def worked(*, now: datetime = NOW) -> int:
    """Workers make all that can be made; returns how many volumes they made."""
    made = 0
    while found := volumes.due(now=now, limit=1):
        made += volumes.make(volume_id=found[0], now=now)
        course.settle(now=now)
    return made
