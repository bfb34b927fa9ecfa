"""A restore of the database is acknowledged by two: asked for by one, approved by another.

What is frozen is the checkpoint from outside, word for word: it alone says how far the
log had come, and it carries our signature.
"""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import restores
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.restores import NothingToAcknowledge, NotOurs, TooSoon
from compliance.models import Approval, Person


def ask(*, note: str, by: Person, now: datetime) -> Approval:
    """Ask for a second person. note: the newest checkpoint that is held outside.

    Raises NotACheckpoint, NotOurs, NothingToAcknowledge; Refused.
    """
    restores.loss(Checkpoint.parse(note))
    return approving.ask(kind=RESTORE, content={"note": note}, by=by, now=now)


def _acknowledge(approval: Approval, now: datetime) -> None:
    held = Checkpoint.parse(str(approval.content["note"]))
    try:
        restores.acknowledge(held=held, approval=approval.pk, now=now)
    except (NotOurs, NothingToAcknowledge) as error:
        raise approvals.NotOpen(
            _("There is nothing left to acknowledge by this checkpoint.")
        ) from error
    except TooSoon as error:
        raise approvals.NotOpen(
            _("The log was not sealed since: look at the alerts, then try again.")
        ) from error


def _tell(content: Content) -> list[tuple[str, str]]:
    held = Checkpoint.parse(str(content["note"]))
    sealed = date_format(held.sealed_at, "DATETIME_SECONDS_FORMAT")
    told = [
        (_("Checkpoint from outside"), f"{held.origin}, {held.size}"),
        (_("Sealed"), f"{sealed} {held.sealed_at.tzname()}"),
    ]
    try:
        found = restores.loss(held)
    except (NotOurs, NothingToAcknowledge):
        return told
    return [
        *told,
        (_("Entries kept"), str(found.common)),
        (_("Entries lost"), str(found.lost)),
    ]


RESTORE = Kind(
    name="audit.restore",
    label=gettext_lazy("acknowledge that the database was restored"),
    verb=Verb.OPERATE,
    tell=_tell,
    carry_out=_acknowledge,
)
