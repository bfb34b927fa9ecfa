"""A played call reports what was said when it was said, and is recorded when it may be."""

import contextlib
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from recordings.livekit import client
from recordings.livekit.demo_audio import conversations
from recordings.livekit.facts import Mixing, ParticipantKind
from recordings.livekit.simulator import (
    CallDesk,
    Consent,
    Faults,
    Player,
    Portal,
    Scenario,
    Simulator,
    StartFault,
    serve,
)
from tests.unit.recordings.livekit.conftest import LONG_AGO, LiveKit
from tests.waiting import until


class Office(ThreadingHTTPServer):
    """A portal's consent API that lets recorders run from the first consent on."""

    daemon_threads = True

    def __init__(self, simulator: Simulator) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.simulator = simulator
        self.reports: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.unknown_for = 2
        self.one_at_a_time = threading.Lock()

    def may_record(self) -> bool:
        kinds = [report["kind"] for report in self.reports]
        return "granted" in kinds and "withdrawn" not in kinds

    def settle(self) -> None:
        """Start or stop, as a portal's worker would."""
        room = self.simulator.rooms[-1]
        with self.one_at_a_time:
            running = [one for one in room.recordings if one.is_running]
            if self.may_record() and not room.recordings:
                with contextlib.suppress(client.StartRefused):
                    client.start_recording(
                        room_name=room.info.name,
                        key="k.ogg",
                        mixing=Mixing.AGENT_LEFT,
                        upload=None,
                    )
            elif running and not self.may_record():
                client.stop(running[0].id)


