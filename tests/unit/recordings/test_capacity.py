"""When LiveKit has no recorder free it is a matter of its own, beside each call's."""

from datetime import timedelta

import pytest

from recordings import recorder
from recordings.livekit.simulator import Faults, StartFault
from recordings.models import Alert
from tests.line import Line, be_impatient

pytestmark = pytest.mark.django_db
Kind = Alert.Kind


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)


def short() -> bool:
    """Whether the want of capacity is an open matter."""
    return Alert.objects.filter(kind=Kind.NO_CAPACITY, closed_at=None).exists()


def test_a_start_that_was_refused_to_the_end_for_want_of_capacity(line: Line) -> None:
    line.ring(Faults(start=StartFault.NO_CAPACITY))
    line.sweep()
    assert not short(), "the next try may find room"
    while not Alert.objects.filter(kind=Kind.NOT_RECORDED).exists():
        line.sweep()
        line.now += timedelta(seconds=20)
    assert short()


def test_it_is_over_when_a_start_succeeds_a_while_later(line: Line) -> None:
    room = line.ring(
        Faults(start=StartFault.NO_CAPACITY, start_times=recorder.MOST_STARTS)
    )
    while not short():
        line.sweep()
        line.now += timedelta(seconds=20)
    Alert.objects.update(opened_at=line.now - recorder.CALM)
    line.now += timedelta(minutes=1)

    line.record(room)

    assert not short()
