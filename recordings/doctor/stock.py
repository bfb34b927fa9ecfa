"""When each store was last compared with the database, and what waits of it."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from recordings import inventory
from recordings.finding import Finding, ok, warn
from recordings.models import Discrepancy

_BEGIN = "Begin one under Store, and look whether beat and workers run."
USUAL = timedelta(days=7)


def findings() -> Iterator[Finding]:
    """A line a store: how long ago a whole run ended; then what waits for a person."""
    late_after = 2 * (settings.INVENTORY.every or USUAL)
    for name in inventory.stores():
        done = inventory.last_done(name)
        if done is None or done.done_at is None:
            yield warn(f"{name} was never compared with the database", _BEGIN)
            continue
        age = timezone.now() - done.done_at
        told = f"{name} was compared {age.days} days ago: {done.sound} files sound"
        yield warn(told, _BEGIN) if age > late_after else ok(told)
    waiting = Discrepancy.objects.filter(state=Discrepancy.State.OPEN).count()
    if waiting:
        told = f"{waiting} differences wait for a person"
        yield warn(told, "Decide about them under Store.")
