"""Acts about the inventory of the store, what it found, and spills."""

from datetime import timedelta

from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from recordings import inventory, misplaced, sealed_hearing, settling, spills
from recordings.misplaced import What
from recordings.models import CompensatingControl, Discrepancy, Spill
from tests.acts.of_law import page_of
from tests.acts.planted import WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.second_person import second


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


def _spill(cast: Cast) -> Spill:
    part = part_of(hearable_call(cast.claims))
    now = timezone.now()
    misplaced.report(recording=part, what=What.CARD, at_ms=0, by=cast.reviewer, now=now)
    part.refresh_from_db()
    part.keep_until = now + timedelta(days=400)
    part.save(update_fields=["keep_until"])
    return Spill.objects.select_related("recording__call").get(recording=part)


def _sealing(cast: Cast, spill: Spill) -> None:
    now = timezone.now()
    day = (now + timedelta(days=30)).date()
    control = spills.Control(WORDS, WORDS, WORDS, cast.officer, day)
    spills.seal(spill=spill, control=control, by=cast.officer, now=now)


def _sealed(cast: Cast) -> Act:
    spill = _spill(cast)
    return lambda: _sealing(cast, spill)


def _control(cast: Cast) -> CompensatingControl:
    _sealing(cast, _spill(cast))
    return CompensatingControl.objects.latest("opened_at")


def _sealed_opened(cast: Cast) -> Act:
    part, other = _control(cast).spill.recording, second(Role.OFFICER)
    now = timezone.now()
    asked = sealed_hearing.ask(recording=part, by=cast.officer, now=now)
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    return lambda: approving.carry_out(approval=asked, by=other, now=now)


def _reviewed(cast: Cast) -> Act:
    control, now = _control(cast), timezone.now()
    day = (now + timedelta(days=90)).date()
    return lambda: spills.review(
        control=control, review_on=day, by=cast.officer, now=now
    )


def _closed(cast: Cast) -> Act:
    control, other = _control(cast), second(Role.OFFICER)
    return lambda: spills.close(
        control=control, closing=WORDS, by=other, now=timezone.now()
    )


ACTS: Table = {
    Action.INVENTORY_BEGUN: _begun,
    Action.INVENTORY_TAKEN: lambda cast: page_of(cast.officer, "inventory-file"),
    Action.DISCREPANCY_DECIDED: _set_aside,
    Action.RECORDING_ADOPTED: _adopted,
    Action.RECORDING_SEALED: _sealed,
    Action.CONTROL_OPENED: _sealed,
    Action.SEALED_OPENED: _sealed_opened,
    Action.CONTROL_REVIEWED: _reviewed,
    Action.CONTROL_CLOSED: _closed,
}
