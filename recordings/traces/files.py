"""Files made from a person's calls that still lie there: lists, and productions.

They are not deleted here: their day ends now, and the sweep that deletes files whose
day is over takes them.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.custody import Subject
from compliance.models import Hold, Package
from compliance.requests.traces import Found, Step, Told
from recordings import about
from recordings.models import Call, Export, ExportedCall, ProducedItem, Volume
from recordings.productions import course
from recordings.traces import theirs
from recordings.traces.theirs import Rows
from recordings.traces.words import Words

ERASED = "erased"
"""Why a production ended."""
GONE = Package.State.GONE


OVER = Hold.State.OVER
NONE = Q(pk__in=())


def _nobody(_words: Words) -> Q:
    return NONE


@dataclass(frozen=True)
class Files:
    """One kind of files.

    within: which of them hold something of these calls. asked_by: which were asked for
    by words that name the person. end: has the day of these be over. stay: which are
    kept in any case. untold: which the person is not told of.
    """

    kind: str
    name: Promise
    model: type[Package]
    also: tuple[type[Model], ...]
    within: Callable[[Rows], Q]
    end: Callable[[list[UUID], datetime], None]
    stay: Q = NONE
    untold: Q = NONE
    asked_by: Callable[[Words], Q] = _nobody
    step: Step = Step.AROUND

    @property
    def models(self) -> tuple[type[Model], ...]:
        """What it answers for."""
        return (self.model, *self.also)

    def label(self) -> str:
        """What a page calls it."""
        return str(self.name)

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Files that are still there, or still being made."""
        rows = self._rows(subject, about.calls(subject))
        kept = rows.exclude(pk__in=self._going(subject, spare).values("pk"))
        return theirs.counted(rows, dated="asked_at", kept=kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Let their day be over."""
        lasting = self._going(subject, spare).filter(expires_at__gt=now)
        ids = list(lasting.order_by("pk").values_list("pk", flat=True)[:limit])
        self.end(ids, now)
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """When each was asked for, and when it goes."""
        rows = self._rows(subject, about.calls(subject)).exclude(self.untold)
        told = rows.order_by("asked_at", "pk").values_list("asked_at", "expires_at")
        for asked, goes in told:
            yield theirs.plain({"asked": asked, "goes": goes})

    def _going(self, subject: Subject, spare: Collection[UUID]) -> QuerySet[Any]:
        rows = self._rows(subject, theirs.going(subject, spare))
        return rows.exclude(pk__in=rows.filter(self.stay).values("pk"))

    def _rows(self, subject: Subject, calls: QuerySet[Call]) -> QuerySet[Any]:
        rows = self.model._default_manager.exclude(state=GONE)
        named = self.asked_by(Words.of(subject))
        return rows.filter(self.within(calls.values("pk")) | named)


def _sought(words: Words) -> Q:
    asked = Export.objects.exclude(filters="").values_list("pk", "filters", "asked_at")
    found = [pk for pk, filters, at in asked if words.on(at).are_sought(filters)]
    return Q(pk__in=found)


def _listed(calls: Rows) -> Q:
    return Q(pk__in=ExportedCall.objects.filter(call__in=calls).values("export"))


def _end_lists(ids: list[UUID], now: datetime) -> None:
    Export.objects.filter(pk__in=ids).update(expires_at=now)


def _end_productions(ids: list[UUID], now: datetime) -> None:
    """A production that lacks a volume is none: it is given up, with all its files."""
    volumes = Volume.objects.filter(pk__in=ids)
    for production in set(volumes.values_list("production", flat=True)):
        course.give_up(production_id=production, reason=ERASED, now=now)
    volumes.filter(expires_at__gt=now).update(expires_at=now)


def _produced(calls: Rows) -> Q:
    """Every volume of a production that holds one: the papers list what is in it."""
    items = ProducedItem.objects.filter(call__in=calls)
    return Q(production__in=items.values("production"))


EXPORTS = Files(
    kind="exports",
    name=_("Lists of calls as files"),
    model=Export,
    also=(ExportedCall,),
    within=_listed,
    end=_end_lists,
    asked_by=_sought,
)
VOLUMES = Files(
    kind="volumes",
    name=_("Files of productions"),
    model=Volume,
    also=(ProducedItem,),
    within=_produced,
    end=_end_productions,
    stay=Q(production__hold__isnull=False) & ~Q(production__hold__state=OVER),
    untold=Q(production__hold__is_confidential=True),
)
ALL = (EXPORTS, VOLUMES)
