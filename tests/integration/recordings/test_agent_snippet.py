"""The agent of docs/agents.md, run as it stands there against the portal.

livekit-agents is no dependency of ours: its session, room and caller are stood in for,
with no more of them than the page uses. HTTP, key, portal and database are real.
"""

import asyncio
import re
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django.live_server_helper import LiveServer

from compliance.models import ServiceKey
from recordings.api import waiting
from recordings.models import Call, ConsentRecord, Pause, Recording
from tests.architecture.tree import ROOT
from tests.cast import Cast
from tests.factories.recordings import RecordingFactory, TrunkFactory

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
SNIPPET = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
PATIENT_SECONDS = 30
ATTRIBUTES = {
    "sip.callID": "SCL_one",
    "sip.trunkID": "ST_claims",
    "sip.phoneNumber": "+493023125042",
}


@dataclass
class Session:
    """Stands in for an AgentSession: what was said, and how it was started."""

    userdata: Any
    said: list[str] = field(default_factory=list)
    started: dict[str, Any] = field(default_factory=dict)

    async def start(self, **options: Any) -> None:
        self.started = options

    async def say(self, text: str) -> None:
        self.said.append(text)


class Room:
    """Stands in for the room: its sid is awaited, as LiveKit's is."""

    name = "claims-7"

    @property
    async def sid(self) -> str:
        return "RM_snippet"


class Job:
    """Stands in for a JobContext."""

    room = Room()

    async def connect(self) -> None:
        """Nothing to connect to."""

    async def wait_for_participant(self) -> Any:
        return SimpleNamespace(sid="PA_caller", attributes=ATTRIBUTES)


@dataclass
class Agent:
    """The page's own functions, and what its session did."""

    page: dict[str, Any]
    sessions: list[Session]

    @property
    def session(self) -> Session:
        return self.sessions[-1]

    def run(self, *steps: Callable[[Session], Awaitable[Any]]) -> None:
        """Take a call, then do the steps, and wait until every report was taken."""

        async def job() -> None:
            await self.page["entrypoint"](Job())
            for step in steps:
                await step(self.session)
            await asyncio.wait_for(self.session.userdata.acts.join(), 30)
            self.session.userdata.sender.cancel()

        asyncio.run(job())


@pytest.fixture
def agent(
    cast: Cast, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> Agent:
    """The page's agent with a key of the service of claims."""
    TrunkFactory.create(livekit_id="ST_claims", team=cast.claims)
    with transaction.atomic():
        _key, token = ServiceKey.objects.create_key(name="agent", service=cast.service)
    monkeypatch.setenv("EARWITNESS_URL", live_server.url)
    monkeypatch.setenv("EARWITNESS_KEY", token)
    sessions: list[Session] = []

    def session(*, userdata: Any) -> Session:
        sessions.append(Session(userdata))
        return sessions[-1]

    framework: Any = ModuleType("livekit.agents")
    framework.Agent, framework.AgentSession = SimpleNamespace, session
    framework.JobContext = Job
    monkeypatch.setitem(sys.modules, "livekit.agents", framework)
    page: dict[str, Any] = {}
    exec(compile(SNIPPET, "docs/agents.md", "exec"), page)  # noqa: S102
    # this machine may be busy; one test is about time-outs, and it has its own
    page["Portal"].ask.__defaults__ = (PATIENT_SECONDS, "")
    return Agent(page, sessions)


@contextmanager
def a_silent_portal() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        taking.join(5)
        for connection in held:
            connection.close()


def test_a_german_caller_hears_who_speaks_and_is_asked(agent: Agent) -> None:
    """The agent was faster than LiveKit's webhook, and the caller notices nothing."""
    agent.run()

    ai, question = agent.session.said
    assert "KI-Assistent" in ai
    assert "aufzeichnen" in question
    call = Call.objects.get()
    assert call.is_provisional
    record = ConsentRecord.objects.get()
    assert (record.kind, record.call, record.language) == ("ai_disclosed", call, "de")
    assert record.script_version.startswith("de-")
    assert not Recording.objects.exists(), "nobody has agreed"


def test_a_yes_starts_the_recording(agent: Agent) -> None:
    async def agree(session: Session) -> None:
        session.userdata.report("granted")

    agent.run(agree)

    assert Recording.objects.get().state == Recording.State.PLANNED


def test_the_framework_keeps_no_recording_of_its_own(agent: Agent) -> None:
    agent.run()
    assert agent.session.started["record"] is False


def test_without_an_answer_nothing_is_said_of_recording_and_reports_arrive_later(
    agent: Agent, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def card(session: Session) -> None:
        await agent.page["take_card"](session)

    async def the_portal_is_back(session: Session) -> None:
        portal = session.userdata
        sip = {"sip_call_id": "SCL_one", "trunk_id": "ST_claims"}
        portal.room = f"{live_server.url}/api/v1/rooms/RM_snippet/"
        declared = {"room_name": "claims-7", "participant": "PA_caller", **sip}
        await portal.ask("declaration", declared)

    quick = agent.page["Portal"].ask
    monkeypatch.setattr(
        agent.page["Portal"],
        "ask",
        lambda self, what, body, seconds=2, key="": quick(
            self, what, body, min(seconds, 2), key
        ),
    )
    with a_silent_portal() as url:
        monkeypatch.setenv("EARWITNESS_URL", url)
        agent.run(card, the_portal_is_back)

    said = " ".join(agent.session.said)
    assert agent.session.said[0] == "You are speaking with an AI assistant."
    assert "record" not in said
    assert "I cannot take card numbers now" in said
    record = ConsentRecord.objects.get()
    assert record.kind == "ai_disclosed"
    assert record.occurred_at < record.reported_at


def test_a_card_number_is_asked_for_only_when_nothing_is_recorded(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LiveKit has not said yet that the recorder ended: 202, and no card is taken."""
    monkeypatch.setattr(waiting, "_seats", threading.Semaphore(0))

    def record() -> None:
        RecordingFactory.create(
            call=Call.objects.get(), state=Recording.State.RECORDING
        )
        connection.close()  # a thread's own

    async def recorded_then_card(session: Session) -> None:
        await asyncio.to_thread(record)
        await agent.page["take_card"](session)

    agent.run(recorded_then_card)

    assert "I cannot take card numbers now" in agent.session.said[-1]
    assert Pause.objects.get().confirmed_at is None


def test_where_the_pause_is_certain_the_card_is_taken_and_the_call_goes_on(
    agent: Agent,
) -> None:
    agent.run(agent.page["take_card"])

    assert "tell me your card number" in agent.session.said[-1]
    pause = Pause.objects.get()
    assert pause.confirmed_at is not None
    assert pause.end == Pause.End.RESUMED


def test_a_report_that_is_refused_does_not_hold_up_the_next(agent: Agent) -> None:
    async def nonsense_then_no(session: Session) -> None:
        session.userdata.report("perhaps")
        session.userdata.report("refused")

    agent.run(nonsense_then_no)

    kinds = ConsentRecord.objects.values_list("kind", flat=True)
    assert list(kinds) == ["ai_disclosed", "refused"]
