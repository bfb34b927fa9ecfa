"""A dice that decides what befalls a call: the world at its worst, one step at a time."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from recordings import capture, ingest, pauses, presence, recorder, worklist
from recordings.livekit import client
from recordings.livekit.simulator import Ending, Faults, ObjectFault, StartFault
from recordings.livekit.simulator.world import Room
from recordings.media_store import StoreUnavailable
from recordings.media_store.local import LocalStore
from recordings.models import Call, Pause, Recording
from tests.line import Line
from tests.waiting import until

NOWHERE = "http://127.0.0.1:9"
TOLD = (
    "participant_left", "room_finished", "egress_started", "egress_updated",
    "egress_ended",
)  # fmt: skip
DEATHS = (
    (client, "start_recording"),
    (client, "stop"),
    (client, "find"),
    (recorder, "_apply"),
    (recorder, "_not_made"),
)
"""What a worker is about to do, or has just done, when it dies."""


class WorkerDied(BaseException):
    """`kill -9`, as far as one thread can play it."""


@dataclass
class RoughCall:
    """One call of a line, and what the dice of `seed` does to it."""

    line: Line
    seed: int
    settings: Any
    patch: pytest.MonkeyPatch
    dice: Random = field(init=False)
    room: Room = field(init=False)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311 - no secret
        self.url = self.settings.LIVEKIT_URL

    def live(self) -> None:
        """From the first ring to the end, with everything in between."""
        self.room = self.line.ring(self._faults())
        for _step in range(self.dice.randint(4, 14)):
            self._step()
        self.line.simulator.close_room(self.room)
        self._said("hung up")
        for _step in range(self.dice.randint(0, 4)):
            self._step(Call.objects.exists())

    def calm_down(self) -> None:
        """The world is well again: sweeps and LiveKit's own answers do the rest."""
        self.settings.LIVEKIT_URL = self.url
        for _round in range(90):
            self.line.now += timedelta(seconds=60)
            self._let_leases_run_out()
            self.line.listen()
            self._reconcile()
            self._sweep()
            if self._is_settled():
                return

    def _is_settled(self) -> bool:
        unsettled = (*Recording.OPEN, Recording.State.CHECKING)
        return not (
            Recording.objects.filter(state__in=unsettled).exists()
            or Call.objects.filter(ended_at=None).exists()
        )

    # the dice

    def _faults(self) -> Faults:
        dice = self.dice
        return Faults(
            start=dice.choice([StartFault.NONE, *StartFault]),
            start_times=dice.randint(1, 3),
            ending=dice.choice([Ending.COMPLETE, Ending.COMPLETE, *Ending]),
            object=dice.choice([*[ObjectFault.NONE] * 6, *ObjectFault]),
            zombie=dice.random() < 0.05,
            forgets=dice.random() < 0.1,
            lost=self._some(0.15),
            twice=self._some(0.2),
            renamed=self._some(0.2),
            late=self._some(0.1),
        )

    def _some(self, chance: float) -> frozenset[str]:
        return frozenset(name for name in TOLD if self.dice.random() < chance)

    def _step(self, is_live: bool = True) -> None:
        steps: list[tuple[int, Callable[[], None]]] = [
            (5, self._wait),
            (5, self._sweep),
            (2, self._reconcile),
            (2, self._worker_dies),
            (1, self._livekit_is_away),
            (1, self._store_is_away),
            (1, self._lease_ends),
        ]
        if is_live:
            steps += [
                (2, self._pause),
                (2, self._resume),
                (1, self._withdraw),
                (1, self._grant),
                (2, self._egress_breaks),
            ]
        weights, acts = zip(*steps, strict=True)
        act = self.dice.choices(acts, weights)[0]
        self._said(act.__name__.removeprefix("_"))
        act()
        self._stand_still()
        self.line.listen()

    def _said(self, what: str) -> None:
        self.told.append(what)

    # what befalls it

    def _wait(self) -> None:
        self.line.wait(self.room, self.dice.choice([0.5, 3, 8, 20]))

    def _sweep(self) -> None:
        self.line.sweep()

    def _reconcile(self) -> None:
        """What the minute's task does."""
        sid, now = self.room.sid, self.line.now
        for recording_id in worklist.quiet_parts(room_sid=sid, now=now):
            recorder.resolve(recording_id=recording_id, now=now)
        touched = presence.look(room_sid=sid, now=now)
        for call_id in touched | capture.unsettled_calls(room_sid=sid):
            capture.reconsider(call_id=call_id, now=now)

    def _worker_dies(self) -> None:
        module, name = self.dice.choice(DEATHS)
        before = self.dice.random() < 0.5
        with self._deadly(module, name, before=before):
            try:
                self.line.sweep()
            except WorkerDied:
                self._said(f"{'before' if before else 'after'} {name}")

    def _livekit_is_away(self) -> None:
        self.settings.LIVEKIT_URL = NOWHERE
        self.line.sweep()
        self.settings.LIVEKIT_URL = self.url

    def _store_is_away(self) -> None:
        ours, head = threading.get_ident(), LocalStore.head

        def away(store: LocalStore, *given: Any, **more: Any) -> Any:
            if threading.get_ident() == ours:
                raise StoreUnavailable("away")
            return head(store, *given, **more)  # an Egress that writes just now

        with self.patch.context() as patch:
            patch.setattr(LocalStore, "head", away)
            self.line.sweep()

    def _lease_ends(self) -> None:
        self._let_leases_run_out()

    def _pause(self) -> None:
        call = Call.objects.get()
        try:
            pauses.begin(
                call=call,
                reason=Pause.Reason.CARD,
                by=self.line.service,
                now=self.line.now,
            )
        except pauses.CallOver:
            return
        self.line.reconsider()

    def _resume(self) -> None:
        call = Call.objects.get()
        pauses.resume(call=call, by=self.line.service, now=self.line.now)
        self.line.reconsider()

    def _withdraw(self) -> None:
        self.line.say("withdrawn")

    def _grant(self) -> None:
        self.line.say("granted")

    def _egress_breaks(self) -> None:
        running = [one for one in self.room.recordings if one.is_running]
        if running:
            reason = self.dice.choice(["Process killed", "CPU exhausted", "Failure"])
            self.line.simulator.finish(self.room, running[-1], reason)

    # the machinery

    @contextmanager
    def _deadly(self, module: Any, name: str, *, before: bool) -> Iterator[None]:
        real = getattr(module, name)

        def dies(*given: Any, **more: Any) -> None:
            if not before:
                real(*given, **more)
            raise WorkerDied

        with self.patch.context() as patch:
            patch.setattr(module, name, dies)
            yield

    def _stand_still(self) -> None:
        """Wait for what LiveKit does by itself, so that a seed tells the same story."""
        if self.room.faults.zombie:
            return

        def is_still() -> bool:
            return all(
                one.info.ended_at or (one.active_at and one.is_running)
                for one in self.room.recordings
            )

        until(is_still)

    def _let_leases_run_out(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE recordings_recording SET claimed_until = now() - interval '1s'"
                " WHERE claimed_until IS NOT NULL"
            )


def events_left(line: Line) -> list[str]:
    """Stored events that nobody has applied."""
    return ingest.due_events(now=line.now + timedelta(days=1), limit=99)
