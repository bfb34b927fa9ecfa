"""A listener says that something should not be on a recording: it is shut at once.

Whoever may hear a part may have it shut, without asking anybody; what becomes of it is
for a compliance officer, who is told. A false alarm costs a little time, a late one more.
"""

from datetime import datetime
from enum import StrEnum

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import quarantine, summary
from recordings.models import Alert, Recording, Spill

REASON = "out_of_place"


class What(StrEnum):
    """What should not be there; `endings` has the words."""

    CARD = "card"
    HEALTH = "health"
    CHILD = "child"
    WRONG_PERSON = "wrong_person"
    OTHER = "other"


def report(
    *, recording: Recording, what: What, at_ms: int, by: Person, now: datetime
) -> bool:
    """Shut a part and tell the officers. at_ms: where in the part it was heard.

    Returns False when it was not to be heard any more. Raises Refused.
    """
    policy.require(by, Verb.LISTEN, recording)
    with transaction.atomic():
        call = summary.locked(recording.call_id)
        rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
        part = rows.get(id=recording.id)
        if not part.is_hearable:
            return False
        log.append(
            Action.RECORDING_REPORTED,
            subject=part,
            actor=by,
            facts={"part": part.part, "what": what.value, "at_ms": at_ms},
        )
        quarantine.put(
            part,
            reason=f"{REASON}:{what.value}",
            now=now,
            kind=Alert.Kind.OUT_OF_PLACE,
            actor=by,
        )
        Spill.objects.create(
            recording=part,
            team_id=call.team_id,
            what=what.value,
            at_ms=at_ms,
            reported_by=by,
            reported_at=now,
        )
        summary.refresh(call)
    return True
