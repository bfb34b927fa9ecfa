"""A hold is released by two, and its items stay for a while longer.

One officer asks, another approves, always: a hold that nobody else may release stays.
Releasing destroys nothing. Until the time after it is over everything it caught stays;
then the dates count again.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals, journal
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, Hold, Person
from compliance.retention import hold_journal

KIND = "hold_release"


def ask(*, hold: Hold, by: Person, now: datetime) -> Approval:
    """Ask for the release of a hold in force. Raises Refused, also where nobody is left
    who could approve it, and NotOpen."""
    if hold.state != Hold.State.IN_FORCE:
        raise approvals.NotOpen(_("It is released already."))
    content = {"hold": str(hold.pk)}
    team = hold.team
    return approving.ask(kind=RELEASE, content=content, team=team, by=by, now=now)


def asked(hold: Hold) -> Approval | None:
    """The open approval of its release, if somebody has asked for it."""
    rows = Approval.objects.filter(kind=KIND, state__in=Approval.OPEN)
    return rows.filter(content__hold=str(hold.pk)).first()


def end_cooled(*, now: datetime) -> int:
    """End the holds whose time after release is over; returns how many."""
    rows = Hold.objects.filter(state=Hold.State.COOLING, cools_until__lte=now)
    ended = 0
    for pk in rows.values_list("pk", flat=True):
        with transaction.atomic():
            hold = rows.select_for_update(no_key=True).filter(pk=pk).first()
            if hold is None:
                continue
            hold.state = Hold.State.OVER
            hold.save(update_fields=["state"])
            log.append(Action.HOLD_OVER, subject=hold)
            ended += 1
    return ended


def _release(approval: Approval, now: datetime) -> None:
    rows = Hold.objects.select_for_update(no_key=True)
    hold = rows.get(pk=approval.content["hold"])
    if hold.state != Hold.State.IN_FORCE:
        raise approvals.NotOpen(_("It is released already."))
    hold.state = Hold.State.COOLING
    hold.released_at = now
    hold.cools_until = now + timedelta(days=settings.HOLD_COOLING_DAYS)
    hold.save(update_fields=["state", "released_at", "cools_until"])
    facts = {"until": hold.cools_until.date().isoformat()}
    log.append(Action.HOLD_RELEASED, subject=hold, actor=approval.asked_by, facts=facts)
    journal.owe([hold_journal.released(hold)], now=now)


def _tell(content: Content) -> list[tuple[str, str]]:
    hold = Hold.objects.select_related("team").filter(pk=content["hold"]).first()
    if hold is None:
        return []
    return [
        (_("Matter"), str(hold.matter)),
        (_("Calls of"), hold.team.name if hold.team else _("every team")),
        (_("Items on hold"), str(hold.items.filter(state="kept").count())),
        (
            _("After the release"),
            _("they stay for %(days)s more days")
            % {"days": settings.HOLD_COOLING_DAYS},
        ),
    ]


RELEASE = Kind(
    name=KIND,
    label=gettext_lazy("release a legal hold"),
    verb=Verb.RELEASE_HOLD,
    tell=_tell,
    carry_out=_release,
    of_a_team=True,
)
