"""Which entries are meant: the filters of the auditor's desk, and how they are found.

Who acted and what it was about have indexes; so have acts that are rare. What has none
is looked for among the newest entries first, LOOK at a time: a page costs the same
whether the log holds ten thousand entries or ten million.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from compliance import keyset
from compliance.models import AuditEntry
from compliance.models.audit import first_uuid_of
from compliance.models.frequent import FREQUENT_ACTS

LOOK = 100_000
_IS_RARE = RawSQL(  # noqa: S611  only our own constants are put in
    f"{AuditEntry._meta.db_table}.act NOT IN ({', '.join(map(repr, FREQUENT_ACTS))})",
    (),
    models.BooleanField(),
)
"""The condition of the index in so many words: a prepared statement does not know the
act that it is asked for, so PostgreSQL could not tell that the index has it."""
BY_ID, BY_TIME = keyset.Order("id"), keyset.Order("timestamp")


@dataclass(frozen=True)
class Selection:
    """Filters; what is empty does not narrow. since is within, until is not."""

    person: UUID | None = None
    about: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    address: str = ""
    purpose: str = ""

    @property
    def order(self) -> keyset.Order:
        """The order whose index leads to the newest of them."""
        return BY_TIME if self.person else BY_ID

    @property
    def is_looked_for(self) -> bool:
        """Whether no index leads to them."""
        if self.person or self.about:
            return False
        if self._is_of_a_rare_act:
            return False
        return bool(self.acts or self.outcome or self.address or self.purpose)

    def narrow(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """The entries that fit."""
        conditions: dict[str, Any] = {
            "actor": self.person,
            "object_pk__in": sorted(self.about),
            "act__in": sorted(self.acts),
            "outcome": self.outcome,
            "id__gte": first_uuid_of(self.since) if self.since else None,
            "id__lt": first_uuid_of(self.until) if self.until else None,
            "remote_addr": self.address,
            "facts__purpose": self.purpose,
        }
        if len(self.acts) == 1:
            conditions["act"] = conditions.pop("act__in")[0]
        if self.person:
            # beside the ids, so that the index of the person leads there
            conditions |= {"timestamp__gte": self.since, "timestamp__lt": self.until}
        found = entries.filter(**{k: v for k, v in conditions.items() if v})
        return found.filter(_IS_RARE) if self._is_of_a_rare_act else found

    @property
    def _is_of_a_rare_act(self) -> bool:
        return len(self.acts) == 1 and self.acts[0] not in FREQUENT_ACTS

    def as_json(self) -> dict[str, Any]:
        """As it stands in a statement: plain values, what is empty left out."""
        told = {
            "person": str(self.person or ""),
            "about": list(self.about),
            "acts": list(self.acts),
            "outcome": self.outcome,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "address": self.address,
            "purpose": self.purpose,
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Selection":
        """The selection that `as_json` told of."""
        return cls(
            person=UUID(told["person"]) if told.get("person") else None,
            about=tuple(told.get("about", ())),
            acts=tuple(told.get("acts", ())),
            since=_moment(told.get("since", "")),
            until=_moment(told.get("until", "")),
            **{name: told.get(name, "") for name in ("outcome", "address", "purpose")},
        )


@dataclass(frozen=True)
class Found:
    """A page of entries. looked_back_to: where the look ended before the log did."""

    page: keyset.Page[AuditEntry]
    looked_back_to: AuditEntry | None = None

    @property
    def next(self) -> str:
        """The cursor of what is older; '' where nothing can be."""
        if self.page.next or self.looked_back_to is None:
            return self.page.next
        return keyset.cursor_of(self.looked_back_to, BY_ID)


def find(
    selection: Selection,
    *,
    within: QuerySet[AuditEntry],
    is_scoped: bool,
    cursor: str,
    size: int,
) -> Found:
    """One page, newest first. A cursor that cannot be read gives the first.

    within: the entries that the viewer may read at all. is_scoped: these are not all
    there are, so that one may have to look for his.
    """
    rows = selection.narrow(within)
    if not (selection.is_looked_for or (is_scoped and not selection.person)):
        return Found(_page(rows, selection, cursor, size))
    floor = _floor(cursor)
    if floor is not None:
        rows = rows.filter(id__gte=floor.id)
    page = _page(rows, selection, cursor, size)
    return Found(page, None if page.next else floor)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _floor(cursor: str) -> AuditEntry | None:
    """The entry LOOK entries before the cursor; None where the log is shorter, or one
    goes back to newer ones."""
    try:
        window = keyset.window(
            AuditEntry.objects.all(), order=BY_ID, cursor=cursor, size=LOOK
        )
    except keyset.BadCursor:
        return _floor("")
    if window.back:
        return None
    last = window.rows.only("id", "timestamp")[LOOK : LOOK + 1]
    return next(iter(last), None)


def _page(
    rows: QuerySet[AuditEntry], selection: Selection, cursor: str, size: int
) -> keyset.Page[AuditEntry]:
    return keyset.page_or_first(rows, order=selection.order, cursor=cursor, size=size)
