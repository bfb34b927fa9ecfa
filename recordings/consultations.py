"""Who listened to a person: every consultation of what the calls of one person left.

For an answer under Article 15 GDPR: dates and purposes, and the recipients of copies
(CJEU C-154/21). Staff act for the controller and are told apart by a number, not by
name (CJEU C-579/21); names take a written ground of their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.http import Http404

from compliance import grounds
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.scope import Scope
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Ground, Person
from recordings import queries, searching
from recordings.consulted import Consultation, of_calls
from recordings.models import SavedSearch

SHORTEST = 10
"""Fewer characters are no ground."""
GROUND_LIFE = timedelta(hours=1)
"""So long names are shown for a ground; then it is to be given anew."""


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
    found = of_calls(began, viewer=by)
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
