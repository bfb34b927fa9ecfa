"""Stretches that are not to be recorded because somebody asked so: card data above all.

LiveKit cannot pause a recorder, so a pause ends the part and the next part begins when
it is over. Only when LiveKit has said that the recorder ended is a pause confirmed:
until then nobody should read out a card.
"""

from datetime import datetime, timedelta

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import alerts, summary
from recordings.models import Alert, Call, Pause, Recording

REASON = "paused"
"""Why the recorder stops: the code on the part."""
SLOW = timedelta(seconds=15)
"""A pause confirmed later than this after it was asked for may hold what was said."""


class CallOver(Exception):
    """There is nothing to pause any more."""


def begin(*, call: Call, reason: Pause.Reason, by: Person, now: datetime) -> Pause:
    """Ask for silence; an open pause is returned as it is.

    The caller asks `capture.reconsider` afterwards. Raises Refused or CallOver.
    """
    policy.require(by, Verb.PAUSE, call)
    with transaction.atomic():
        locked = summary.locked(call.id)
        if not locked.is_live:
            raise CallOver
        found = running(locked)
        if found is not None:
            return found
        pause = Pause.objects.create(
            call=locked,
            reason=reason,
            asked_by=by,
            asked_at=locked.now(now),
            ends_by=locked.now(now) + timedelta(seconds=locked.team.pause_seconds),
        )
        facts = {"pause": str(pause.id), "reason": pause.reason}
        log.append(Action.CAPTURE_PAUSED, subject=locked, actor=by, facts=facts)
    return pause


def resume(*, call: Call, by: Person, now: datetime) -> Pause | None:
    """End the open pause; None when there is none. Raises Refused.

    The caller asks `capture.reconsider` afterwards.
    """
    policy.require(by, Verb.PAUSE, call)
    with transaction.atomic():
        locked = summary.locked(call.id)
        pause = running(locked)
        if pause is not None:
            _end(pause, Pause.End.RESUMED, locked.now(now), by=by)
    return pause


def running(call: Call) -> Pause | None:
    """The pause that is open in this call."""
    return next((one for one in call.pauses.all() if one.ended_at is None), None)


def mind(call: Call, *, parts: list[Recording], now: datetime) -> Pause | None:
    """Confirm the open pause, or end it when its time or its call is over.

    The caller holds the locks of call and parts. Returns the pause that goes on.
    """
    pause = running(call)
    if pause is None:
        return None
    at = call.now(now)
    if pause.confirmed_at is None and not any(p.state in Recording.OPEN for p in parts):
        _confirm(pause, at, now)
    if call.ended_at is not None:
        _end(pause, Pause.End.CALL_ENDED, max(call.ended_at, pause.asked_at))
    elif at >= pause.ends_by:
        _end(pause, Pause.End.TIMER, pause.ends_by)
        alerts.open_once(
            Alert.Kind.PAUSE_LEFT_OPEN, subject=str(pause.id), now=now, call=call
        )
    return pause if pause.ended_at is None else None


def due(*, now: datetime, limit: int) -> list[Pause]:
    """Open pauses whose time is over, the oldest first."""
    rows = Pause.objects.filter(ended_at=None, ends_by__lte=now)
    return list(rows.order_by("ends_by")[:limit])


def _confirm(pause: Pause, at: datetime, now: datetime) -> None:
    pause.confirmed_at = at
    pause.save(update_fields=["confirmed_at"])
    waited = at - pause.asked_at
    log.append(
        Action.CAPTURE_PAUSE_CONFIRMED,
        subject=pause.call,
        facts={"pause": str(pause.id), "seconds": int(waited.total_seconds())},
    )
    if waited > SLOW:
        alerts.open_once(
            Alert.Kind.PAUSE_LATE, subject=str(pause.id), now=now, call=pause.call
        )


def _end(
    pause: Pause, how: Pause.End, at: datetime, *, by: Person | None = None
) -> None:
    pause.end, pause.ended_at, pause.ended_by = how, at, by
    pause.save(update_fields=["end", "ended_at", "ended_by"])
    log.append(
        Action.CAPTURE_RESUMED,
        subject=pause.call,
        actor=by,
        facts={
            "pause": str(pause.id),
            "how": pause.end,
            "seconds": int((at - pause.asked_at).total_seconds()),
        },
    )
