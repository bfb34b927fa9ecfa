"""A sealed recording is heard as evidence alone, by two: one asks, another agrees.

What comes of it is a right of one person to one recording for an hour. The link itself is
`playback`'s, with all that it asks and writes down.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

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
from recordings.models import Recording, SealedListen

KIND = "sealed_listen"
LASTS = timedelta(hours=1)


def ask(*, recording: Recording, by: Person, now: datetime) -> Approval:
    """Ask a second person to let oneself hear it. Raises Refused."""
    team = recording.call.team
    content = _content(recording, by)
    return approving.ask(kind=SEALED_LISTEN, content=content, team=team, by=by, now=now)


def asked(recording: Recording, by: Person) -> Approval | None:
    """What this person has asked for and nobody has decided or carried out yet."""
    rows = Approval.objects.filter(
        kind=KIND, state__in=Approval.OPEN, asked_by_id=by.pk
    )
    return rows.filter(content__recording=str(recording.pk)).first()


def _content(recording: Recording, by: Person) -> Mapping[str, str | int]:
    return {
        "recording": str(recording.pk),
        "call": str(recording.call_id),
        "part": recording.part,
        "person": str(by.pk),
    }


def _let_hear(approval: Approval, now: datetime) -> None:
    sealed = Recording.objects.filter(
        pk=approval.content["recording"], state=Recording.State.SEALED
    )
    part = sealed.select_related("call").first()
    if part is None or approval.decided_by is None:
        raise approvals.NotOpen(_("It is not sealed any more."))
    until = now + LASTS
    SealedListen.objects.create(
        recording=part,
        person=approval.asked_by,
        approved_by=approval.decided_by,
        opened_at=now,
        until=until,
    )
    facts: dict[str, Fact] = {"part": part.part, "until": f"{until:%Y-%m-%dT%H:%MZ}"}
    by = approval.asked_by
    log.append(Action.SEALED_OPENED, subject=part, facts=facts, actor=by)


def _tell(content: Content) -> list[tuple[str, str]]:
    person = Person.objects.filter(pk=content["person"]).first()
    return [
        (_("Part"), str(content["part"])),
        (_("Who would hear it"), person.name if person else ""),
        (_("For"), _("one hour, as evidence")),
    ]


SEALED_LISTEN = Kind(
    name=KIND,
    label=gettext_lazy("hear a sealed recording as evidence"),
    verb=Verb.QUARANTINE,
    tell=_tell,
    carry_out=_let_hear,
    of_a_team=True,
)
