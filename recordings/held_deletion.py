"""A held part is deleted by two: one officer asks, another approves.

Deleting at once, by hand, is the one act on a recording that nothing can bring back.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.models import Approval, Person
from compliance.templatetags.earwitness import DASH, duration
from recordings import endings, quarantine
from recordings.models import Recording


def let_go(*, recording: Recording, by: Person, now: datetime) -> bool | Approval:
    """Have a held part deleted, or ask for a second person where there is one.

    Returns False when somebody has decided already. Raises Refused, also for what is on a
    legal hold.
    """
    team = recording.call.team
    if not approving.needed(Verb.QUARANTINE, team, by=by):
        return quarantine.let_go(recording=recording, by=by, now=now)
    if not quarantine.is_held(recording, now=now):
        return False
    quarantine.require_free(recording, now=now)
    return ask(recording=recording, by=by, now=now)


def ask(*, recording: Recording, by: Person, now: datetime) -> Approval:
    """Ask a second person, whoever could do it alone. Raises Refused."""
    team, content = recording.call.team, _content(recording)
    return approving.ask(kind=HELD_DELETION, content=content, team=team, by=by, now=now)


def asked(recording: Recording) -> Approval | None:
    """The open approval of its deletion, if somebody has asked for it."""
    rows = Approval.objects.filter(kind=quarantine.KIND, state__in=Approval.OPEN)
    return rows.filter(content__recording=str(recording.pk)).first()


def _content(recording: Recording) -> Mapping[str, str | int]:
    """The part, and the bytes that were there when it was asked for."""
    return {
        "recording": str(recording.pk),
        "call": str(recording.call_id),
        "part": recording.part,
        "sha256": recording.sha256,
        "reason": recording.reason,
    }


def _let_go(approval: Approval, now: datetime) -> None:
    rows = Recording.objects.select_related("call__team")
    part = rows.get(pk=approval.content["recording"])
    same = dict(_content(part)) == approval.content
    done = same and quarantine.let_go(
        recording=part, by=approval.asked_by, now=now, approved=approval
    )
    if not done:
        raise approvals.NotOpen(_("Something else was decided about it meanwhile."))


def _tell(content: Content) -> list[tuple[str, str]]:
    rows = Recording.objects.select_related("call__team")
    part = rows.filter(pk=content["recording"]).first()
    told = [
        (_("Part"), str(content["part"])),
        (_("Why it is held"), str(endings.reason(str(content["reason"])))),
        (_("SHA-256 of the file"), str(content["sha256"] or DASH)),
    ]
    if part is None:
        return told
    return [
        (_("Team"), part.call.team.name),
        *told,
        (_("Length"), duration(part.duration_ms)),
    ]


HELD_DELETION = Kind(
    name=quarantine.KIND,
    label=gettext_lazy("delete a held recording for ever"),
    verb=Verb.QUARANTINE,
    tell=_tell,
    carry_out=_let_go,
    of_a_team=True,
)
