"""A hold and the sweep meet on the same item: it is kept whole, or known to be gone.

Four workers and one person who places a hold set out at the same moment, 200
times here and 10,000 times in `make bench ARGS=holds`.
"""

from collections import Counter
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from compliance.models import DestructionReceipt
from recordings import media_store
from recordings.models import Recording
from tests.cast import assemble
from tests.factories.recordings import STARTED
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
State = Recording.State

NOW = STARTED + timedelta(days=91)
TRIALS = 200
KEPT = ("kept", True, State.AVAILABLE, None)
TOO_LATE = ("too_late", False, State.DESTROYED, None)
NOTHING_LEFT = ("", False, State.DESTROYED, None)


def test_no_held_item_is_destroyed_and_none_is_stuck(
    settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    store = media_store.store()

    ends = Counter(
        (one.caught, one.is_there, one.part.state, one.part.claimed_until)
        for one in race(assemble(), store, trials=TRIALS, workers=4, now=NOW)
    )

    assert set(ends) <= {KEPT, TOO_LATE, NOTHING_LEFT}
    assert sum(ends.values()) == TRIALS
    assert ends[KEPT], "the sweep was faster every time: nothing was tried"
    assert TRIALS - ends[KEPT] == DestructionReceipt.objects.count() > 0