class Desk(BaseHTTPRequestHandler):
    server: Office

    def do_GET(self) -> None:
        self.server.tokens.add(self.headers["Authorization"])
        if self.server.unknown_for:
            self.server.unknown_for -= 1
            self._reply(404, {})
        else:
            self._reply(200, {"may_record": self.server.may_record()})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.append(json.loads(body))
        self._reply(201, {})
        threading.Thread(target=self.server.settle).start()

    def _reply(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def office(livekit: LiveKit) -> Iterator[Office]:
    with Office(livekit.simulator) as office:
        threading.Thread(target=office.serve_forever, args=(0.05,)).start()
        yield office
        office.shutdown()


def player(livekit: LiveKit, office: Office) -> Player:
    url = f"http://127.0.0.1:{office.server_address[1]}"
    portal = Portal(url=url, token="abc.def")
    return Player(livekit.simulator, portal, patience_seconds=10)


def scenario(consent: Consent, **changes: Any) -> Scenario:
    given: dict[str, Any] = {
        "conversation": "support_uk_withdrawn",
        "starts_at": LONG_AGO,
        "consent": consent,
    }
    return Scenario(**given | changes)


SPEECH = conversations()["support_uk_withdrawn"]


def test_a_granted_call_is_recorded_from_the_consent_on(
    livekit: LiveKit, office: Office
) -> None:
    outcome = player(livekit, office).play(scenario(Consent.GRANTED))

    assert outcome.recordings == ["EGRESS_COMPLETE"]
    assert (outcome.state, outcome.events_lost, outcome.note) == ("over", 0, "")
    assert [report["kind"] for report in office.reports] == [
        "ai_disclosed",
        "announced",
        "granted",
    ]
    granted = office.reports[2]
    assert granted["offset_ms"] == pytest.approx(SPEECH.marks["consent"], abs=100)
    assert granted["evidence"] == SPEECH.answer
    assert datetime.fromisoformat(granted["occurred_at"]).date() == LONG_AGO.date()
    assert office.tokens == {"Api-Key abc.def"}
    ended = next(
        event.egress for event in livekit.heard if event.name == "egress_ended"
    )
    assert ended is not None
    assert ended.file is not None
    heard_ms = SPEECH.duration_ms - SPEECH.marks["consent"]
    assert ended.file.duration_ms == pytest.approx(heard_ms, abs=2_000)


def test_a_withdrawal_ends_the_recording_there(
    livekit: LiveKit, office: Office
) -> None:
    outcome = player(livekit, office).play(scenario(Consent.WITHDRAWN))

    assert outcome.recordings == ["EGRESS_COMPLETE"]
    ended = next(
        event.egress for event in livekit.heard if event.name == "egress_ended"
    )
    assert ended is not None
    assert ended.file is not None
    assert ended.details == "End reason: StopEgress API"
    heard_ms = SPEECH.marks["withdraw"] - SPEECH.marks["consent"]
    assert ended.file.duration_ms == pytest.approx(heard_ms, abs=2_000)


@pytest.mark.parametrize(
    ("consent", "reported"),
    [
        (Consent.REFUSED, ["ai_disclosed", "announced", "refused"]),
        (Consent.ANNOUNCED, ["ai_disclosed", "announced"]),
        (Consent.NONE, []),
    ],
)
def test_without_consent_nothing_is_recorded(
    livekit: LiveKit, office: Office, consent: Consent, reported: list[str]
) -> None:
    outcome = player(livekit, office).play(scenario(consent))

    assert outcome.recordings == []
    assert [report["kind"] for report in office.reports] == reported


def test_a_start_that_is_refused_does_not_hold_up_the_call(
    livekit: LiveKit, office: Office
) -> None:
    faults = Faults(start=StartFault.NO_CAPACITY)

    outcome = player(livekit, office).play(scenario(Consent.GRANTED, faults=faults))

    assert outcome.recordings == []
    assert outcome.state == "over"


def test_a_colleague_joins_and_labels_travel_with_the_caller(
    livekit: LiveKit, office: Office
) -> None:
    given = scenario(
        Consent.GRANTED,
        conversation="sales_us_transfer",
        joins="Sam",
        labels={"ticket": "T-1"},
        inbound=False,
        caller_number=None,
    )
    player(livekit, office).play(given)

    livekit.names()
    joined = [
        one.participant for one in livekit.heard if one.name == "participant_joined"
    ]
    people = [one for one in joined if one]
    kinds = [one.kind for one in people]
    assert kinds == [
        ParticipantKind.AGENT,
        ParticipantKind.CALLER,
        ParticipantKind.RECORDER,
        ParticipantKind.STAFF,
    ]
    assert people[1].phone_number is None
    assert people[1].attributes["ticket"] == "T-1"
    assert people[1].direction == "outbound"


def test_a_live_call_takes_its_time(livekit: LiveKit, office: Office) -> None:
    begun = datetime.now(UTC)

    player(livekit, office).play(scenario(Consent.NONE, starts_at=None, speed=100.0))

    least = timedelta(milliseconds=SPEECH.duration_ms / 100)
    assert datetime.now(UTC) - begun >= least


def ask(url: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(url, data, timeout=20) as answer:  # noqa: S310
        return json.load(answer)


def test_a_running_simulator_takes_calls_over_http(
    livekit: LiveKit, office: Office
) -> None:
    desk = CallDesk(player(livekit, office))
    with serve(livekit.simulator, desk=desk) as server:
        taken = ask(
            f"{server.url}/simulator/calls", [scenario(Consent.GRANTED).to_json()]
        )
        url = f"{server.url}/simulator/calls/{taken[0]['id']}"
        until(lambda: ask(url)["state"] == "over")

        assert ask(url)["recordings"] == ["EGRESS_COMPLETE"]
        assert ask(f"{server.url}/simulator/") == {"simulator": True}
        wrongs: tuple[object, ...] = (
            {},
            [1],
            [{"weather": "fine"}],
            [{"conversation": "none"}],
        )
        for wrong in wrongs:
            with pytest.raises(urllib.error.HTTPError) as refused:
                ask(f"{server.url}/simulator/calls", wrong)
            assert refused.value.code == 400
            refused.value.close()
        with pytest.raises(urllib.error.HTTPError) as missing:
            ask(f"{server.url}/simulator/calls/none")
        assert missing.value.code == 404
        missing.value.close()
