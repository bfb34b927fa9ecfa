"""Why a part cannot be heard now, by whom it may be and for what it is wanted."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from compliance.access.permissions import Verb
from compliance.models import Person, Purpose
from recordings import hearing, sealing

SHORTEST_LIFE = timedelta(seconds=1)


def for_now(
    part: hearing.Part, person: Person, verb: Verb, purpose: Purpose, *, now: datetime
) -> tuple[str, ...]:
    """Why it cannot be heard for this purpose now: a code, and the words; (): it can.

    verb: by which it is asked for; what is restricted takes a verb of its own.
    """
    recording = part.recording
    if part.is_restricted and verb != Verb.HEAR_RESTRICTED:
        return "restricted", _("Its processing is restricted: it is only stored.")
    told = {"purpose": purpose.label, "state": recording.get_state_display()}
    let_in = recording.is_hearable or sealing.lets(recording, person, purpose, now=now)
    if not let_in or hearing.left(recording, now=now) < SHORTEST_LIFE:
        words = _("This recording cannot be heard: %(state)s.")
        return f"state_{recording.state}", words % told
    if (
        not recording.is_within_reach(now=now)
        or hearing.life(recording, now=now) < SHORTEST_LIFE
    ):
        words = _("It lies in an archive: ask for it on the page of the call.")
        return "archived", words
    if not part.is_open_for(purpose):
        words = _("The consent on this call does not cover this purpose: %(purpose)s.")
        return "purpose_closed", words % told
    if not recording.is_kept_for(purpose, now=now):
        words = _("It is kept for other purposes only, no more for: %(purpose)s.")
        return "purpose_over", words % told
    return ()
