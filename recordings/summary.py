"""The words that lists show for a call: kept on its row, worked out from its parts."""

from collections.abc import Iterable

from recordings.models import Call, Recording

State = Recording.State


def refresh(call: Call, *, consent: Call.Consent | None = None) -> None:
    """Write the call's summary columns from its recordings, and consent if given."""
    parts = list(call.recordings.all())
    call.capture = of_parts(part.state for part in parts)
    if consent is not None:
        call.consent = consent
    goes = [p.expires_at for p in parts if p.expires_at and p.state != State.DESTROYED]
    call.expires_at = min(goes, default=None)
    Call.objects.filter(id=call.id).update(
        capture=call.capture, consent=call.consent, expires_at=call.expires_at
    )


def of_parts(states: Iterable[str]) -> Call.Capture:
    """One word for the states of all parts of a call."""
    present = set(states)
    if present & {State.RECORDING, State.STOPPING}:
        return Call.Capture.RECORDING
    if present & {State.PLANNED, State.STARTING, State.UNCLEAR, State.CHECKING}:
        return Call.Capture.CHECKING
    kept = present & {*Recording.HEARABLE, State.QUARANTINED}
    broken = present & {State.FAILED, State.ABORTED, State.LOST}
    if kept:
        return Call.Capture.PARTIAL if broken else Call.Capture.RECORDED
    if broken - {State.ABORTED}:
        return Call.Capture.FAILED
    if present & {State.DESTROYED, State.EXPIRED}:
        return Call.Capture.GONE
    return Call.Capture.NONE
