"""Approvals that were asked for become mails to whoever may decide about them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from compliance.access import approving
from compliance.models import Approval
from recordings.models import EventKind, OutgoingEvent


def tell(*, now: datetime) -> int:
    """Write the mails of those that nobody was told of yet; returns how many mails.

    The law book knows nothing of mails: its rows are read. Each is told of once.
    """
    rows = Approval.objects.filter(state=Approval.State.ASKED, told_at=None)
    if not settings.MAIL_IS_ON or not rows.filter(until__gt=now).exists():
        return 0
    with transaction.atomic():
        fresh = rows.select_for_update(of=("self",), skip_locked=True)
        asked = list(fresh.filter(until__gt=now).select_related("team", "asked_by"))
        mails = [
            OutgoingEvent(
                kind=EventKind.APPROVAL_ASKED,
                person=person,
                payload={"approval_id": str(approval.pk)},
                created_at=now,
                due_at=now,
            )
            for approval in asked
            for person in approving.approvers(approval, now=now)
        ]
        OutgoingEvent.objects.bulk_create(mails)
        told = Approval.objects.filter(pk__in=[one.pk for one in asked])
        told.update(told_at=now)
    return len(mails)
