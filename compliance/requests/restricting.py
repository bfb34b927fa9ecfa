"""A request restricts what there is about its person, and lifts that again.

Who asks for erasure, objects, contests or withdraws has it at once when it is known who
they are; an officer may have it before. What is found later about the person, by an
identifier that is confirmed later, is restricted too. Before it is lifted the person is
told by letter (GDPR Art. 18(3)). The first page is done within the act; what is left
stands in `RequestRestriction`, and `settle` goes on with it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance import custody
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import (
    Person,
    RequestLetter,
    RequestRestriction,
    Restriction,
    SubjectRequest,
)
from compliance.requests import clock, letters, subject
from compliance.requests.clock import NotByLaw
from compliance.retention import restrictions
from compliance.retention.restrictions import Mandate

Ground = Restriction.Ground
Kind = SubjectRequest.Kind

PAGE = 200
BY_ITSELF = {
    Kind.ERASURE: Ground.ERASURE,
    Kind.OBJECTION: Ground.OBJECTION,
    Kind.RECTIFICATION: Ground.ACCURACY,
    Kind.WITHDRAWAL: Ground.WITHDRAWAL,
}
"""What is asked for, and the ground on which it restricts by itself."""


def when_verified(row: SubjectRequest, *, by: Person, now: datetime) -> None:
    """Restrict what there is, if the request is of such a kind. Its lock is held."""
    ground = BY_ITSELF.get(Kind(row.kind))
    if ground and current(row) is None:
        _begin(row, ground, "", by, now)


def place(
    *,
    request: SubjectRequest,
    ground: Restriction.Ground,
    why: str,
    by: Person,
    now: datetime,
) -> None:
    """Restrict what there is about the person by an officer's decision.

    Raises Refused, and NotByLaw where nothing is confirmed as theirs, without a reason,
    and where it is restricted already.
    """
    policy.require(by, Verb.RESTRICT)
    with transaction.atomic():
        row = clock.lock_open(request, by)
        if not why.strip():
            raise NotByLaw(_("Say why, in a sentence."))
        if not row.subjects.filter(confirmed_at__isnull=False).exists():
            raise NotByLaw(_("Nothing is confirmed as theirs: link it first."))
        if current(row) is not None:
            raise NotByLaw(_("It is restricted already."))
        _begin(row, ground, why.strip(), by, now)


def look_again(row: SubjectRequest, *, now: datetime) -> None:
    """Compare with what is confirmed now: more is restricted, what is not theirs let go.
    The lock of the request is held."""
    found = current(row)
    if found is not None and found.lift_asked_at is None:
        found.listed_at = None
        found.save(update_fields=["listed_at"])
        _list_page(found, now)


def lift(*, request: SubjectRequest, why: str, by: Person, now: datetime) -> None:
    """Lift it once the person has been told; also of a closed request.

    why: goes into the letter. Raises Refused, and NotByLaw.
    """
    policy.require(by, Verb.RESTRICT)
    policy.require(by, Verb.HANDLE_REQUEST)
    with transaction.atomic():
        rows = SubjectRequest.objects.select_for_update(no_key=True)
        row = rows.get(pk=request.pk)
        if not why.strip():
            raise NotByLaw(_("Say why, in a sentence."))
        found = current(row)
        if found is None or found.lift_asked_at is not None:
            raise NotByLaw(_("Nothing is restricted by it, or it is being lifted."))
        _end(found, why, by, now)


def when_turned_down(
    row: SubjectRequest, *, why: str, by: Person, now: datetime
) -> None:
    """The same as a request closes that gives the person nothing. Its lock is held."""
    found = current(row)
    if found is not None and found.lift_asked_at is None:
        _end(found, why, by, now)


def current(request: SubjectRequest) -> RequestRestriction | None:
    """What the request restricts now, if it does."""
    rows = RequestRestriction.objects.filter(request=request, lifted_at=None)
    return rows.select_related("request", "by", "notice").first()


def in_force(request: SubjectRequest) -> QuerySet[Restriction]:
    """The things that are restricted by it now."""
    return Restriction.objects.filter(request=request, lifted_at=None)


def settle(*, now: datetime) -> int:
    """Go on with what is left to restrict or to lift; returns how many pages were done.

    What another worker has in hand is left to him.
    """
    done = 0
    for pk in _unfinished().order_by("since").values_list("pk", flat=True):
        while _go_on(pk, now):
            done += 1
    return done


def _unfinished() -> QuerySet[RequestRestriction]:
    told = Q(notice=None) | Q(notice__state=RequestLetter.State.SENT)
    to_list = Q(listed_at=None, lift_asked_at=None)
    to_lift = told & Q(lift_asked_at__isnull=False)
    return RequestRestriction.objects.filter(to_list | to_lift, lifted_at=None)


@transaction.atomic
def _go_on(pk: UUID, now: datetime) -> bool:
    """Do a page of it; False where nothing is left, or another has it in hand."""
    rows = RequestRestriction.objects.select_for_update(skip_locked=True, no_key=True)
    mine = rows.filter(pk__in=_unfinished().filter(pk=pk).values("pk"))
    found = mine.first()
    if found is None:
        return False
    if found.lift_asked_at is None:
        _list_page(found, now)
    else:
        _lift_page(found, now)
    return True


def _begin(
    row: SubjectRequest,
    ground: Restriction.Ground,
    why: str,
    by: Person,
    now: datetime,
) -> None:
    found = RequestRestriction.objects.create(
        request=row, ground=ground, why=why, by=by, since=now
    )
    facts: dict[str, Fact] = {"ground": ground.value}
    log.append(Action.REQUEST_RESTRICTED, subject=row, actor=by, facts=facts)
    _list_page(found, now)


def _list_page(found: RequestRestriction, now: datetime) -> None:
    """Restrict up to a page more of what is theirs, and let go what is not any more."""
    person = subject.of(found.request)
    items = [one for each in custody.custodians() for one in each.about(person)]
    mine = {one.id for one in items}
    strange = in_force(found.request).exclude(item_id__in=mine)
    restrictions.take_off(
        strange, why=_("It is not about the person."), by=None, now=now
    )
    known = Restriction.objects.filter(
        Q(lifted_at=None) | Q(end=Restriction.End.TOO_LATE), request=found.request
    )
    have = set(known.values_list("item_id", flat=True))
    fresh = [one for one in items if one.id not in have]
    mandate = Mandate(Ground(found.ground), str(found.why), found.by, found.request)
    restrictions.put_on(fresh[:PAGE], mandate, now=now)
    if len(fresh) <= PAGE:
        found.listed_at = now
        found.save(update_fields=["listed_at"])


def _end(found: RequestRestriction, why: str, by: Person, now: datetime) -> None:
    """Have it lifted: at once where nobody can be told, else when the letter has left."""
    request = found.request
    texts = request.texts
    if (texts.email or texts.address) and in_force(request).exists():
        kind = RequestLetter.Kind.LIFTING
        found.notice = letters.write(request, kind, now=now, reasons=why)
    found.lift_asked_at, found.lift_asked_by = now, by
    found.lift_why = why.strip()
    found.save(update_fields=["notice", "lift_asked_at", "lift_asked_by", "lift_why"])
    facts: dict[str, Fact] = {"notice": found.notice is not None}
    log.append(Action.REQUEST_LIFTED, subject=request, actor=by, facts=facts)
    if found.notice is None:
        _lift_page(found, now)


def _lift_page(found: RequestRestriction, now: datetime) -> None:
    ids = in_force(found.request).order_by("id").values("pk")[:PAGE]
    page = Restriction.objects.filter(pk__in=ids)
    why, by = str(found.lift_why), found.lift_asked_by
    if restrictions.take_off(page, why=why, by=by, now=now) < PAGE:
        found.lifted_at = now
        found.save(update_fields=["lifted_at"])
