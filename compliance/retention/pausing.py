"""The whole sweep stopped by a person: a row, so that every worker sees it at once.

What is deleted already stays deleted; an item that a worker has in hand is finished.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, SweepPause

LONG = timedelta(days=1)
"""Things that should have gone by law pile up: from then on somebody is told."""


class PauseRefused(ValueError):
    """The sweep cannot be paused so; the message says why."""


def standing() -> SweepPause | None:
    """The pause that stops the sweep now, if there is one."""
    rows = SweepPause.objects.filter(resumed_at=None)
    return rows.select_related("paused_by").first()


def pause(*, reason: str, by: Person, now: datetime) -> SweepPause:
    """Stop the sweep for everybody. Raises Refused, PauseRefused."""
    policy.require(by, Verb.STOP_DELETION)
    if not reason.strip():
        raise PauseRefused(_("Say why."))
    try:
        with transaction.atomic():
            made = SweepPause.objects.create(
                reason=reason.strip(), paused_by=by, paused_at=now
            )
            log.append(Action.SWEEP_PAUSED, subject=made, actor=by)
    except IntegrityError as error:
        raise PauseRefused(_("The sweep is paused already.")) from error
    return made


def resume(*, by: Person, now: datetime) -> bool:
    """Let the sweep go on; returns False where it was not paused. Raises Refused."""
    policy.require(by, Verb.STOP_DELETION)
    with transaction.atomic():
        rows = SweepPause.objects.select_for_update()
        found = rows.filter(resumed_at=None).first()
        if found is None:
            return False
        found.resumed_by, found.resumed_at = by, now
        found.save(update_fields=["resumed_by", "resumed_at"])
        hours = int((now - found.paused_at) / timedelta(hours=1))
        facts = {"hours": hours}
        log.append(Action.SWEEP_RESUMED, subject=found, actor=by, facts=facts)
    return True
