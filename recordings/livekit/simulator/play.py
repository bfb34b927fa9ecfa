"""Play a scenario: people come and go, speak, agree or refuse, and are recorded or not."""

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from livekit.protocol.egress import EgressStatus

from recordings.livekit.simulator.agent import Plan, Portal, PortalRefused
from recordings.livekit.simulator.core import Simulator
from recordings.livekit.simulator.scenario import Consent, Scenario
from recordings.livekit.simulator.world import Room

_RINGING = timedelta(milliseconds=700)
_ANSWERING = timedelta(milliseconds=400)
_HANGING_UP = timedelta(milliseconds=500)
# How long an agent holds its tongue for a recorder that should hear the announcement.
_TONGUE_HELD_SECONDS = 3.0


@dataclass
class Outcome:
    """How a call went. `recordings` are LiveKit's own status names."""

    scenario: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    state: str = "waiting"
    room_sid: str = ""
    recordings: list[str] = field(default_factory=list)
    events_lost: int = 0
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """Return it as JSON can hold it."""
        return asdict(self)


class Player:
    """Plays scenarios on one simulator against one portal.

    `patience_seconds` is how long a call waits (in real time) for the portal to hear of its
    room and, where it may record, for its recorder to start.
    """

    def __init__(
        self, simulator: Simulator, portal: Portal, *, patience_seconds: float = 20.0
    ) -> None:
        """Play for one portal."""
        self._simulator = simulator
        self._portal = portal
        self._patience = patience_seconds

    def play(self, scenario: Scenario, outcome: Outcome | None = None) -> Outcome:
        """Play a call to its end and say how it went."""
        outcome = outcome or Outcome(scenario.name)
        outcome.state = "playing"
        call = _Call(scenario, outcome, self._simulator, self._portal, self._patience)
        try:
            call.play()
        finally:
            outcome.state = "over"
        return outcome


class _Call:
    """One call while it is played."""

    def __init__(
        self,
        scenario: Scenario,
        outcome: Outcome,
        simulator: Simulator,
        portal: Portal,
        patience_seconds: float,
    ) -> None:
        self._scenario = scenario
        self._outcome = outcome
        self._simulator = simulator
        self._portal = portal
        self._patience = patience_seconds
        self._room: Room = simulator.open_room(
            scenario.room_name(),
            at=scenario.starts_at or datetime.now(UTC),
            speed=scenario.speed,
            faults=scenario.faults,
        )
        outcome.room_sid = self._room.sid

    def play(self) -> None:
        scenario, room = self._scenario, self._room
        first, second = scenario.caller(), scenario.answering()
        if not scenario.inbound:
            first, second = second, first
        self._simulator.join(room, first)
        room.clock.wait(_RINGING)
        self._simulator.join(room, second)
        room.clock.wait(_ANSWERING)
        self._catch_up(speaking=False)
        room.speech, room.speech_from = scenario.speech, room.clock.now()
        for at_ms, act in self._acts():
            self._go_to(at_ms)
            act()
            self._catch_up()
        self._go_to(scenario.speech.duration_ms)
        room.clock.wait(_HANGING_UP)
        self._simulator.close_room(room)
        self._sum_up()

    def _acts(self) -> list[tuple[int, Callable[[], None]]]:
        """Return what happens, by its offset in the conversation."""
        marks, consent = self._scenario.speech.marks, self._scenario.consent
        acts: list[tuple[int, Callable[[], None]]] = []
        if consent is not Consent.NONE and self._scenario.agent_is_ai:
            # in the demo's conversations an AI says what it is in its first sentence
            acts.append((marks["announce"], lambda: self._report("ai_disclosed")))
        if consent is not Consent.NONE:
            acts.append((marks["announce"], lambda: self._report("announced")))
        if consent in (Consent.GRANTED, Consent.WITHDRAWN):
            acts.append((marks["consent"], lambda: self._report("granted")))
        if consent is Consent.REFUSED:
            acts.append((marks["consent"], lambda: self._report("refused")))
        if consent is Consent.WITHDRAWN:
            half = self._scenario.speech.duration_ms // 2
            at_ms = marks.get("withdraw", half)
            acts.append((at_ms, lambda: self._report("withdrawn")))
        if self._scenario.joins:
            half = self._scenario.speech.duration_ms // 2
            acts.append((marks.get("join", half), self._colleague_joins))
        return sorted(acts, key=lambda act: act[0])

    def _go_to(self, offset_ms: int) -> None:
        begun = self._room.speech_from or self._room.clock.now()
        self._room.clock.wait_until(begun + timedelta(milliseconds=offset_ms))

    def _colleague_joins(self) -> None:
        self._simulator.join(self._room, self._scenario.colleague())

    def _report(self, kind: str) -> None:
        if not self._portal.is_reachable:
            return
        speech, now = self._scenario.speech, self._room.clock.now()
        begun = self._room.speech_from or now
        own = kind in ("announced", "ai_disclosed")
        words = speech.announcement if own else speech.answer
        try:
            self._portal.report(
                self._room.sid,
                kind=kind,
                occurred_at=now,
                offset_ms=int((now - begun).total_seconds() * 1_000),
                script_version=self._scenario.script_version,
                language=speech.language,
                evidence=words,
            )
        except PortalRefused as refusal:
            self._outcome.note = str(refusal)

    def _catch_up(self, *, speaking: bool = True) -> None:
        """Let the portal do what it would do meanwhile, where time jumps or nobody speaks."""
        room = self._room
        if (room.clock.jumps is False and speaking) or room.faults.shuffled is not None:
            return
        patience = self._patience if room.clock.jumps else _TONGUE_HELD_SECONDS
        self._simulator.webhooks.drain(room.info.name, timeout_seconds=patience)
        try:
            plan = self._plan(patience)
        except PortalRefused as refusal:
            self._outcome.note = str(refusal)
            return
        if plan.may_record is False:
            self._wait(self._is_quiet, patience)
        else:
            self._wait(self._is_settled, patience if plan.may_record else 1.0)

    def _plan(self, patience_seconds: float) -> Plan:
        if not self._portal.is_reachable:
            return Plan()
        return self._portal.plan(self._room.sid, patience_seconds=patience_seconds)

    def _is_recorded(self) -> bool:
        return any(
            one.info.status == EgressStatus.EGRESS_ACTIVE
            for one in self._room.recordings
        )

    def _is_quiet(self) -> bool:
        """Say whether every recording has its file, so that time may go on."""
        room = self._room
        return room.faults.zombie or all(one.info.ended_at for one in room.recordings)

    def _is_settled(self) -> bool:
        """Say whether a recorder hears the room, or will not because of a fault."""
        room = self._room
        refused = 0 < room.starts_asked <= room.faults.start_times
        barred = refused and not room.faults.start.starts
        late = room.faults.active_late and bool(room.recordings)
        return self._is_recorded() or barred or late

    def _wait(self, what: Callable[[], bool], seconds: float) -> None:
        self._simulator.wait_for(what, timeout_seconds=seconds)

    def _sum_up(self) -> None:
        queues = [one.id for one in self._room.recordings]
        queues.append(self._room.info.name)
        self._simulator.webhooks.drain(*queues)
        self._outcome.events_lost = self._simulator.webhooks.lost(*queues)
        self._outcome.recordings = [
            EgressStatus.Name(one.info.status) for one in self._room.recordings
        ]
