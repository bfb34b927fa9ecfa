"""What is told of clocks that disagree, and of events that do not come."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from recordings import intake, media_store
from recordings.clocks import CLOCKS
from recordings.doctor import clocks, webhooks
from recordings.finding import Level
from recordings.models import LiveKitEvent
from tests.unit.recordings.doctor.looking import told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted(clean_cache: None) -> None:
    """Nobody was refused yet."""


def arrived(
    *,
    ago: timedelta = timedelta(0),
    lag: timedelta = timedelta(0),
    applied: bool = True,
) -> None:
    """An event that came some time ago, signed so much earlier."""
    received = datetime.now(UTC) - ago
    LiveKitEvent.objects.create(
        id=f"EV_{LiveKitEvent.objects.count()}",
        name="room_started",
        payload="{}",
        signed_at=received - lag,
        received_at=received,
        due_at=received,
        applied_at=received if applied else None,
        state="applied" if applied else "received",
    )


def ahead(seconds: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "level"),
    [
        (0.5, Level.OK),
        (6, Level.WARN),
        (-6, Level.WARN),
        (31, Level.FAIL),
        (-31, Level.FAIL),
    ],
)
@pytest.mark.parametrize("clock", ["database", "redis"])
def test_clocks_five_and_thirty_seconds_apart(
    monkeypatch: pytest.MonkeyPatch, clock: str, seconds: float, level: Level
) -> None:
    monkeypatch.setitem(CLOCKS, clock, ahead(seconds))

    found = told(clocks.findings(), level)

    assert (
        any(f"{abs(seconds):.1f} seconds" in what for what in found) or seconds == 0.5
    )
    if level is not Level.OK:
        assert list(found.values()) == ["Keep both machines in step by NTP (chrony)."]


def test_the_store_has_a_clock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead:
        clock = staticmethod(ahead(40))

    monkeypatch.setattr(media_store, "store", Ahead)

    (failed,) = told(clocks.findings(), Level.FAIL)

    assert failed == "the store: 40.0 seconds ahead"


def test_a_clock_that_cannot_be_read_stops_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks() -> datetime:
        raise ConnectionError

    monkeypatch.setitem(CLOCKS, "database", breaks)

    assert list(told(clocks.findings(), Level.WARN)) == [
        "the database: not to be read (ConnectionError)"
    ]
    assert len(told(clocks.findings(), Level.OK)) == 3


@pytest.mark.parametrize(
    ("lags", "level", "what"),
    [
        ([0, 12], Level.OK, "LiveKit: 0.0 seconds"),
        ([40, 52], Level.FAIL, "LiveKit: 40.0 seconds behind"),
        ([-20, -8], Level.WARN, "LiveKit: 20.0 seconds ahead"),
        ([], Level.OK, "LiveKit: not known"),
    ],
)
def test_livekits_clock_is_known_from_what_it_signed(
    lags: list[int], level: Level, what: str
) -> None:
    for lag in lags:
        arrived(lag=timedelta(seconds=lag))

    assert any(one.startswith(what) for one in told(clocks.findings(), level))


def test_no_event_ever() -> None:
    (warned,) = told(webhooks.findings(), Level.WARN).values()

    assert "webhook.urls" in warned


def test_events_that_come_and_are_worked_through() -> None:
    arrived()

    assert told(webhooks.findings(), Level.WARN) == {}


def test_refused_events() -> None:
    arrived()
    intake.refused(now=datetime.now(UTC))

    (warned,) = told(webhooks.findings(), Level.WARN).items()

    assert warned[0] == "1 refused (401) in the last 60 minutes"
    assert "LIVEKIT_API_KEYS" in warned[1]


def test_events_that_nobody_applies() -> None:
    arrived()
    arrived(ago=timedelta(minutes=5), applied=False)

    (warned,) = told(webhooks.findings(), Level.WARN)

    assert warned.startswith("1 wait to be applied, the first for 300")
