"""The words that lists show for a call: kept on its row, worked out from its parts.

Whoever changes a part also writes here, so the house has one order of locks: room, then
call, then recording. `locked` takes the call's lock before the part's is asked for.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from compliance.models.statements import update_rows
from recordings import coverage
from recordings.models import Call, Pause, Recording

State = Recording.State
_WRITTEN = (
    "capture", "consent", "why", "expires_at", "recorded_ms", "unrecorded_ms",
    "missed_ms",
)  # fmt: skip


def locked(call_id: UUID) -> Call:
    """The call under its row lock; take it before the lock of any of its parts."""
    return (
        Call.objects.select_for_update(of=("self",))
        .select_related("team", "room", "trunk")
        .get(id=call_id)
    )


def locked_several(call_ids: Collection[UUID]) -> list[Call]:
    """The same of several calls, in the order of their ids: so two who want the same wait
    for each other, and for nobody else."""
    rows = Call.objects.select_for_update(of=("self",)).filter(id__in=call_ids)
    return list(rows.order_by("id"))


def lock(call_id: UUID) -> None:
    """Take the lock of a call, without reading it."""
    Call.objects.select_for_update().values_list("id").get(id=call_id)


def refresh(
    call: Call,
    parts: list[Recording] | None = None,
    *,
    consent: Call.Consent | None = None,
    why: str = "",
) -> None:
    """Write the call's summary columns from its parts; consent and why if given.

    parts: all of them as they were saved, in order, where they are at hand. The caller
    holds the call's lock.
    """
    if parts is None:
        parts = list(Recording.objects.filter(call=call).order_by("part"))
    _sum_up(call, parts, call.pauses.all())
    if consent is not None:
        call.consent, call.why = consent, why
    call.save(update_fields=_WRITTEN)


def refresh_several(calls: Collection[Call]) -> None:
    """The same of several calls, whose locks the caller holds, in three statements."""
    prefetch_related_objects(
        list(calls),
        "pauses",
        Prefetch("recordings", queryset=Recording.objects.order_by("part")),
    )
    for call in calls:
        _sum_up(call, list(call.recordings.all()), call.pauses.all())
    update_rows(list(calls), _WRITTEN)


def _sum_up(call: Call, parts: Sequence[Recording], pauses: Iterable[Pause]) -> None:
    """Set the columns that follow from its parts."""
    kept_in_part = any(part.is_partial for part in parts)
    call.capture = of_parts((part.state for part in parts), kept_in_part=kept_in_part)
    if call.capture == Call.Capture.NONE and call.do_not_record_id is not None:
        call.capture = Call.Capture.EXCLUDED
    goes = [p.expires_at for p in parts if p.expires_at and p.state != State.DESTROYED]
    call.expires_at = min(goes, default=None)
    told = coverage.of_call(
        call,
        parts=parts,
        pauses=pauses,
        until=call.ended_at or call.started_at,
    )
    call.recorded_ms = told.recorded_ms
    call.unrecorded_ms = told.unrecorded_ms
    call.missed_ms = told.missed_ms


def of_parts(states: Iterable[str], *, kept_in_part: bool = False) -> Call.Capture:
    """One word for the states of all parts of a call.

    kept_in_part: one of them holds only a part of what was said.
    """
    present = set(states)
    if present & {State.RECORDING, State.STOPPING}:
        return Call.Capture.RECORDING
    if present & {State.PLANNED, State.STARTING, State.UNCLEAR, State.CHECKING}:
        return Call.Capture.CHECKING
    kept = present & {*Recording.HEARABLE, *Recording.SHUT, State.IN_BACKUP}
    broken = present & {State.FAILED, State.ABORTED, State.LOST}
    if kept:
        in_part = broken or kept_in_part or State.IN_BACKUP in present
        return Call.Capture.PARTIAL if in_part else Call.Capture.RECORDED
    if broken - {State.ABORTED}:
        return Call.Capture.FAILED
    if present & {State.DESTROYED, State.EXPIRED}:
        return Call.Capture.GONE
    return Call.Capture.NONE
