"""A call that was lawfully recorded: real law, real sound, a file in the store."""

import io
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction

from compliance.models import PhoneNumber, Purpose, Team
from recordings import audio, consent, media_store
from recordings.audio import AudioFacts
from recordings.livekit.demo_audio import Conversation, conversations
from recordings.models import Call, ConsentRecord, Party, Recording, Waveform
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    ConsentRecordFactory,
    PartyFactory,
    RecordingFactory,
    TrunkFactory,
)

NUMBER = "+4915112344711"
CALLER_NAME = "Erika Mustermann"
RINGS = timedelta(seconds=9)
"""The recorder starts this long after the call."""

Kind = ConsentRecord.Kind
_MARKS = {
    Kind.ANNOUNCED: "announce",
    Kind.GRANTED: "consent",
    Kind.REFUSED: "consent",
    Kind.WITHDRAWN: "withdraw",
}


def spoken() -> Conversation:
    """The conversation of these calls: German, with announcement and consent."""
    return conversations()["claims_de_windscreen"]


def hearable_call(
    team: Team,
    *,
    started_at: datetime = STARTED,
    acts: tuple[Kind, ...] = (Kind.ANNOUNCED, Kind.GRANTED),
    purposes: tuple[Purpose, ...] = (Purpose.EVIDENCE, Purpose.QUALITY),
) -> Call:
    """A German caller, the agent Mia, what was said of recording, and the verdict."""
    length = RINGS + timedelta(milliseconds=spoken().duration_ms)
    ended_at = started_at + length
    call = CallFactory.create(
        team=team,
        trunk=TrunkFactory.create(team=team, name="Berlin-1"),
        started_at=started_at,
        ended_at=ended_at,
        noticed_at=started_at,
        duration_ms=length // timedelta(milliseconds=1),
        purposes=list(purposes),
    )
    times = {"joined_at": started_at, "left_at": ended_at}
    caller = PartyFactory.create(
        call=call, number=PhoneNumber.from_raw(NUMBER), name=CALLER_NAME, **times
    )
    PartyFactory.create(
        call=call, role=Party.Role.AGENT, number=None, name="Mia", **times
    )
    for kind in acts:
        mark = spoken().marks[_MARKS[kind]]
        ConsentRecordFactory.create(
            call=call,
            kind=kind,
            party=None if kind == Kind.ANNOUNCED else caller,
            occurred_at=started_at + RINGS + timedelta(milliseconds=mark),
            script="ask",
            script_version="v4",
            language="de",
        )
    with transaction.atomic():
        consent.standing(call, now=ended_at)
    return call


def part_of(call: Call, *, part: int = 1, **fields: object) -> Recording:
    """A checked part with the whole conversation as its file."""
    begun = call.started_at + RINGS
    recording = RecordingFactory.create(
        **{
            "call": call,
            "part": part,
            "sides": Recording.Sides.AGENT_LEFT,
            "source_is_sdk": True,
            "planned_at": begun,
            "started_at": begun,
            "ended_at": call.ended_at,
            **fields,
        }
    )
    facts = _facts()
    recording.bytes = recording.promised_bytes = facts.size_bytes
    recording.sha256 = facts.sha256
    recording.duration_ms = facts.duration_ms
    recording.save()
    with spoken().path.open("rb") as file:
        media_store.store().put(recording.object_key, file, "audio/ogg")
    Waveform.objects.create(
        recording=recording,
        peaks=[list(channel.peaks) for channel in facts.channels],
        silences=[list(channel.silences) for channel in facts.channels],
    )
    return recording


@cache
def _facts() -> AudioFacts:
    return audio.probe(io.BytesIO(spoken().path.read_bytes()))
