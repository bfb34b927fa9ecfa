"""Open and close what waits for a person."""

from datetime import datetime

from django.db import IntegrityError, transaction

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
