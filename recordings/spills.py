"""The quick lane for what must not be on a recording: gone at once, or sealed.

Whoever hears it has the part shut (`misplaced`). An officer asks for its destruction
now; a second person agrees, and a worker destroys it within a minute, whatever its policy
says of later. Where a floor or a hold forbids that, it is sealed: nobody hears it, but as
evidence, by two (`sealed_hearing`); and a compensating control is opened, which somebody
answers for, reviews, and which another closes.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Item
from compliance.models import Approval, Person
from compliance.retention import holds, stops
from recordings import alerts, destruction, held_deletion, quarantine, summary
from recordings.models import Alert, CompensatingControl, Recording, Spill

State = Recording.State

REASON = "spill"
"""Of receipts: destroyed without waiting for its date."""
LEGAL_GROUND = "legal_ground"
FLOOR = "floor"


class CannotDo(Exception):
    """It is not so, or something is missing; the text says what."""


@dataclass(frozen=True)
class Control:
    """What a compensating control says."""

    cause: str
    risk: str
    done: str
    owner: Person
    review_on: date


def inbox(person: Person) -> QuerySet[Spill]:
    """The spills that wait for somebody, of the teams that this person answers for."""
    return seen_by(person).filter(recording__state__in=Spill.WAITING)


def seen_by(person: Person) -> QuerySet[Spill]:
    """All spills of the teams that this person answers for."""
    return policy.scope_for(person, Verb.QUARANTINE).narrow(Spill.objects.all())


def forbidden(part: Recording, *, now: datetime) -> list[str]:
    """What forbids to destroy it now, as codes; [] where nothing does."""
    found = []
    with transaction.atomic():
        if holds.keeps(Item(Recording.ITEM, part.pk), now=now):
            found.append(LEGAL_GROUND)
    floors = (part.keep_until, part.locked_until)  # ours, and the store's own
    if any(floor and floor > now for floor in floors):
        found.append(FLOOR)
    return found


def ask(*, spill: Spill, by: Person, now: datetime) -> Approval:
    """Ask a second person to have it destroyed at once. Raises Refused, and CannotDo."""
    policy.require(by, Verb.QUARANTINE, spill)
    part = spill.recording
    if not quarantine.is_held(part, now=now):
        raise CannotDo(_("Somebody has decided about it already."))
    if forbidden(part, now=now):
        raise CannotDo(_("A floor or a legal ground forbids it: seal it instead."))
    return held_deletion.ask(recording=part, by=by, now=now)


def seal(*, spill: Spill, control: Control, by: Person, now: datetime) -> None:
    """Seal it from everybody, and open the record of what is done instead.

    Raises Refused; CannotDo where nothing forbids destroying it, or a text is missing.
    """
    policy.require(by, Verb.QUARANTINE, spill)
    _require_whole(control, now.date())
    with transaction.atomic():
        call = summary.locked(spill.recording.call_id)
        rows = Recording.objects.select_for_update(of=("self",))
        part = rows.get(pk=spill.recording_id)
        if not quarantine.is_held(part, now=now):
            raise CannotDo(_("Somebody has decided about it already."))
        because = forbidden(part, now=now)
        if not because:
            raise CannotDo(_("Nothing forbids to destroy it: ask for that."))
        if part.state != State.SEALED:
            part.state = State.SEALED
            part.save(update_fields=["state"])
            facts: dict[str, Fact] = {"part": part.part, "because": ",".join(because)}
            log.append(Action.RECORDING_SEALED, subject=part, facts=facts, actor=by)
        _open(spill, control, by, now)
        alerts.close(Alert.Kind.OUT_OF_PLACE, subject=str(part.pk), now=now)
        summary.refresh(call)


def review(
    *, control: CompensatingControl, review_on: date, by: Person, now: datetime
) -> None:
    """It was looked at and goes on until another day. Raises Refused, and CannotDo."""
    policy.require(by, Verb.QUARANTINE, control)
    if review_on <= now.date():
        raise CannotDo(_("The next review lies in the future."))
    with transaction.atomic():
        row = _open_row(control)
        row.review_on = review_on
        row.save(update_fields=["review_on"])
        facts: dict[str, Fact] = {"review_on": review_on.isoformat()}
        log.append(Action.CONTROL_REVIEWED, subject=row, facts=facts, actor=by)
        alerts.close(Alert.Kind.CONTROL_DUE, subject=str(row.pk), now=now)


def close(
    *, control: CompensatingControl, closing: str, by: Person, now: datetime
) -> None:
    """End it: a second person says why. Raises Refused, and CannotDo without a reason."""
    policy.require(by, Verb.QUARANTINE, control)
    if by.pk in {control.opened_by_id, control.owner_id}:
        raise Refused(
            verb=Verb.QUARANTINE,
            code="oneself",
            reason=_("Nobody closes what he opened or answers for."),
            ask=_("A second person closes it."),
            subject=control,
        )
    if not closing.strip():
        raise CannotDo(_("Say why it is closed."))
    with transaction.atomic():
        row = _open_row(control)
        row.closed_by, row.closed_at, row.closing = by, now, closing.strip()
        row.save(update_fields=["closed_by", "closed_at", "closing"])
        log.append(Action.CONTROL_CLOSED, subject=row, actor=by)
        alerts.close(Alert.Kind.CONTROL_DUE, subject=str(row.pk), now=now)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of recordings that two people gave up: destroyed before all that is only over.

    None while nothing may be destroyed; what failed waits its hour, as in the sweep.
    """
    if stops.halted(now=now):
        return []
    given_up = Q(recording__state__in=(*Spill.WAITING, State.EXPIRED))
    waits = Q(recording__due_at=None) | Q(recording__due_at__lte=now)
    rows = Spill.objects.filter(given_up, waits, recording__expires_at__lte=now)
    ids = rows.order_by("reported_at").values_list("recording", flat=True)
    return list(dict.fromkeys(ids[:limit]))


