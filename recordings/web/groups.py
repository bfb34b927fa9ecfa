"""Open matters by kind and team: one row a group, opened to its matters."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.text import capfirst

from compliance.models import Person
from recordings import alerts, queries
from recordings.models import Alert
from recordings.web import matters
from recordings.web.matters import Matter

Kind = Alert.Kind

NO_TEAM = "none"
"""Stands in addresses for the matters of no team."""
MOST = 100
"""Matters shown of an opened group."""


@dataclass(frozen=True)
class Group:
    """Open matters of one kind and team, shown as one row until it is opened."""

    kind: Alert.Kind
    team: UUID | None
    team_name: str
    count: int
    unseen: int
    since: datetime
    newest: datetime
    may_close: bool
    is_opened: bool = False
    shown: list[Matter] = field(default_factory=list)

    @property
    def key(self) -> str:
        """How addresses name it."""
        return _key(self.kind.value, self.team)

    @property
    def team_key(self) -> str:
        """How addresses name its team."""
        return str(self.team or NO_TEAM)

    @property
    def until(self) -> str:
        """Acts on the group go no further than this: what came later was not seen."""
        return self.newest.isoformat()

    @property
    def left(self) -> int:
        """How many of an opened group are not shown."""
        return self.count - len(self.shown)

    @property
    def what(self) -> str:
        """What happened, each time."""
        return str(capfirst(self.kind.label))

    @property
    def next(self) -> str | Promise:
        """What to do about it."""
        return matters.NEXT[self.kind]

    @property
    def anchor(self) -> str:
        """Its heading in the runbook."""
        return matters.anchor(self.kind)

    @property
    def severity(self) -> Alert.Severity:
        """How long it may wait."""
        return Alert(kind=self.kind).severity

    @property
    def is_of_control(self) -> bool:
        """Whether control itself failed: closing them takes cause and risk."""
        return self.kind in Alert.OF_CONTROL

    @property
    def tone(self) -> str:
        """The colour that repeats its grade."""
        return matters.TONES[self.severity]

    @property
    def is_many(self) -> bool:
        """Whether it is more than one matter."""
        return self.count > 1


def of(rows: QuerySet[Alert], person: Person, *, opened: str = "") -> list[Group]:
    """The groups of these open alerts, the gravest first, then the oldest.

    rows: of `queries.alerts`. opened: the key of the group whose matters are wanted;
    a group of one always has its own.
    """
    found = [_group(row, person, opened=opened) for row in queries.alert_groups(rows)]
    alone = [one for one in found if not one.is_many]
    shown = _shown(rows, alone, person)
    for one in found:
        if one.is_opened:
            shown |= _shown(rows, [one], person)
    return [replace(one, shown=shown.get(one.key, [])) for one in found]


def _shown(
    rows: QuerySet[Alert], wanted: list[Group], person: Person
) -> dict[str, list[Matter]]:
    """The matters of these groups, by the group's key."""
    if not wanted:
        return {}
    where = reduce(or_, (Q(kind=one.kind, team=one.team) for one in wanted))
    by_key: dict[str, list[Matter]] = {}
    for matter in matters.told(rows.filter(where)[: MOST + len(wanted)], person):
        key = _key(matter.alert.kind, matter.alert.team_id)
        by_key.setdefault(key, []).append(matter)
    return by_key


def _key(kind: str, team: UUID | None) -> str:
    return f"{kind}:{team or NO_TEAM}"


def _group(row: dict[str, Any], person: Person, *, opened: str) -> Group:
    kind = Kind(row["kind"])
    group = Group(
        kind=kind,
        team=row["team"],
        team_name=row["team__name"] or "",
        count=row["count"],
        unseen=row["unseen"],
        since=row["since"],
        newest=row["newest"],
        may_close=alerts.may_close(Alert(kind=kind, team_id=row["team"]), by=person),
    )
    return replace(group, is_opened=group.is_many and group.key == opened)
