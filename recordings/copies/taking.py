"""A copy leaves: by the link the person was sent, or by an officer who hands it over.

Each time is an entry, and a disclosure of each recording that is in it: to the person of
the request, by its reference, for a name would be told to whoever else was on the call.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, Purpose
from compliance.packages import NotThere
from recordings.copies.asking import locked
from recordings.copies.making import KIND
from recordings.copies.sending import hashes
from recordings.models import AccessCopy, CopyLink, Disclosure
from recordings.producing.leaving import Leaving, given

BY_LINK, BY_HAND = "link", "by_hand"
REASON = "Copy for the person on the call, request {reference}"
"""As written by us; what an officer writes for other copies stands here, too."""


def waiting(token: str, *, now: datetime) -> CopyLink | None:
    """The link behind a token, if a download may begin by it; None for all else."""
    rows = CopyLink.objects.filter(token_hash__in=hashes(token))
    found = rows.select_related("copy__request").first()
    return found if found and found.is_good(now=now) else None


def take(token: str, *, now: datetime) -> Leaving:
    """Begin a download by a link: once, and again within the hour if it breaks.

    Raises NotThere.
    """
    with transaction.atomic():
        rows = CopyLink.objects.filter(token_hash__in=hashes(token))
        link = rows.first()
        if link is None:
            raise NotThere
        # first the copy, as whoever ends its links: they would wait for one another
        copy = locked(link.copy_id)
        found = rows.select_for_update(of=("self",), no_key=True).get()
        found.copy = copy
        if not found.is_good(now=now):
            raise NotThere
        CopyLink.objects.filter(pk=found.pk).update(
            times_taken=F("times_taken") + 1,
            first_taken_at=Coalesce(F("first_taken_at"), now),
        )
        return _out(found.copy, BY_LINK, None, now, time=found.times_taken + 1)


def hand_over(*, copy: AccessCopy, by: Person, now: datetime) -> Leaving:
    """Give the encrypted file to an officer, who hands it to the person.

    Raises Refused, NotThere.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    policy.require(by, Verb.DOWNLOAD)
    with transaction.atomic():
        row = locked(copy.pk)
        if not row.is_there(now=now):
            raise NotThere
        return _out(row, BY_HAND, by, now, time=1)


def _out(
    copy: AccessCopy, way: str, by: Person | None, now: datetime, *, time: int
) -> Leaving:
    request = copy.request
    items = copy.contents.exclude(file="")
    Disclosure.objects.bulk_create(
        Disclosure(
            recording_id=item.recording_id,
            by=by or copy.owner,
            purpose=Purpose.LEGAL_DUTY,
            recipient=request.reference,
            reason=REASON.format(reference=request.reference),
            at=now,
        )
        for item in items
    )
    facts: dict[str, Fact] = {"copy": str(copy.pk), "way": way}
    facts |= {"recordings": copy.given, "time": time}
    log.append(Action.COPY_TAKEN, subject=request, actor=by, facts=facts)
    return given(KIND, copy, f"{request.reference}.zip")
