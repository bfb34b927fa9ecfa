"""The control desk of a running simulator: takes calls to play, says how they went."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from recordings.livekit.simulator.play import Outcome, Player
from recordings.livekit.simulator.scenario import Scenario


class CallDesk:
    """Plays several calls at a time."""

    def __init__(self, player: Player, *, at_once: int = 8) -> None:
        """Play with `player`, `at_once` calls at the same time."""
        self._player = player
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="call")
        self._outcomes: dict[str, Outcome] = {}

    def take(self, scenarios: object) -> list[dict[str, object]]:
        """Begin to play a JSON list of scenarios. Raises ValueError or TypeError."""
        if not isinstance(scenarios, list):
            raise ValueError("a JSON list of scenarios is wanted")
        read = [Scenario.from_json(one) for one in scenarios]
        return [outcome.to_json() for outcome, _done in self.play(read)]

    def play(
        self, scenarios: Iterable[Scenario]
    ) -> list[tuple[Outcome, "Future[Outcome]"]]:
        """Begin to play scenarios; each future ends with its call."""
        begun = []
        for scenario in scenarios:
            outcome = Outcome(scenario.name)
            self._outcomes[outcome.id] = outcome
            done = self._pool.submit(self._player.play, scenario, outcome)
            begun.append((outcome, done))
        return begun

    def show(self, call_id: str) -> dict[str, object]:
        """Say how a call goes. Raises KeyError."""
        return self._outcomes[call_id].to_json()
