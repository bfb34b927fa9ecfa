"""The simulated server: rooms, people and recordings, and the webhooks that tell of them."""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from livekit.protocol import models
from livekit.protocol.egress import (
    EgressStatus,
    RoomCompositeEgressRequest,
    StartEgressRequest,
)
from livekit.protocol.webhook import WebhookEvent

from recordings.livekit.simulator import recorder
from recordings.livekit.simulator.clock import Clock
from recordings.livekit.simulator.faults import Faults, concerns
from recordings.livekit.simulator.webhooks import (
    RETRY_SECONDS,
    Deliver,
    Webhooks,
)
from recordings.livekit.simulator.world import (
    Recording,
    Room,
    milliseconds,
    nanoseconds,
    new_id,
    new_recording,
    new_room,
)

Put = Callable[[str, BinaryIO, str], object]
"""Write an object: key, content, content type."""

# How long the recorder takes to join before it hears anything.
JOIN_TIME = timedelta(milliseconds=800)


class Simulator:
    """One LiveKit in memory. `server.serve` puts it on a port.

    `keys` maps API key to secret; the first signs webhooks. `put` writes finished files.
    All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        keys: dict[str, str],
        deliver: Deliver,
        put: Put,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        """Start empty. Raises ImproperlyConfigured in production."""
        if not (settings.DEBUG or settings.LIVEKIT_SIMULATOR):
            raise ImproperlyConfigured("There is no simulated LiveKit in production.")
        self.keys = keys
        self.put = put
        self.stopping = threading.Event()
        self.changed = threading.Condition(threading.RLock())
        self.rooms: list[Room] = []
        key, secret = next(iter(keys.items()))
        self.webhooks = Webhooks(
            key=key,
            secret=secret,
            deliver=deliver,
            stopping=self.stopping,
            retry_seconds=retry_seconds,
        )

    def close(self) -> None:
        """Give up everything that waits."""
        self.stopping.set()

    # rooms and people

    def open_room(
        self,
        name: str,
        *,
        at: datetime,
        speed: float | None = None,
        faults: Faults | None = None,
    ) -> Room:
        """Open a room in which it is `at` now; `speed` None jumps through time."""
        clock = Clock(start=at, speed=speed, stopping=self.stopping)
        room = new_room(name, clock=clock, faults=faults or Faults())
        with self.changed:
            self.rooms.append(room)
        self.tell(room, WebhookEvent(event="room_started", room=room.info))
        return room

    def join(self, room: Room, person: models.ParticipantInfo) -> None:
        """Let somebody in who publishes a voice."""
        now = room.clock.now()
        person.sid = person.sid or new_id("PA")
        person.state = models.ParticipantInfo.State.ACTIVE
        person.joined_at = int(now.timestamp())
        person.joined_at_ms = milliseconds(now)
        with self.changed:
            room.participants[person.identity] = person
            room.had_agent |= person.kind == models.ParticipantInfo.Kind.AGENT
            room.info.num_participants = room.people
        self._tell_of_person(room, person, "participant_joined")
        if person.kind != models.ParticipantInfo.Kind.EGRESS:
            self._publish(room, person)

    def leave(self, room: Room, identity: str) -> None:
        """Let somebody go; nothing happens if they have gone already."""
        with self.changed:
            person = room.participants.pop(identity, None)
            room.info.num_participants = room.people
        if person is not None:
            person.state = models.ParticipantInfo.State.DISCONNECTED
            person.disconnect_reason = models.DisconnectReason.CLIENT_INITIATED
            self._tell_of_person(room, person, "participant_left")

    def close_room(self, room: Room) -> None:
        """End a room and, unless its recorder died, the recordings in it."""
        for identity in list(room.participants):
            if not identity.startswith("EG_"):
                self.leave(room, identity)
        for recording in list(room.recordings):
            self.finish(room, recording, reason="Source closed")
        with self.changed:
            room.closed = True
        self.tell(room, WebhookEvent(event="room_finished", room=room.info))
        self._release(room)

    def live_room(self, name: str) -> Room | None:
        """Return the open room of this name."""
        with self.changed:
            rooms = [room for room in self.rooms if not room.closed]
            return next((room for room in rooms if room.info.name == name), None)

    # recordings

    def start(
        self, room: Room, request: RoomCompositeEgressRequest | StartEgressRequest
    ) -> Recording:
        """Begin to record a room; ACTIVE follows a little later."""
        recording = new_recording(room, request)
        with self.changed:
            room.recordings.append(recording)
            self.changed.notify_all()
        self.tell_of(room, recording, "egress_started")
        if not room.faults.active_late:
            self._in_background(self.activate, room, recording)
        return recording

    def activate(self, room: Room, recording: Recording) -> None:
        """Let the recorder join and hear the first sound."""
        room.clock.wait(JOIN_TIME)
        recorder_seat = models.ParticipantInfo(
            identity=recording.id, kind=models.ParticipantInfo.Kind.EGRESS
        )
        if not recording.is_starting() or room.closed:
            return
        self.join(room, recorder_seat)
        with self.changed:
            started = recording.is_starting()
            if started:
                recording.info.status = EgressStatus.EGRESS_ACTIVE
                recording.active_at = room.clock.now()
                room.info.active_recording = True
                self.changed.notify_all()
        if started:
            self.tell_of(room, recording, "egress_updated")
        else:
            self.leave(room, recording.id)

    def stop(self, room: Room, recording: Recording) -> None:
        """Take a request to stop; the end follows."""
        was_active = recording.info.status == EgressStatus.EGRESS_ACTIVE
        with self.changed:
            recording.info.status = EgressStatus.EGRESS_ENDING
            self.changed.notify_all()
        if was_active:
            self.tell_of(room, recording, "egress_updated")
        self._in_background(self.finish, room, recording, "StopEgress API")

    def finish(self, room: Room, recording: Recording, reason: str) -> None:
        """End a recording and write its file, unless it has ended or its recorder died."""
        with self.changed:
            ended = recording.info.ended_at or recording.info.details
            if ended or room.faults.zombie:
                return
            recording.info.details = f"End reason: {reason}"
            was_active = recording.info.status == EgressStatus.EGRESS_ACTIVE
            recording.info.status = EgressStatus.EGRESS_ENDING
        if was_active:
            self.tell_of(room, recording, "egress_updated")
        self.leave(room, recording.id)
        try:
            recorder.end(room, recording, self.put)
        except OSError as error:
            # As Egress says it when the bucket refuses.
            recorder.fail(recording, error=f"S3 upload failed: {error}", code=400)
        with self.changed:
            room.info.active_recording = False
            recording.info.ended_at = nanoseconds(room.clock.now())
            recording.forgotten = room.faults.forgets
            self.changed.notify_all()
        self.tell_of(room, recording, "egress_ended")

    def find(self, egress_id: str) -> tuple[Room, Recording] | None:
        """Return a recording the server still knows, and its room."""
        for room, recording in self.recordings():
            if recording.id == egress_id:
                return room, recording
        return None

    def recordings(self) -> Iterable[tuple[Room, Recording]]:
        """Return every recording the server still knows, and its room."""
        with self.changed:
            return [
                (room, recording)
                for room in self.rooms
                for recording in room.recordings
                if not recording.forgotten
            ]

    def wait_for(self, what: Callable[[], bool], *, timeout_seconds: float) -> bool:
        """Wait until something about rooms or recordings holds; False if it never did."""
        with self.changed:
            return self.changed.wait_for(what, timeout_seconds)

    # telling

    def tell_of(self, room: Room, recording: Recording, name: str) -> None:
        """Send an event about a recording; it names its room by sid and name only."""
        recording.info.updated_at = nanoseconds(room.clock.now())
        event = WebhookEvent(
            event=name,
            room=models.Room(sid=room.sid, name=room.info.name),
            egress_info=recording.info,
        )
        self.tell(room, event, queue=recording.id)

    def tell(
        self, room: Room, event: WebhookEvent, *, queue: str | None = None
    ) -> None:
        """Send an event under a new id, with whatever faults the room has."""
        event.id = new_id("EV")
        event.created_at = int(room.clock.now().timestamp())
        faults, name = room.faults, event.event
        if concerns(faults.lost, name):
            return
        copies = [event, event] if concerns(faults.twice, name) else [event]
        if concerns(faults.renamed, name):
            renamed = WebhookEvent()
            renamed.CopyFrom(event)
            renamed.id = new_id("EV")
            copies.append(renamed)
        held = faults.shuffled is not None or concerns(faults.late, name)
        if held and not room.closed:
            room.held_back += copies
            return
        for copy in copies:
            self.webhooks.send(copy, queue=queue or room.info.name)

    def _release(self, room: Room) -> None:
        if room.faults.shuffled is not None:
            Random(room.faults.shuffled).shuffle(room.held_back)  # noqa: S311 - no secret
        while room.held_back:
            self.webhooks.send(room.held_back.pop(0), queue=room.info.name)

    def _publish(self, room: Room, person: models.ParticipantInfo) -> None:
        track = models.TrackInfo(
            sid=new_id("TR"), type=models.TrackType.AUDIO, name="microphone"
        )
        # Track events say little of room and person: sid, name and identity.
        event = WebhookEvent(
            event="track_published",
            room=models.Room(sid=room.sid, name=room.info.name),
            participant=models.ParticipantInfo(
                sid=person.sid, identity=person.identity
            ),
            track=track,
        )
        self.tell(room, event)

    def _tell_of_person(
        self, room: Room, person: models.ParticipantInfo, name: str
    ) -> None:
        self.tell(room, WebhookEvent(event=name, room=room.info, participant=person))

    def _in_background(self, work: Callable[..., None], *given: object) -> None:
        threading.Thread(target=work, args=given, daemon=True).start()
