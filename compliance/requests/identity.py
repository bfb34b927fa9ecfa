"""Who a request is about, and whether it is they who ask.

Numbers, names and calls are linked to it one by one; only what is confirmed counts.
Checks are put down with what they rest on in rows of their own, which go when the
request closes. No voice is ever compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.keys import keyring
from compliance.models import (
    IdentityCheck,
    IdentityEvidence,
    Person,
    PhoneNumber,
    RequestNote,
    RequestSubject,
    SubjectRequest,
)
from compliance.models.phone_number import name_form
from compliance.requests import clock, neighbours, restricting
from compliance.requests.clock import NotByLaw
from compliance.requests.neighbours import Known, Suggestion

Kind = RequestSubject.Kind
Source = RequestSubject.Source
Identity = SubjectRequest.Identity
Method = IdentityCheck.Method

SUGGESTED = 10
SHARED_BY = 2
"""So many names on one number: it may be a line of several people."""


@dataclass(frozen=True)
class Link:
    """What is to be linked: one of a number, a name, a call."""

    number: PhoneNumber | None = None
    name: str = ""
    call_id: UUID | None = None

    @property
    def kind(self) -> Kind:
        """What it is."""
        if self.number is not None:
            return Kind.NUMBER
        return Kind.NAME if self.name.strip() else Kind.CALL


def link(
    *, request: SubjectRequest, what: Link, source: Source, by: Person, now: datetime
) -> RequestSubject:
    """Link it as confirmed: whoever adds it says that it is the person's.

    Raises Refused, and NotByLaw for a call that there is not.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        found = _linked(row, what)
        if found is None:
            found = _make(row, what, source, now)
        _confirm(found, by, now)
        restricting.look_again(row, now=now)
    return found


def confirm(*, subject: RequestSubject, by: Person, now: datetime) -> None:
    """Say that what was told or found is the person's. Raises Refused, and NotByLaw."""
    with transaction.atomic():
        row = clock.lock_open(subject.request, by)
        _confirm(RequestSubject.objects.get(pk=subject.pk), by, now)
        restricting.look_again(row, now=now)


def drop(*, subject: RequestSubject, by: Person, now: datetime) -> None:
    """Say that it is not the person's: the link goes. Raises Refused, and NotByLaw."""
    with transaction.atomic():
        row = clock.lock_open(subject.request, by)
        facts: dict[str, Fact] = {"what": subject.kind, "link": str(subject.pk)}
        log.append(Action.REQUEST_UNLINKED, subject=row, actor=by, facts=facts)
        RequestSubject.objects.filter(pk=subject.pk).delete()
        if subject.confirmed_at is not None:
            neighbours.take_back(row, by=by, now=now)
        restricting.look_again(row, now=now)


def hold_between(
    *,
    subject: RequestSubject,
    since: date | None,
    until: date | None,
    by: Person,
    now: datetime,
) -> None:
    """Say from when to when a number was theirs: others had it before and after.

    Raises Refused, and NotByLaw.
    """
    if since and until and until < since:
        raise NotByLaw(_("It would end before it begins."))
    with transaction.atomic():
        row = clock.lock_open(subject.request, by)
        changed = RequestSubject.objects.filter(pk=subject.pk)
        changed.update(held_from=since, held_until=until)
        facts: dict[str, Fact] = {
            "what": subject.kind,
            "source": "dates",
            "link": str(subject.pk),
        }
        log.append(Action.REQUEST_LINKED, subject=row, actor=by, facts=facts)
        were = subject.held_from, subject.held_until
        if subject.confirmed_at is not None and were != (since, until):
            neighbours.take_back(row, by=by, now=now)
        restricting.look_again(row, now=now)


def suggestions(request: SubjectRequest) -> list[Suggestion]:
    """What else stood in calls with what is confirmed, without what is linked."""
    linked = list(request.subjects.all())
    told = neighbours.suggest(_known(linked), limit=SUGGESTED + len(linked))
    numbers = {one.number_id for one in linked}
    names = {one.name_lookup for one in linked if one.kind == Kind.NAME}
    fresh = [
        one
        for one in told
        if not (one.number and one.number in numbers)
        and not (one.name_lookup and one.name_lookup in names)
    ]
    return fresh[:SUGGESTED]


def shared_lines(subjects: Iterable[RequestSubject]) -> dict[UUID, int]:
    """The numbers among these that callers of several names used, with how many."""
    numbers = {one.number_id for one in subjects if one.number_id}
    told = neighbours.bearers(numbers)
    return {number: count for number, count in told.items() if count >= SHARED_BY}


