"""Who listened to a person: every consultation of what the calls of one person left.

For an answer under Article 15 GDPR: dates and purposes, and the recipients of copies
(CJEU C-154/21). Staff act for the controller and are told apart by a number, not by
name (CJEU C-579/21); names take a written ground of their own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.http import Http404

from compliance import grounds
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.scope import Scope
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Ground, Person
from recordings import hold_listening, queries, searching
from recordings.models import (
    Call,
    Disclosure,
    ExportedCall,
    Listen,
    ProducedItem,
    SavedSearch,
)

SHORTEST = 10
"""Fewer characters are no ground."""
GROUND_LIFE = timedelta(hours=1)
"""So long names are shown for a ground; then it is to be given anew."""


class Kind(StrEnum):
    """What was done."""

    HEARD = "heard"
    COPIED = "copied"
    LISTED = "listed"
    PRODUCED = "produced"
    REVEALED = "revealed"


class Sureness(StrEnum):
    """How surely a search names one person."""

    NUMBER = "number"
    NAME = "name"
    ENDING = "ending"


class NoGround(Exception):
    """Names were asked for without saying why."""


class NotOnePerson(Exception):
    """The last digits of a number may be several people's: nothing is printed."""


@dataclass(frozen=True)
class Consultation:
    """One time that somebody looked. call_at: None where it was a list of calls."""

    at: datetime
    kind: Kind
    by: UUID | None
    purpose: str = ""
    call_id: UUID | None = None
    call_at: datetime | None = None
    calls: int = 1
    recipient: str = ""
    in_emergency: bool = False


@dataclass(frozen=True)
class Report:
    """What is told of one person, the newest first."""

    search: SavedSearch
    about: str
    sureness: Sureness
    calls: int
    consultations: Sequence[Consultation]
    staff: Mapping[UUID, int]
    """Each colleague's number in this report, by the first time he looked."""
    names: Mapping[UUID, str] | None
    is_whole: bool
    """False where calls of other teams are out of this viewer's reach."""


def find(search_id: UUID, by: Person) -> SavedSearch:
    """The search for a person behind a token. Raises Http404, and Refused."""
    search = SavedSearch.objects.filter(id=search_id).first()
    if search is None or not (search.is_shared or search.owner_id == by.pk):
        raise Http404
    if not searching.looks_for_a_person(json.loads(search.filters)):
        raise Http404
    policy.require(by, Verb.SEARCH_PERSON)
    policy.require(by, Verb.WHO_LISTENED)
    return search


def report(
    *,
    search: SavedSearch,
    by: Person,
    now: datetime,
    ground_id: UUID | None = None,
    is_taken: bool = False,
) -> Report:
    """Tell who consulted the calls of a person, once the entry of it stands.

    ground_id: of a ground given for names. is_taken: as a file that leaves. Raises
    NotOnePerson for a file that may be about several people.
    """
    sureness = _sureness(search)
    if is_taken and sureness is Sureness.ENDING:
        raise NotOnePerson
    named = ground_id is not None and _is_given(ground_id, search, by, now)
    with transaction.atomic():
        found = _report(search, by, sureness, named=named)
        action = (
            Action.PERSON_LISTENERS_TAKEN
            if is_taken
            else Action.PERSON_LISTENERS_VIEWED
        )
        facts = {"consultations": len(found.consultations), "named": named}
        log.append(action, subject=search, actor=by, facts=facts)
    return found


def give_ground(*, search: SavedSearch, by: Person, text: str, now: datetime) -> Ground:
    """Take down why this person must know names. Raises Refused, and NoGround."""
    policy.require(by, Verb.NAME_LISTENERS)
    if len(text.strip()) < SHORTEST:
        raise NoGround
    with transaction.atomic():
        ground = grounds.take_down(
            Ground.Kind.WHO_LISTENED, about=search.id, text=text.strip(), by=by, now=now
        )
        log.append(
            Action.PERSON_LISTENERS_NAMED,
            subject=search,
            actor=by,
            facts=grounds.facts_of(ground),
        )
    return ground


def _is_given(ground_id: UUID, search: SavedSearch, by: Person, now: datetime) -> bool:
    """Whether this ground is this person's, for this search, and not too old."""
    return (
        policy.allows(by, Verb.NAME_LISTENERS)
        and Ground.objects.filter(
            id=ground_id,
            kind=Ground.Kind.WHO_LISTENED,
            about=search.id,
            by=by,
            at__gt=now - GROUND_LIFE,
        ).exists()
    )


