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

PART_IS = f"""EXISTS(SELECT 1 FROM {Restriction._meta.db_table} restriction
  WHERE restriction.item_id = part.id AND restriction.kind = '{Recording.ITEM}'
  AND restriction.lifted_at IS NULL)"""
"""`part()` for statements in plain SQL, where the part's row is named so."""


def part(*, ref: str = "pk") -> Exists:
    """Whether the part whose id is in that column is restricted."""
    rows = restrictions.in_force(Recording.ITEM)
    return Exists(rows.filter(item_id=OuterRef(ref)))


def call(*, ref: str = "pk") -> Exists:
    """Whether a part of the call whose id is in that column is restricted."""
    return Exists(Recording.objects.filter(part(), call=OuterRef(ref)))


def calls_for(rows: QuerySet[Call], person: Person) -> QuerySet[Call]:
    """Without the restricted calls of which this person may not know."""
    return _without(rows, person, call(), team="team_id")


def parts_for(rows: QuerySet[Recording], person: Person) -> QuerySet[Recording]:
    """Without the parts of such calls."""
    return _without(rows, person, call(ref="call_id"), team="call__team_id")


def _without(
    rows: "QuerySet[_Row]", person: Person, hidden: Exists, *, team: str
) -> "QuerySet[_Row]":
    scope = policy.scope_for(person, Verb.RESTRICT)
    if scope.everything:
        return rows
    shown = ~Q(hidden)
    if scope.team_ids:
        shown |= Q(**{f"{team}__in": sorted(scope.team_ids)})
    return rows.filter(shown)
