"""What restricted processing keeps back, as conditions for queries about parts and calls.

A call is restricted with any of its parts. Who may restrict still finds it; nobody hears
it, but on a ground of the law (`restricted_hearing`).
"""

from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person, Restriction
from compliance.retention import restrictions
from recordings.models import Call, Recording

_Row = TypeVar("_Row", bound=Model)

PART_IS = """EXISTS(SELECT 1 FROM compliance_restriction restriction
  WHERE restriction.item_id = part.id AND restriction.kind = 'recording'
  AND restriction.lifted_at IS NULL)"""
"""`part()` for statements in plain SQL, where the part's row is named so."""


def part(*, ref: str = "pk") -> Exists:
    """Whether the part whose id is in that column is restricted."""
    rows = restrictions.in_force(Recording.ITEM)
    return Exists(rows.filter(item_id=OuterRef(ref)))


def call(*, ref: str = "pk") -> Exists:
    """Whether a part of the call whose id is in that column is restricted."""
    return Exists(Recording.objects.filter(part(), call=OuterRef(ref)))


def calls_for(
    person: Person, rows: QuerySet[Call], *, verb: Verb = Verb.RESTRICT
) -> QuerySet[Call]:
    """Without the restricted calls that this verb does not open to this person."""
    return _without(person, rows, verb, call(), team="team_id")


def of_calls_for(
    person: Person, rows: "QuerySet[_Row]", *, path: str = "call"
) -> "QuerySet[_Row]":
    """The same of rows that belong to a call, by that path: parts, parties, consents."""
    hidden, team = call(ref=f"{path}_id"), f"{path}__team_id"
    return _without(person, rows, Verb.RESTRICT, hidden, team=team)


def rows_for(person: Person, *, is_over: bool) -> QuerySet[Restriction]:
    """The restrictions within this person's reach: in force, or over."""
    rows = Restriction.objects.filter(lifted_at__isnull=not is_over)
    rows = rows.select_related("request", "placed_by", "lifted_by")
    scope = policy.scope_for(person, Verb.RESTRICT)
    if scope.everything:
        return rows
    mine = scope.narrow(Recording.objects.all(), "call__team_id")
    return rows.filter(kind=Recording.ITEM, item_id__in=mine.values("pk"))


def _without(
    person: Person, rows: "QuerySet[_Row]", verb: Verb, hidden: Exists, *, team: str
) -> "QuerySet[_Row]":
    scope = policy.scope_for(person, verb)
    if scope.everything:
        return rows
    shown = Q(~hidden)
    if scope.team_ids:
        shown |= Q(**{f"{team}__in": sorted(scope.team_ids)})
    return rows.filter(shown)
