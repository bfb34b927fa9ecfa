"""Acts about the inventory of the store, and what it found."""

from django.utils import timezone

from compliance.audit.actions import Action
from recordings import inventory, settling
from recordings.models import Discrepancy
from tests.acts.of_law import page_of
from tests.acts.planted import WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call


def _begun(cast: Cast) -> Act:
    now = timezone.now()
    return lambda: inventory.begin(store="local", by=cast.administrator, now=now)


def _orphan(cast: Cast) -> Discrepancy:
    call = hearable_call(cast.claims)
    return Discrepancy.objects.create(
        kind=Discrepancy.Kind.ORPHAN,
        store="local",
        object_key=f"recordings/{cast.claims.pk}/2026/11/02/{call.pk}/01-ab.ogg",
        team=cast.claims,
    )


def _set_aside(cast: Cast) -> Act:
    found, now = _orphan(cast), timezone.now()
    return lambda: settling.set_aside(found=found, by=cast.officer, note=WORDS, now=now)


def _adopted(cast: Cast) -> Act:
    found, now = _orphan(cast), timezone.now()
    return lambda: settling.adopt(found=found, by=cast.officer, now=now)


ACTS: Table = {
    Action.INVENTORY_BEGUN: _begun,
    Action.INVENTORY_TAKEN: lambda cast: page_of(cast.officer, "inventory-file"),
    Action.DISCREPANCY_DECIDED: _set_aside,
    Action.RECORDING_ADOPTED: _adopted,
}
