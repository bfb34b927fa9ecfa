"""Who may hear a sealed recording: whom two people let, as evidence, for a while."""

from datetime import datetime

from compliance.models import Person, Purpose
from recordings.models import Recording, SealedListen


def lets(
    recording: Recording, person: Person, purpose: Purpose, *, now: datetime
) -> bool:
    """Whether two people let this person hear it for this purpose now."""
    if recording.state != Recording.State.SEALED or purpose != Purpose.EVIDENCE:
        return False
    rows = SealedListen.objects.filter(recording_id=recording.pk, person=person)
    return rows.filter(until__gt=now).exists()