def _sureness(search: SavedSearch) -> Sureness:
    terms = json.loads(search.filters)
    if terms.get("name"):
        return Sureness.NAME
    whole = searching.is_whole_number(str(terms["number"]))
    return Sureness.NUMBER if whole else Sureness.ENDING


def _report(
    search: SavedSearch, by: Person, sureness: Sureness, *, named: bool
) -> Report:
    scope = policy.scope_for(by, Verb.WHO_LISTENED)
    if named:
        # names of colleagues only where he may know them
        scope = _both(scope, policy.scope_for(by, Verb.NAME_LISTENERS))
    calls = queries.matching(scope.narrow(queries.calls(by)), search)
    began = dict(calls.values_list("id", "started_at"))
    found = sorted(_all(began, by), key=lambda one: one.at, reverse=True)
    staff: dict[UUID, int] = {}
    for one in reversed(found):
        if one.by:
            staff.setdefault(one.by, len(staff) + 1)
    people = Person.objects.filter(pk__in=staff) if named else Person.objects.none()
    return Report(
        search=search,
        about=searching.described(search),
        sureness=sureness,
        calls=len(began),
        consultations=found,
        staff=staff,
        names=dict(people.values_list("pk", "name")) if named else None,
        is_whole=scope.everything and policy.scope_for(by, Verb.VIEW).everything,
    )


def _both(one: Scope, other: Scope) -> Scope:
    if other.everything:
        return one
    return one.within(other.team_ids)


def _all(began: Mapping[UUID, datetime], viewer: Person) -> Iterator[Consultation]:
    yield from _heard(began, viewer)
    yield from _copied(began)
    yield from _listed(began)
    yield from _produced(began, viewer)
    yield from _revealed(began)


def _heard(began: Mapping[UUID, datetime], viewer: Person) -> Iterator[Consultation]:
    """What was heard, without what a confidential hold keeps from this viewer."""
    found = Listen.objects.filter(recording__call__in=list(began))
    rows = hold_listening.known_to(viewer, found).values_list(
        "opened_at", "listener_id", "purpose", "recording__call_id", "in_emergency"
    )
    for at, by, purpose, call_id, in_emergency in rows:
        yield Consultation(
            at=at,
            kind=Kind.HEARD,
            by=by,
            purpose=purpose,
            call_id=call_id,
            call_at=began[call_id],
            in_emergency=in_emergency,
        )


def _copied(began: Mapping[UUID, datetime]) -> Iterator[Consultation]:
    rows = Disclosure.objects.filter(recording__call__in=list(began))
    for copy in rows.select_related("recording"):
        call_id = copy.recording.call_id
        to = (copy.recipient, copy.organisation)
        yield Consultation(
            at=copy.at,
            kind=Kind.COPIED,
            by=copy.by_id,
            purpose=copy.purpose,
            call_id=call_id,
            call_at=began[call_id],
            recipient=", ".join(word for word in to if word),
        )


def _listed(began: Mapping[UUID, datetime]) -> Iterator[Consultation]:
    """Files of lists that hold calls of this person: made, whether taken or not."""
    rows = (
        ExportedCall.objects.filter(call__in=list(began), export__made_at__isnull=False)
        .values_list("export__made_at", "export__owner_id")
        .annotate(calls=Count("call"))
        .order_by()
    )
    for at, by, calls in rows:
        yield Consultation(at=at, kind=Kind.LISTED, by=by, calls=calls)


def _produced(began: Mapping[UUID, datetime], viewer: Person) -> Iterator[Consultation]:
    """What went into packages for others: for which class of recipient, not for whom."""
    found = ProducedItem.objects.filter(call__in=list(began))
    rows = hold_listening.produced_known_to(viewer, found)
    told = rows.select_related("production").order_by("production", "call")
    for item in told.distinct("production", "call"):
        yield Consultation(
            at=item.production.made_at or item.production.asked_at,
            kind=Kind.PRODUCED,
            by=item.production.asked_by_id,
            call_id=item.call_id,
            call_at=began[item.call_id],
            recipient=item.production.get_to_display(),
        )


def _revealed(began: Mapping[UUID, datetime]) -> Iterator[Consultation]:
    """Whole numbers that were shown: the log alone knows, and names the call."""
    ids: Iterable[str] = [str(call_id) for call_id in began]
    rows = AuditEntry.objects.filter(
        object_pk__in=ids,
        object_kind=Call._meta.label_lower,
        act=Action.NUMBER_REVEALED.value,
    ).values_list("timestamp", "actor_id", "object_pk")
    for at, by, call_id in rows:
        key = UUID(call_id)
        yield Consultation(
            at=at, kind=Kind.REVEALED, by=by, call_id=key, call_at=began[key]
        )