def check(
    *,
    request: SubjectRequest,
    method: Method,
    passed: bool,
    points: int,
    evidence: str,
    by: Person,
    now: datetime,
) -> IdentityCheck:
    """Put down one check and, apart, what it rests on. Decides nothing yet.

    points: how many facts of theirs were compared. Raises Refused, and NotByLaw.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        return put_down(row, method, by, now, passed=passed, points=points, of=evidence)


def put_down(
    row: SubjectRequest,
    method: Method,
    by: Person,
    now: datetime,
    *,
    passed: bool,
    points: int,
    of: str,
) -> IdentityCheck:
    """The row of a check, its evidence and its entry. The caller holds the lock."""
    made = IdentityCheck.objects.create(
        request=row, method=method, points=points, passed=passed, by=by, at=now
    )
    if of.strip():
        IdentityEvidence.objects.create(check_row=made, text=of.strip())
    facts: dict[str, Fact] = {
        "method": method.value,
        "points": points,
        "passed": passed,
    }
    log.append(Action.REQUEST_CHECKED, subject=row, actor=by, facts=facts)
    return made


def verify(*, request: SubjectRequest, by: Person, now: datetime) -> None:
    """Decide that they are who they say. A clock that waited for it goes on, and what
    the request restricts by itself is restricted now.

    Raises Refused, and NotByLaw without a passed check and a confirmed link.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        if not row.checks.filter(passed=True).exists():
            raise NotByLaw(_("No check has been passed: put one down first."))
        if not row.subjects.filter(confirmed_at__isnull=False).exists():
            raise NotByLaw(_("Nothing is confirmed as theirs: link it first."))
        waited = row.pauses.filter(until=None, cause="identity").exists()
        _decide(row, Identity.VERIFIED, by)
        if waited:
            clock.go_on(row, now)
            told: dict[str, Fact] = {"due": clock.due_day(row)}
            log.append(Action.REQUEST_RESUMED, subject=row, actor=by, facts=told)
        restricting.when_verified(row, by=by, now=now)


def refuse(*, request: SubjectRequest, why: str, by: Person, now: datetime) -> None:
    """Decide that it was not proved, and why. The request is then closed by its officer.

    Raises Refused, and NotByLaw.
    """
    with transaction.atomic():
        row = clock.lock_open(request, by)
        clock.write_note(row, RequestNote.About.IDENTITY, why, by, now)
        _decide(row, Identity.REFUSED, by)
        neighbours.take_back(row, by=by, now=now)


def _decide(row: SubjectRequest, identity: Identity, by: Person) -> None:
    row.identity = identity
    row.save(update_fields=["identity"])
    facts: dict[str, Fact] = {"identity": identity.value}
    log.append(Action.REQUEST_IDENTITY_DECIDED, subject=row, actor=by, facts=facts)


def _known(subjects: Iterable[RequestSubject]) -> Known:
    sure = [one for one in subjects if one.confirmed_at is not None]
    ring = keyring("number_lookup")
    names = {
        form
        for one in sure
        if one.kind == Kind.NAME
        for form in ring.digests(name_form(one.name))
    }
    return Known(
        numbers=frozenset(one.number_id for one in sure if one.number_id),
        names=frozenset(names),
        calls=frozenset(one.call_id for one in sure if one.call_id),
    )


def _linked(row: SubjectRequest, what: Link) -> RequestSubject | None:
    rows = row.subjects.filter(kind=what.kind)
    if what.kind == Kind.NUMBER:
        return rows.filter(number=what.number).first()
    if what.kind == Kind.CALL:
        return rows.filter(call_id=what.call_id).first()
    forms = keyring("number_lookup").digests(name_form(what.name))
    return rows.filter(name_lookup__in=forms).first()


def _make(
    row: SubjectRequest, what: Link, source: Source, now: datetime
) -> RequestSubject:
    if what.kind == Kind.CALL and not (
        what.call_id and neighbours.is_call(what.call_id)
    ):
        raise NotByLaw(_("There is no such call."))
    form = name_form(what.name)
    return RequestSubject.objects.create(
        request=row,
        kind=what.kind,
        number=what.number,
        name=what.name.strip(),
        name_lookup=keyring("number_lookup").digest(form) if form else "",
        call_id=what.call_id,
        source=source,
        added_at=now,
    )


def _confirm(subject: RequestSubject, by: Person, now: datetime) -> None:
    if subject.confirmed_at is not None:
        return
    subject.confirmed_at, subject.confirmed_by = now, by
    subject.save(update_fields=["confirmed_at", "confirmed_by"])
    facts: dict[str, Fact] = {
        "what": subject.kind,
        "source": subject.source,
        "link": str(subject.pk),
    }
    log.append(Action.REQUEST_LINKED, subject=subject.request, actor=by, facts=facts)