def destroy(*, recording_id: UUID, now: datetime) -> bool:
    """Destroy one of them; returns whether this call did it. A task may have waited:
    nothing goes where the sweep was stopped meanwhile.

    Raises StoreError, or VaultError for the journal.
    """
    if stops.halted(now=now):
        return False
    return destruction.destroy(recording_id=recording_id, reason=REASON, now=now)


def judge(*, now: datetime) -> None:
    """Tell of controls whose day of review has passed."""
    rows = CompensatingControl.objects.filter(
        closed_at=None, review_on__lt=now.date()
    ).select_related("spill__recording__call__team")
    for row in rows:
        part = row.spill.recording
        alerts.open_once(
            Alert.Kind.CONTROL_DUE,
            subject=str(row.pk),
            now=now,
            call=part.call,
            recording=part,
        )


def _require_whole(control: Control, today: date) -> None:
    if not all(text.strip() for text in (control.cause, control.risk, control.done)):
        raise CannotDo(_("Say the cause, the risk, and what is done instead."))
    if control.review_on <= today:
        raise CannotDo(_("The next review lies in the future."))


def _open(spill: Spill, control: Control, by: Person, now: datetime) -> None:
    if spill.controls.filter(closed_at=None).exists():
        return
    row = CompensatingControl.objects.create(
        spill=spill,
        team_id=spill.team_id,
        cause=control.cause.strip(),
        risk=control.risk.strip(),
        done=control.done.strip(),
        owner=control.owner,
        review_on=control.review_on,
        opened_by=by,
        opened_at=now,
    )
    facts: dict[str, Fact] = {"owner": str(control.owner.pk)}
    facts["review_on"] = control.review_on.isoformat()
    log.append(Action.CONTROL_OPENED, subject=row, facts=facts, actor=by)


def _open_row(control: CompensatingControl) -> CompensatingControl:
    rows = CompensatingControl.objects.select_for_update(of=("self",))
    row = rows.filter(pk=control.pk, closed_at=None).first()
    if row is None:
        raise CannotDo(_("It is closed already."))
    return row


def possible_owners(spill: Spill) -> QuerySet[Person]:
    """Who may answer for a control of this team."""
    return policy.holders(Verb.QUARANTINE, spill)
