"""Rows that hang on a person's calls, and what of them goes."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise

from compliance.custody import Subject
from compliance.requests.traces import Found, Step, Told
from recordings import about
from recordings.models import Call
from recordings.traces import theirs
from recordings.traces.theirs import Rows


def _everything(_subject: Subject) -> Q:
    return Q()


@dataclass(frozen=True)
class OfCalls:
    """One kind of such rows.

    within: which rows are of these calls. own: which of those concern the person.
    texts: what is blanked; where there are none, the row goes. told: what the copy
    for the person says, by the fields that say it.
    """

    kind: str
    name: Promise
    model: type[Model]
    within: Callable[[Rows], Q]
    dated: str
    texts: tuple[str, ...] = ()
    told: dict[str, str] = field(default_factory=dict)
    own: Callable[[Subject], Q] = _everything
    step: Step = Step.AROUND

    @property
    def models(self) -> tuple[type[Model], ...]:
        """The one model."""
        return (self.model,)

    def label(self) -> str:
        """What a page calls it."""
        return str(self.name)

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """The rows with something in them that can go."""
        rows = self._rows(subject, about.calls(subject))
        stay = self._rows(subject, about.calls(subject).filter(theirs.staying(spare)))
        return theirs.counted(rows, dated=self.dated, kept=stay)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Blank their texts, or delete them."""
        rows = self._rows(subject, theirs.going(subject, spare))
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        found = self._all().filter(pk__in=ids)
        if self.texts:
            found.update(**dict.fromkeys(self.texts, ""))
        else:
            found.delete()
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """What of them is the person's own."""
        rows = self._of(subject, about.calls(subject)).order_by(self.dated, "pk")
        for row in rows.values(*self.told.values()):
            yield theirs.plain({name: row[path] for name, path in self.told.items()})

    def _rows(self, subject: Subject, calls: QuerySet[Call]) -> QuerySet[Any]:
        said = Q()
        for name in self.texts:
            said |= ~Q((name, ""))
        return self._of(subject, calls).filter(said)

    def _of(self, subject: Subject, calls: QuerySet[Call]) -> QuerySet[Any]:
        return self._all().filter(self.within(calls.values("pk")), self.own(subject))

    def _all(self) -> QuerySet[Any]:
        return self.model._default_manager.all()
