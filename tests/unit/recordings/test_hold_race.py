"""A hold and the sweep meet on the same items: each is kept whole, or known to be gone.

Four workers destroy while one person places holds one after another, each on a call
that may be kept, going or gone at that moment. `make bench ARGS=holds` has more.
"""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from compliance.models import DestructionReceipt, HoldItem
from recordings import media_store
from recordings.models import Recording
from tests.cast import assemble
from tests.factories.recordings import STARTED
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
State = Recording.State

NOW = STARTED + timedelta(days=91)
TRIALS = 200


def test_no_held_item_is_destroyed_and_none_is_stuck(
    settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    store = media_store.store()

    race(assemble(), store, trials=TRIALS, workers=4, now=NOW)

    rows = {row.item_id: row for row in HoldItem.objects.all()}
    kept = gone = 0
    for part in Recording.objects.all():
        there = store.head(part.object_key) is not None
        receipts = DestructionReceipt.objects.filter(item_id=part.id).count()
        caught = rows.get(part.id)
        if caught and caught.state == HoldItem.State.KEPT:
            kept += 1
            assert (part.state, there, receipts) == (State.AVAILABLE, True, 0)
        else:
            gone += 1
            assert (part.state, there, receipts) == (State.DESTROYED, False, 1)
            assert part.claimed_until is None
    assert kept + gone == TRIALS
    assert kept, "the sweep was faster every time: nothing was tried"
    assert gone, "the holds were faster every time: nothing was tried"
