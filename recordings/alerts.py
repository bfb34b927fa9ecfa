"""Open and close what waits for a person."""

from datetime import datetime

from django.db import IntegrityError, transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings.models import Alert, Call, Recording


def open_once(
    kind: Alert.Kind,
    *,
    subject: str,
    now: datetime,
    call: Call | None = None,
    recording: Recording | None = None,
    detail: str = "",
) -> None:
    """Open an alert unless the same matter is open already.

    subject: the opaque id it is about; detail: a code, never a personal word.
    """
    if Alert.objects.filter(kind=kind, subject=subject, closed_at=None).exists():
        return
    try:
        with transaction.atomic():
            Alert.objects.create(
                kind=kind,
                subject=subject,
                team=call.team if call else None,
                call=call,
                recording=recording,
                detail=detail,
                opened_at=now,
            )
    except IntegrityError:
        return  # somebody else opened it at the same moment


def close(kind: Alert.Kind, *, subject: str, now: datetime) -> None:
    """Close the open alert of that matter, if there is one: the cause is gone."""
    Alert.objects.filter(kind=kind, subject=subject, closed_at=None).update(
        closed_at=now
    )


def verb_to_close(alert: Alert) -> Verb:
    """What it takes: what the law may forbid is not an operator's to settle."""
    unlawful = alert.kind == Alert.Kind.UNLAWFUL_PART
    return Verb.QUARANTINE if unlawful else Verb.OPERATE


def may_close(alert: Alert, *, by: Person) -> bool:
    """Whether this person may call the matter settled."""
    return policy.allows(by, verb_to_close(alert), _place(alert))


def close_by(*, alert: Alert, by: Person, now: datetime) -> bool:
    """Close an alert because a person says that it is settled.

    Returns False when somebody was faster. Raises Refused.
    """
    policy.require(by, verb_to_close(alert), _place(alert))
    with transaction.atomic():
        still_open = Alert.objects.filter(id=alert.id, closed_at=None)
        if not still_open.update(closed_at=now, closed_by=by):
            return False
        facts = {"kind": alert.kind}
        log.append(Action.ALERT_CLOSED, subject=alert, actor=by, facts=facts)
    return True


def _place(alert: Alert) -> Alert | None:
    """An alert of no team is for whoever holds the verb anywhere."""
    return alert if alert.team_id else None
