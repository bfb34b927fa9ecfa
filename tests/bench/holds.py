"""A hold against the sweep with four workers, 10,000 times: none held is destroyed."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import override_settings

from recordings import media_store
from recordings.models import Recording
from tests.bench import report
from tests.cast import Cast
from tests.factories.recordings import STARTED
from tests.racing import Outcome, race

TRIALS = 10_000
WORKERS = 4
NOW = STARTED + timedelta(days=91)


def run(cast: Cast) -> None:
    """Count the trials that ended in any other way than kept whole, or gone and known."""
    with (
        TemporaryDirectory() as folder,
        override_settings(MEDIA_STORE={"kind": "local", "root": Path(folder)}),
    ):
        store = media_store.store()
        trials = race(cast, store, trials=TRIALS, workers=WORKERS, now=NOW)
        odd = sum(not _is_sound(one) for one in trials)
    report.within("hold_races_lost", odd, TRIALS, limit=0, unit="")


def _is_sound(one: Outcome) -> bool:
    if one.caught == "kept":
        return one.is_there and one.part.state == Recording.State.AVAILABLE
    return not one.is_there and one.part.state == Recording.State.DESTROYED
