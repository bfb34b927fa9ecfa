"""Open what waits for a person, work it, and close it; each step is an entry."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, Team
from recordings import outbox
from recordings.models import Alert, Call, Recording


class CannotSettle(Exception):
    """Whoever the matter was to be given to may not settle it, or too little was said."""


def open_once(
    kind: Alert.Kind,
    *,
    subject: str,
    now: datetime,
    call: Call | None = None,
    recording: Recording | None = None,
    team: Team | None = None,
    detail: str = "",
    ever: bool = False,
) -> None:
    """Open an alert unless the same matter is open already, and tell who is to know.

    subject: the opaque id it is about; team: whose it is, where no call says so; detail: a code, never a personal word. ever: not
    even if it was settled before, for what does not go away and is only told once.
    """
    known = Alert.objects.filter(kind=kind, subject=subject)
    if kind in Alert.OF_CONTROL:
        _again(known.filter(closed_at=None, over_at__isnull=False))
    if (known if ever else known.filter(closed_at=None)).exists():
        return
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                kind=kind,
                subject=subject,
                team=call.team if call else team,
                call=call,
                recording=recording,
                detail=detail,
                opened_at=now,
            )
            log.append(Action.ALERT_OPENED, subject=alert, facts={"kind": kind})
            outbox.alert_opened(alert, settled_by=verb_to_close(alert), now=now)
    except IntegrityError:
        return  # somebody else opened it at the same moment


def _again(waiting: QuerySet[Alert]) -> None:
    """What was over and not yet written about is back: one matter, and an entry more."""
    if not waiting.exists():
        return
    with transaction.atomic():
        for alert in waiting.select_for_update():
            alert.over_at = None
            alert.save(update_fields=["over_at"])
            log.append(Action.ALERT_OPENED, subject=alert, facts={"kind": alert.kind})


def close(
    kind: Alert.Kind, *, subject: str, now: datetime, after: timedelta = timedelta()
) -> None:
    """Close the open alert of that matter, if there is one: the cause is gone.

    Where control itself failed it stays open, as over, for somebody to write about.
    after: not before it has been open so long, for causes that come and go.
    """
    waiting = Alert.objects.filter(
        kind=kind,
        subject=subject,
        closed_at=None,
        over_at=None,
        opened_at__lte=now - after,
    )
    if not waiting.exists():
        return
    with transaction.atomic():
        for alert in waiting.select_for_update():
            if alert.is_of_control:
                _over(alert, now)
                continue
            alert.closed_at = now
            alert.save(update_fields=["closed_at"])
            facts: dict[str, Fact] = {"kind": alert.kind, "noted": False}
            log.append(Action.ALERT_CLOSED, subject=alert, facts=facts)


def _over(alert: Alert, now: datetime) -> None:
    alert.over_at = now
    alert.save(update_fields=["over_at"])
    seconds = int((now - alert.opened_at).total_seconds())
    facts: dict[str, Fact] = {"kind": alert.kind, "seconds": seconds}
    log.append(Action.CONTROL_RESTORED, subject=alert, facts=facts)


def tell(kind: Alert.Kind, *, subject: str, why: str, now: datetime) -> None:
    """Open or close the alert of a matter by how it stands.

    why: a code, which becomes its detail; '' where there is nothing to complain of.
    """
    if why:
        open_once(kind, subject=subject, now=now, detail=why)
    else:
        close(kind, subject=subject, now=now)


def verb_to_close(alert: Alert) -> Verb:
    """What it takes: what the law forbids or demands is not an operator's to settle."""
    if alert.kind in (
        Alert.Kind.NO_POLICY,
        Alert.Kind.POLICY_CONFLICT,
        Alert.Kind.SWEEP_PAUSED,
    ):
        return Verb.EDIT_POLICY
    if alert.kind in (Alert.Kind.REQUEST_OVERDUE, Alert.Kind.EXTERNAL_OVERDUE):
        return Verb.HANDLE_REQUEST
    if alert.kind == Alert.Kind.PRODUCTION_OVERDUE:
        return Verb.PRODUCE
    if alert.kind in Alert.OF_EVIDENCE:
        return Verb.VERIFY_AUDIT
    return Verb.QUARANTINE if alert.kind in Alert.OF_LAW else Verb.OPERATE


def may_close(alert: Alert, *, by: Person) -> bool:
    """Whether this person may work the matter and call it settled."""
    return policy.allows(by, verb_to_close(alert), _place(alert))


def require(*, chosen: Collection[Alert], by: Person) -> None:
    """Raise Refused unless this person may work every one of them."""
    for alert in chosen:
        policy.require(by, verb_to_close(alert), _place(alert))


def acknowledge(*, chosen: Collection[Alert], by: Person, now: datetime) -> int:
    """Say that somebody has seen these and looks into them; returns how many are new.

    Closed ones, and those acknowledged before, are left alone. Raises Refused.
    """
    done = 0
    with transaction.atomic():
        for alert in _open(chosen, by):
            if alert.acknowledged_at is None:
                _acknowledge(alert, by, now)
                done += 1
    return done


def assign(*, chosen: Collection[Alert], to: Person, by: Person, now: datetime) -> int:
    """Give these to somebody, oneself or another; returns how many changed hands.

    What is assigned counts as acknowledged. Raises Refused, or CannotSettle when the
    other may not close it.
    """
    done = 0
    with transaction.atomic():
        for alert in _open(chosen, by):
            if not may_close(alert, by=to):
                raise CannotSettle
            if alert.acknowledged_at is None:
                _acknowledge(alert, by, now)
            if alert.assigned_to_id != to.id:
                alert.assigned_to = to
                alert.save(update_fields=["assigned_to"])
                facts = {"kind": alert.kind, "to": str(to.id)}
                log.append(Action.ALERT_ASSIGNED, subject=alert, actor=by, facts=facts)
                done += 1
    return done


def settle(
    *,
    chosen: Collection[Alert],
    by: Person,
    note: str,
    now: datetime,
    cause: str = "",
    risk: str = "",
) -> int:
    """Close these because a person says that they are settled, and how.

    cause, risk: wanted where control itself failed. Returns how many were still open.
    Raises Refused, or CannotSettle where these are missing.
    """
    if any(alert.is_of_control for alert in chosen) and not (cause and risk):
        raise CannotSettle
    done = 0
    with transaction.atomic():
        for alert in _open(chosen, by):
            alert.closed_at, alert.closed_by, alert.note = now, by, note
            alert.cause, alert.risk = cause, risk
            alert.save(
                update_fields=["closed_at", "closed_by", "note", "cause", "risk"]
            )
            facts: dict[str, Fact] = {"kind": alert.kind, "noted": bool(note)}
            log.append(Action.ALERT_CLOSED, subject=alert, actor=by, facts=facts)
            done += 1
    return done


def _open(chosen: Collection[Alert], by: Person) -> Iterator[Alert]:
    """Those still open, under their row locks, once it is sure that all may be worked."""
    require(chosen=chosen, by=by)
    rows = Alert.objects.select_for_update().filter(closed_at=None)
    return rows.filter(id__in=[one.id for one in chosen]).order_by("id").iterator()


def _acknowledge(alert: Alert, by: Person, now: datetime) -> None:
    alert.acknowledged_at, alert.acknowledged_by = now, by
    alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
    facts = {"kind": alert.kind}
    log.append(Action.ALERT_ACKNOWLEDGED, subject=alert, actor=by, facts=facts)


def _place(alert: Alert) -> Alert | None:
    """An alert of no team is for whoever holds the verb anywhere."""
    return alert if alert.team_id else None
