"""A team chooses what its recordings are made as, and gets it where LiveKit can."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from livekit.protocol.egress import EncodedFileType

from compliance.audit.actions import Action
from compliance.models import AuditEntry
from recordings import endings, media_store, part_plans
from recordings.livekit.simulator import Faults, StartFault
from recordings.livekit.simulator.world import Room, file_of
from recordings.models import Recording
from tests.line import Line

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
State = Recording.State


def choose(line: Line, form: str) -> None:
    """The team's setting."""
    line.team.file_format = form
    with transaction.atomic():
        line.team.save()


def recorded(line: Line, room: Room) -> Recording:
    """A call of ten seconds, checked."""
    line.record(room)
    line.wait(room, 10)
    egress = room.recordings[-1]
    line.hang_up(room)
    line.until_ended(egress)
    line.sweep()
    return line.part()


@pytest.mark.parametrize(
    ("form", "asked", "container", "codec"),
    [
        ("ogg", EncodedFileType.OGG, "ogg", "opus"),
        ("mp3", EncodedFileType.MP3, "mp3", "mp3float"),
        ("mp4", EncodedFileType.MP4, "mp4", "aac"),
    ],
)
def test_a_call_is_recorded_as_the_team_wants(
    line: Line, form: str, asked: Any, container: str, codec: str
) -> None:
    choose(line, form)
    room = line.ring()
    part = recorded(line, room)

    assert file_of(room.recordings[0].request).file_type == asked
    assert part.object_key.endswith(f".{form}")
    assert (part.state, part.findings) == (State.AVAILABLE, [])
    assert (part.container, part.codec, part.channels) == (container, codec, 2)
    assert part.duration_ms == pytest.approx(10_000, abs=1_000)
    left, right = part.waveform.peaks
    assert max(left) > 20
    assert max(right) > 20
    stored = media_store.store().head(part.object_key)
    assert stored is not None
    assert stored.size == part.bytes == part.promised_bytes


def test_a_choice_concerns_parts_to_come_alone(line: Line) -> None:
    room = line.ring()
    choose(line, "mp3")
    assert recorded(line, room).object_key.endswith(".ogg")


def test_what_egress_cannot_write_is_recorded_as_ogg(
    line: Line, entries: Entries
) -> None:
    choose(line, "mp3")
    room = line.ring(Faults(start=StartFault.OGG_ALONE))
    line.sweep()
    assert line.part().state == State.PLANNED

    part = recorded(line, room)

    assert (part.state, part.container) == (State.AVAILABLE, "ogg")
    assert part.object_key.endswith(".ogg")
    assert "would not write the kind of file" in endings.finding(*part.findings)
    [entry] = entries(act=Action.CAPTURE_FAILED)
    assert entry.facts == {"part": 1, "reason": part_plans.FORMAT_REFUSED}
    assert Recording.objects.count() == 1
