"""A call with real sound on both sides, and a plan that silences its caller alone."""

import hashlib
import io
from array import array
from datetime import datetime

import av

from compliance.access import approving
from compliance.access.roles import Role
from compliance.models import PhoneNumber, RequestPlan, SubjectRequest
from compliance.requests import carry_out, plan
from recordings.media_store import MediaStore
from recordings.models import Party, Recording, Rendition
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.requests import NUMBER, asked, verified
from tests.factories.second_person import second
from tests.unit.recordings import sounds

SECONDS = 2
AGENT, CALLER = 0, 1
"""The channels."""
SPOKEN = sounds.encode(
    sounds.tone(SECONDS, hertz=440), sounds.tone(SECONDS, level=0.4, hertz=700)
)
"""The agent left, the caller right."""


def spoken(
    cast: Cast, store: MediaStore, *, number: str = NUMBER, **fields: object
) -> Recording:
    """A recording with sides apart, and an MP3 that was made of it."""
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call, number=PhoneNumber.of(number), name="Erika")
    PartyFactory.create(call=call, role=Party.Role.AGENT, number=None, name="Mia")
    key = f"recordings/{call.id}/01.ogg"
    store.put(key, io.BytesIO(SPOKEN), "audio/ogg")
    usual: dict[str, object] = {
        "sides": Recording.Sides.AGENT_LEFT,
        "source_is_sdk": True,
        "bytes": len(SPOKEN),
        "sha256": hashlib.sha256(SPOKEN).hexdigest(),
        "duration_ms": SECONDS * 1000,
    }
    part = RecordingFactory.create(call=call, object_key=key, **usual | fields)
    made = f"recordings/{call.id}/renditions/01.mp3"
    store.put(made, io.BytesIO(b"a copy"), "audio/mpeg")
    Rendition.objects.create(
        recording=part,
        form=Rendition.Form.MP3,
        state=Rendition.State.READY,
        store=part.store,
        object_key=made,
    )
    return part


def erasure(cast: Cast, *, now: datetime) -> SubjectRequest:
    """Asked for by the caller of these calls, who is known to be they."""
    made = asked(cast.officer, now=now)
    verified(made, cast.officer, now=now)
    made.refresh_from_db()
    return made


def agreed(cast: Cast, request: SubjectRequest, *, now: datetime) -> RequestPlan:
    """In everything there is the person is silenced alone: chosen, and begun by two."""
    made = plan.make(request=request, by=cast.officer, now=now)
    ids = list(made.items.values_list("pk", flat=True))
    plan.redact(plan=made, items=ids, by=cast.officer, now=now)
    return begun(cast, made, now=now)


def begun(cast: Cast, made: RequestPlan, *, now: datetime) -> RequestPlan:
    """Asked by one officer, approved and begun by another."""
    other = second(Role.OFFICER)
    approval = plan.freeze(plan=made, by=cast.officer, now=now)
    approving.approve(approval=approval, by=other, now=now)
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=other, now=now)
    return made


def carried_out(made: RequestPlan, *, now: datetime) -> RequestPlan:
    """As far as workers get now."""
    while carry_out.advance(plan_id=made.pk, now=now):
        pass
    made.refresh_from_db()
    return made


def heard(store: MediaStore, part: Recording) -> list["array[int]"]:
    """Every sample of each channel of its file."""
    with store.open_range(part.object_key) as stream:
        sound = io.BytesIO(stream.read())
    sides: list[array[int]] = []
    with av.open(sound, "r") as file:
        planar = av.AudioResampler(format="s16p")
        for frame in file.decode(audio=0):
            for made in planar.resample(frame):
                sides = sides or [array("h") for _plane in made.planes]
                for side, plane in zip(sides, made.planes, strict=True):
                    side.extend(memoryview(plane).cast("h")[: made.samples])
    return sides
