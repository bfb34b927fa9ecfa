"""How far a verb reaches: everything, teams, and the calls somebody took part in."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q

_Row = TypeVar("_Row", bound=models.Model)


class HasTeam(Protocol):
    """Anything that belongs to a team: a call, a recording, a policy, the team.

    What staff take part in also offers `staff`: a mark for each of them
    (`models.staff_identity`). Anything else is nobody's own.
    """

    @property
    def team_id(self) -> UUID | None:
        """Whose it is; None belongs to the organisation."""


@dataclass(frozen=True)
class Scope:
    """How far a verb reaches for one person.

    own: the marks under which he takes part; what bears one of them is reached too.
    """

    everything: bool = False
    team_ids: frozenset[UUID] = frozenset()
    own: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """True when the verb reaches nothing at all."""
        return not (self.everything or self.team_ids or self.own)

    @property
    def is_own_only(self) -> bool:
        """True when it reaches nothing but what the person took part in."""
        return bool(self.own) and not (self.everything or self.team_ids)

    def covers(self, team_id: UUID | None) -> bool:
        """Whether it reaches all that belongs to that team, or to no team."""
        return self.everything or (team_id is not None and team_id in self.team_ids)

    def reaches(self, obj: HasTeam) -> bool:
        """Whether it reaches this: by its team, or because he took part."""
        staff: Collection[str] = getattr(obj, "staff", ()) if self.own else ()
        return self.covers(obj.team_id) or not self.own.isdisjoint(staff)

    def narrow(
        self,
        queryset: "models.QuerySet[_Row]",
        field: str = "team_id",
        *,
        staff: str = "",
    ) -> "models.QuerySet[_Row]":
        """The rows it reaches: one indexed condition, no query of its own.

        field, staff: where a row says whose it is, and who of the staff took part;
        without the latter no row is anybody's own.
        """
        if self.everything:
            return queryset
        reached = Q()
        if self.team_ids:
            reached |= Q(**{f"{field}__in": sorted(self.team_ids)})
        if self.own and staff:
            reached |= Q(**{f"{staff}__overlap": sorted(self.own)})
        return queryset.filter(reached) if reached else queryset.none()

    def within(self, team_ids: frozenset[UUID]) -> "Scope":
        """What of it belongs to these teams; what is own belongs to no limit of teams."""
        return Scope(team_ids=team_ids if self.everything else self.team_ids & team_ids)

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(
            self.everything or other.everything,
            self.team_ids | other.team_ids,
            self.own | other.own,
        )


NOTHING = Scope()
EVERYTHING = Scope(everything=True)
