"""A copy is asked for by an officer, watched, and thrown away when it is wrong."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Package, Person, SubjectRequest
from compliance.requests import clock
from compliance.requests import subject as subjects
from compliance.requests.clock import NotByLaw
from recordings import about
from recordings.copies.judging import Cut, Judge, Withheld
from recordings.models import AccessCopy, CopyItem, CopyReview, Recording

MAKING = timedelta(days=30)
"""So long the making may take, with all the days on which nothing worked."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are read for one another: people type it from a screen."""
_GROUPS, _GROUP = 6, 4
"""24 letters of 31: 118 bits."""


@dataclass(frozen=True)
class Outlook:
    """What would become of one recording if the copy were made now."""

    part: Recording
    verdict: Cut | Withheld
    review: CopyReview | None
    is_alone: bool


def secret() -> str:
    """A new one that can be read aloud: what opens a file, or what a link ends in."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS)
    )


def outlook(request: SubjectRequest, *, now: datetime) -> list[Outlook]:
    """Every recording the person is in, and what would become of it now."""
    parts = _parts(request)
    judge = Judge(request, parts, now=now)
    return [
        Outlook(part, judge.judge(part), judge.review(part), judge.own(part).is_alone)
        for part in parts
    ]


def current(request: SubjectRequest) -> AccessCopy | None:
    """The newest copy of a request, if any was asked for."""
    rows = AccessCopy.objects.filter(request=request)
    return rows.select_related("owner").order_by("-asked_at").first()


def ask(*, request: SubjectRequest, by: Person, now: datetime) -> AccessCopy:
    """Note that a copy is wanted; a worker makes it (`making.make`).

    Raises Refused, and NotByLaw: before it is known who asks, for a request that a copy
    does not answer, and while there is one.
    """
    policy.require(by, Verb.DOWNLOAD)
    with transaction.atomic():
        row = clock.lock_open(request, by)
        _require_answerable(row)
        key, parts = uuid4(), _parts(row)
        copy = AccessCopy.objects.create(
            id=key,
            request=row,
            owner=by,
            planned=len(parts),
            passphrase=secret(),
            file_name=f"{key}.zip",
            asked_at=now,
            expires_at=now + MAKING,
        )
        CopyItem.objects.bulk_create(
            CopyItem(copy=copy, position=n, call_id=part.call_id, recording=part)
            for n, part in enumerate(parts)
        )
        facts: dict[str, Fact] = {"copy": str(key), "recordings": len(parts)}
        log.append(Action.COPY_ASKED, subject=row, actor=by, facts=facts)
    return copy


def discard(*, copy: AccessCopy, by: Person, now: datetime) -> bool:
    """Throw it away: links end now, the sweep deletes the file. False where it is over.

    Raises Refused.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        row = locked(copy.pk)
        if row.discarded_at is not None or row.state == Package.State.GONE:
            return False
        row.discarded_at, row.passphrase = now, ""
        row.expires_at = min(row.expires_at, now)
        if row.is_unfinished:  # a worker finds its attempt gone
            row.state, row.reason, row.claimed_until = "failed", "discarded", None
        row.save()
        facts: dict[str, Fact] = {"copy": str(row.pk)}
        log.append(Action.COPY_DISCARDED, subject=row.request, actor=by, facts=facts)
    return True


def take_back(request: SubjectRequest, by: Person, now: datetime) -> None:
    """Throw away what was made for a request and must not be given any more."""
    rows = AccessCopy.objects.filter(request=request, discarded_at=None)
    for copy in rows.exclude(state__in=[Package.State.FAILED, Package.State.GONE]):
        discard(copy=copy, by=by, now=now)


def locked(copy_id: UUID) -> AccessCopy:
    """Its row, locked until the transaction ends."""
    rows = AccessCopy.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("request", "owner").get(pk=copy_id)


def _require_answerable(row: SubjectRequest) -> None:
    if row.kind not in SubjectRequest.BY_COPY:
        raise NotByLaw(_("A copy does not answer this request."))
    if row.identity != SubjectRequest.Identity.VERIFIED:
        raise NotByLaw(_("It is not known yet who asks: verify that first."))
    live = AccessCopy.objects.filter(request=row, discarded_at=None)
    if live.exclude(state__in=[Package.State.FAILED, Package.State.GONE]).exists():
        raise NotByLaw(_("There is a copy already: discard it first."))


def _parts(request: SubjectRequest) -> list[Recording]:
    """What it may hold: who only asks who listened is given no sound."""
    if request.kind == SubjectRequest.Kind.LISTENERS:
        return []
    ids = about.parts(subjects.of(request))
    rows = Recording.objects.select_related("call__team").in_bulk(ids)
    return [rows[pk] for pk in ids]
