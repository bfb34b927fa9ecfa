"""Two hundred calls to which everything happens that can: each ends in a truthful state.

A failure names its seed; `make test ARGS="-k 'rough and [17]'"` plays it again.
"""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from compliance.access import grants
from compliance.access.roles import Role
from recordings.models import Alert, Call, LiveKitEvent, Recording
from tests.line import Line, be_impatient
from tests.telling import BEGAN
from tests.unit.recordings.rough import RoughCall, events_left

pytestmark = pytest.mark.django_db
State = Recording.State
RUNS = 200
OVERLAP = timedelta(seconds=30)
"""How long two recorders of one call may run side by side: a late one is stopped."""


@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_befalls_a_call_its_end_is_truthful(
    line: Line,
    seed: int,
    settings: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    be_impatient(monkeypatch)
    grants.grant(
        person=line.service, role=Role.SERVICE, by=None, now=BEGAN, team=line.team
    )
    rough = RoughCall(line, seed, settings, monkeypatch)
    print(f"seed {seed}")  # noqa: T201 - shown with a failure

    rough.live()
    rough.calm_down()

    print(*rough.told, rough.room.faults, sep="\n")  # noqa: T201
    nothing_is_left_open(line)
    time_adds_up()
    every_recorder_is_known_and_none_recorded_beside_another(rough)
    every_file_has_a_row(tmp_path)
    nothing_ended_in_silence()


def nothing_is_left_open(line: Line) -> None:
    """Every part has an end, the call too, and every event was applied."""
    call = Call.objects.get()
    assert call.ended_at is not None
    for part in Recording.objects.all():
        assert part.state not in (*Recording.OPEN, State.CHECKING), part.state
    assert not events_left(line)
    assert not LiveKitEvent.objects.filter(state=LiveKitEvent.State.FAILED).exists()


def time_adds_up() -> None:
    """Recorded and unrecorded seconds are the call."""
    call = Call.objects.get()
    assert call.recorded_ms + call.unrecorded_ms == call.duration_ms
    assert call.missed_ms <= call.unrecorded_ms


def every_recorder_is_known_and_none_recorded_beside_another(rough: RoughCall) -> None:
    """No egress without its row, and no double recording that lasts."""
    rows = {row.egress_id for row in Recording.objects.exclude(egress_id="")}
    assert {one.id for one in rough.room.recordings} <= rows
    spans = sorted(
        (one.active_at, one.info.ended_at)
        for one in rough.room.recordings
        if one.active_at and one.info.ended_at
    )
    for (_begun, ended), (begins, _ends) in pairwise(spans):
        overlap = timedelta(microseconds=ended // 1000 - begins.timestamp() * 1_000_000)
        assert overlap < OVERLAP


def every_file_has_a_row(folder: Path) -> None:
    """What lies in the store is on a row that says what it is."""
    keys = set(Recording.objects.values_list("object_key", flat=True))
    for path in folder.rglob("*.ogg"):
        assert str(path.relative_to(folder)) in keys


def nothing_ended_in_silence() -> None:
    """What is not to be heard has a reason; what was meant to be, an alert as well."""
    for part in Recording.objects.exclude(state=State.AVAILABLE):
        assert part.reason or part.stop_wanted
    for part in Recording.objects.filter(state__in=(State.FAILED, State.LOST)):
        alerts = Alert.objects.filter(recording=part) | Alert.objects.filter(
            call=part.call_id
        )
        assert alerts.exists(), part.reason
    call = Call.objects.get()
    if call.capture == Call.Capture.RECORDED:
        states = set(call.recordings.values_list("state", flat=True))
        assert states <= {State.AVAILABLE, State.LIMIT_REACHED, State.ABORTED}
