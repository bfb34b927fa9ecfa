"""What a person decides about a difference between database and store.

An orphan is adopted, set aside, or deleted for ever by two (`orphan_deletion`). What was
altered is shut to everybody until it is clear what became of it. What was lost is
restored, or its loss accepted: then the recording says that it is lost.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person
from recordings import comparison, discrepancies, media_store, quarantine, summary
from recordings.media_store.errors import StoreError
from recordings.models import Alert, Call, Discrepancy, Recording

Kind = Discrepancy.Kind
State = Discrepancy.State

REASON = "altered"
"""Why a part is in quarantine whose file is not what was recorded."""
LOSS = "missing_object"
"""Why a part is lost that was there once."""
_SEGMENTS = 7
"""Of `recordings/{team}/{yyyy}/{mm}/{dd}/{call}/{file}` (`part_plans.object_key`)."""


class CannotSettle(Exception):
    """It is not so, or something is missing; the text says what."""


def call_of(found: Discrepancy) -> Call | None:
    """The call that the key of an orphan names; None where it tells none."""
    segments = found.object_key.split("/")
    if found.kind != Kind.ORPHAN or len(segments) != _SEGMENTS:
        return None
    try:
        named = UUID(segments[-2])
    except ValueError:
        return None
    return Call.objects.select_related("team").filter(pk=named).first()


def adopt(*, found: Discrepancy, by: Person, now: datetime) -> Recording:
    """Make an orphan a part of the call that its key names; it is checked like any other.

    What the law asks for is asked then, so it may end in quarantine. A part that was
    given up as lost takes its file back. Raises Refused, and CannotSettle.
    """
    policy.require(by, Verb.QUARANTINE, found)
    call = call_of(found)
    if call is None:
        raise CannotSettle(_("Its key does not tell which call it is of."))
    with transaction.atomic():
        call = summary.locked(call.id)
        row = _waiting(found)
        part = _taken_back(row, now) if row.recording_id else _made(row, call, now)
        facts: dict[str, Fact] = {"part": part.part, "discrepancy": str(row.id)}
        log.append(Action.RECORDING_ADOPTED, subject=part, facts=facts, actor=by)
        row.recording, row.team = part, call.team
        _decide(row, State.ADOPTED, by, "", now)
        summary.refresh(call)
    return part


def set_aside(*, found: Discrepancy, by: Person, note: str, now: datetime) -> None:
    """Leave it as it lies, out of the list of what is new; a recording is shut.

    It can still be decided about. Raises Refused, and CannotSettle.
    """
    policy.require(by, Verb.QUARANTINE, found)
    with transaction.atomic():
        part = found.recording if found.kind == Kind.ALTERED else None
        call = summary.locked(part.call_id) if part else None
        row = _waiting(found)
        if part and call:
            _shut(part, by, now)
            summary.refresh(call)
        _decide(row, State.SET_ASIDE, by, note, now)


def settle_restored(
    *, found: Discrepancy, by: Person, note: str, now: datetime
) -> None:
    """It is as it was: the store is asked, now. Raises Refused, and CannotSettle."""
    policy.require(by, Verb.QUARANTINE, found)
    if _still_differs(found):
        raise CannotSettle(_("The store still differs. Nothing was settled."))
    with transaction.atomic():
        row = _waiting(found)
        if (
            row.kind == Kind.ALTERED and row.recording_id
        ):  # its hash is taken within the hour, too
            Recording.objects.filter(pk=row.recording_id).update(verify_at=now)
        _decide(row, State.RESTORED, by, note, now)
        discrepancies.close_alert(row, now=now)


def accept(*, found: Discrepancy, by: Person, note: str, now: datetime) -> None:
    """Live with it, for a reason that is written down. A lost recording is lost then.

    Raises Refused, and CannotSettle without a note, or for what is deleted instead.
    """
    policy.require(by, Verb.QUARANTINE, found)
    if not note.strip():
        raise CannotSettle(_("Say why it is accepted."))
    if found.kind == Kind.ORPHAN:
        raise CannotSettle(_("An orphan is adopted, set aside or deleted."))
    with transaction.atomic():
        part = found.recording if found.kind == Kind.LOST else None
        call = summary.locked(part.call_id) if part else None
        row = _waiting(found)
        if part and call and part.object_key == row.object_key:
            _lose(part, by)
            summary.refresh(call)
        _decide(row, State.ACCEPTED, by, note, now)
        discrepancies.close_alert(row, now=now)


def _waiting(found: Discrepancy) -> Discrepancy:
    rows = Discrepancy.objects.select_for_update(of=("self",))
    row = rows.get(pk=found.pk)
    if not row.waits:
        raise CannotSettle(_("Somebody has decided about it already."))
    return row


def _decide(
    row: Discrepancy, state: Discrepancy.State, by: Person, note: str, now: datetime
) -> None:
    row.state, row.note = state, note or row.note
    row.decided_by, row.decided_at = by, now
    row.save()
    facts: dict[str, Fact] = {"kind": row.kind, "decision": state}
    log.append(Action.DISCREPANCY_DECIDED, subject=row, facts=facts, actor=by)


def _made(row: Discrepancy, call: Call, now: datetime) -> Recording:
    taken = Recording.objects.filter(call=call).order_by("-part")
    last = taken.values_list("part", flat=True).first() or 0
    return Recording.objects.create(
        call=call,
        part=last + 1,
        state=Recording.State.CHECKING,
        store=row.store,
        object_key=row.object_key,
        planned_at=call.started_at,
        started_at=call.started_at,
        ended_at=call.ended_at or row.modified_at,
        due_at=now,
    )


def _taken_back(row: Discrepancy, now: datetime) -> Recording:
    lost = Recording.State.LOST
    same = Discrepancy.objects.filter(pk=row.pk).values("recording")
    rows = Recording.objects.select_for_update().filter(pk__in=same, state=lost)
    part = rows.first()
    if part is None:
        raise CannotSettle(_("It was deleted for ever: what came back is not adopted."))
    part.state, part.reason = Recording.State.CHECKING, ""
    part.looks, part.due_at = 0, now
    part.save(update_fields=["state", "reason", "looks", "due_at"])
    return part


def _shut(part: Recording, by: Person, now: datetime) -> None:
    rows = Recording.objects.select_for_update(of=("self",)).select_related("call")
    current = rows.get(pk=part.pk)
    if current.is_hearable:
        kind = Alert.Kind.OBJECT_ALTERED
        quarantine.put(current, reason=REASON, now=now, kind=kind, actor=by)


def _lose(part: Recording, by: Person) -> None:
    rows = Recording.objects.select_for_update().filter(
        pk=part.pk, state__in=(*Recording.HEARABLE, *Recording.SHUT)
    )
    current = rows.first()
    if current is None:
        return
    current.state, current.reason = Recording.State.LOST, LOSS
    current.save(update_fields=["state", "reason"])
    facts: dict[str, Fact] = {"part": current.part, "reason": LOSS}
    log.append(Action.RECORDING_LOST, subject=current, facts=facts, actor=by)


def _still_differs(found: Discrepancy) -> bool:
    """Whether the store, asked now, has not what the database knows."""
    known = comparison.known_at(found.store, found.object_key)
    if known is None:
        return False
    try:
        store = media_store.store(found.store)
        stored = store.head(found.object_key, known.version_id or None)
    except StoreError as error:
        raise CannotSettle(
            _("The store could not be asked. The next run settles it by itself.")
        ) from error
    return stored is None or known.bytes not in (None, stored.size)
