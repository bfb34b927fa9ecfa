"""An orphan is deleted for ever by two: one officer asks, another approves.

What belongs to a call that we know is adopted first: then its holds and its policies
count. Only what nothing can be said about, what was made of a recording, and what came
back after its deletion, goes from here.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Approval, Person
from compliance.templatetags.earwitness import DASH
from recordings import orphan_destruction, settling
from recordings.models import Discrepancy
from recordings.settling import CannotSettle

State = Discrepancy.State
KIND = "orphan_deletion"


def ask(*, found: Discrepancy, by: Person, now: datetime) -> Approval:
    """Ask a second person to have it deleted for ever. Raises Refused, CannotSettle."""
    require_deletable(found, now=now)
    return approving.ask(
        kind=ORPHAN_DELETION, content=_content(found), team=found.team, by=by, now=now
    )


def asked(found: Discrepancy) -> Approval | None:
    """The open approval of its deletion, if somebody has asked for it."""
    rows = Approval.objects.filter(kind=KIND, state__in=Approval.OPEN)
    return rows.filter(content__discrepancy=str(found.pk)).first()


def require_deletable(found: Discrepancy, *, now: datetime) -> None:
    """Raise CannotSettle, with the reason, where it may not be deleted from here."""
    if found.kind != Discrepancy.Kind.ORPHAN or not found.waits:
        raise CannotSettle(_("Only an orphan that waits is deleted from here."))
    if found.recording_id is None and settling.call_of(found):
        raise CannotSettle(
            _("It belongs to a call: adopt it, then holds and policies count for it.")
        )
    if orphan_destruction.is_near_a_hold(found, now=now):
        raise CannotSettle(_("It is kept on a legal ground."))


def _content(found: Discrepancy) -> Mapping[str, str | int]:
    """The object, as it lay there when it was asked for."""
    return {
        "discrepancy": str(found.pk),
        "store": found.store,
        "key": found.object_key,
        "versions": found.versions,
        "bytes": found.bytes or 0,
    }


def _give_up(approval: Approval, now: datetime) -> None:
    rows = Discrepancy.objects.select_for_update(of=("self",))
    found = rows.get(pk=approval.content["discrepancy"])
    try:
        require_deletable(found, now=now)
    except CannotSettle as error:
        raise approvals.NotOpen(str(error)) from error
    if dict(_content(found)) != approval.content:
        raise approvals.NotOpen(_("Something else was decided about it meanwhile."))
    with transaction.atomic():
        found.state, found.decided_by = State.GOING, approval.asked_by
        found.decided_at = now
        found.save()
        facts: dict[str, Fact] = {"kind": found.kind, "decision": State.GOING}
        by = approval.asked_by
        log.append(Action.DISCREPANCY_DECIDED, subject=found, facts=facts, actor=by)


def _tell(content: Content) -> list[tuple[str, str]]:
    found = Discrepancy.objects.filter(pk=content["discrepancy"]).first()
    written = found.modified_at if found else None
    return [
        (_("Object"), str(content["key"])),
        (_("Store"), str(content["store"])),
        (_("Versions"), str(content["versions"])),
        (_("Bytes"), str(content["bytes"])),
        (_("Written"), f"{written:%Y-%m-%d %H:%M} UTC" if written else DASH),
    ]


ORPHAN_DELETION = Kind(
    name=KIND,
    label=gettext_lazy("delete an orphan of the store for ever"),
    verb=Verb.QUARANTINE,
    tell=_tell,
    carry_out=_give_up,
    of_a_team=True,
)
