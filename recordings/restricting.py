"""An officer restricts the recordings of a call by his own decision, and lifts that."""

from datetime import datetime

from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Item
from compliance.models import Person, Restriction
from compliance.retention import restrictions
from compliance.retention.restrictions import NotRestricted, Placed
from recordings.models import Call, Recording


def place(
    *, call: Call, ground: Restriction.Ground, why: str, by: Person, now: datetime
) -> Placed:
    """Restrict all there is of a call. Raises Refused and NotRestricted, also where that
    is nothing: nobody is to think that it was done."""
    policy.require(by, Verb.RESTRICT, call)
    if not (items := _items(call)):
        raise NotRestricted(_("Nothing of this call is kept that could be restricted."))
    return restrictions.place(items=items, ground=ground, why=why, by=by, now=now)


def lift(*, call: Call, why: str, by: Person, now: datetime) -> int:
    """Lift what officers restricted of it; what requests restrict stays. Returns how
    many rows ended. Raises Refused and NotRestricted."""
    policy.require(by, Verb.RESTRICT, call)
    return restrictions.lift(items=_items(call), why=why, by=by, now=now)


def _items(call: Call) -> list[Item]:
    rows = call.recordings.exclude(state=Recording.State.DESTROYED)
    return [Item(Recording.ITEM, pk) for pk in rows.values_list("pk", flat=True)]
