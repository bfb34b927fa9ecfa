"""A double of LiveKit: Twirp in, signed webhooks and real audio out.

Tests, `make run` and the two simulate commands share it. It plays whole calls, with whatever
may go wrong, and is refused in production.
"""

from recordings.livekit.simulator.agent import Portal
from recordings.livekit.simulator.core import Simulator
from recordings.livekit.simulator.demo import demo_scenarios
from recordings.livekit.simulator.desk import CallDesk
from recordings.livekit.simulator.faults import (
    EVERY,
    Ending,
    Faults,
    ObjectFault,
    StartFault,
)
from recordings.livekit.simulator.play import Outcome, Player
from recordings.livekit.simulator.scenario import Consent, Scenario
from recordings.livekit.simulator.server import serve
from recordings.livekit.simulator.trunks import DEMO_TRUNKS, DemoTrunk
from recordings.livekit.simulator.webhooks import over_http, sign

__all__ = [
    "DEMO_TRUNKS",
    "EVERY",
    "CallDesk",
    "Consent",
    "DemoTrunk",
    "Ending",
    "Faults",
    "ObjectFault",
    "Outcome",
    "Player",
    "Portal",
    "Scenario",
    "Simulator",
    "StartFault",
    "demo_scenarios",
    "over_http",
    "serve",
    "sign",
]
