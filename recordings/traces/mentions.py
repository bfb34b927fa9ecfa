"""Texts of our own staff that name the person: searches, filters, names of recipients.

They are sealed, so the database cannot look into them: each row is read.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.custody import Scope, Subject
from compliance.models import Ground, Hold
from compliance.requests.traces import Found, Step, Told
from recordings import searching
from recordings.models import Disclosure, Production, Purge, SavedSearch
from recordings.traces import theirs
from recordings.traces.words import Words

PAGE = 500
NONE = Q(pk__in=())


def _in_texts(row: Any, texts: tuple[str, ...], words: Words) -> bool:
    return any(words.are_in(getattr(row, name)) for name in texts)


@dataclass(frozen=True)
class Mentions:
    """One kind of rows that may name somebody in texts.

    forget: takes the rows' mention of the person out of them. stay: which keep it.
    untold: which the person is not told of.
    """

    kind: str
    name: Promise
    model: type[Model]
    texts: tuple[str, ...]
    dated: str
    forget: Callable[[list[Any], Words], None]
    names: Callable[[Any, tuple[str, ...], Words], bool] = _in_texts
    also: tuple[type[Model], ...] = ()
    stay: Q = NONE
    untold: Q = NONE
    step: Step = Step.AROUND

    @property
    def models(self) -> tuple[type[Model], ...]:
        """What it answers for."""
        return (self.model, *self.also)

    def label(self) -> str:
        """What a page calls it."""
        return str(self.name)

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """The rows that name the person; they are of no call, so `spare` keeps none."""
        found = list(self._naming(Words.of(subject)))
        oldest, newest = theirs.dates(getattr(row, self.dated) for row in found)
        staying = set(self._all().filter(self.stay).values_list("pk", flat=True))
        kept = sum(row.pk in staying for row in found)
        return Found(len(found), oldest, newest, kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Have the rows forget the person."""
        words = Words.of(subject)
        going = self._all().exclude(pk__in=self._all().filter(self.stay).values("pk"))
        found = list(islice(self._naming(words, going), limit))
        with transaction.atomic():
            self.forget(found, words)
        return len(found)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """When it was written; the words are our staff's."""
        told = self._all().exclude(self.untold)
        for row in self._naming(Words.of(subject), told):
            yield theirs.plain({"when": getattr(row, self.dated)})

    def _naming(
        self, words: Words, within: QuerySet[Any] | None = None
    ) -> Iterator[Any]:
        rows = self._all() if within is None else within
        for row in rows.order_by(self.dated, "pk").iterator(chunk_size=PAGE):
            if self.names(row, self.texts, words.on(getattr(row, self.dated))):
                yield row

    def _all(self) -> QuerySet[Any]:
        return self.model._default_manager.all()


def _is_sought(row: SavedSearch, _texts: tuple[str, ...], words: Words) -> bool:
    return words.are_sought(str(row.filters)) or words.are_in(str(row.name))


def _drop_searches(rows: list[SavedSearch], _words: Words) -> None:
    """The searches go, and with them why somebody wanted names of those who listened."""
    ids = [row.pk for row in rows]
    Ground.objects.filter(kind=Ground.Kind.WHO_LISTENED, about__in=ids).update(text="")
    SavedSearch.objects.filter(pk__in=ids).delete()


def _is_purged_by(row: Purge, _texts: tuple[str, ...], words: Words) -> bool:
    return words.are_sought(Scope.from_json(str(row.scope)).filters)


def _unname_purges(rows: list[Purge], words: Words) -> None:
    """The frozen list stays, and that it was of one person; whose, goes."""
    for row in rows:
        scope = Scope.from_json(str(row.scope))
        query = json.loads(scope.filters).get("query", "")
        kept = {} if words.are_in(query) else {"query": query}
        filters = json.dumps({**kept, searching.ERASED: True})
        row.scope = replace(scope, filters=filters).as_json()
        row.save(update_fields=["scope"])


def _blank(*texts: str) -> Callable[[list[Any], Words], None]:
    def forget(rows: list[Any], words: Words) -> None:
        for row in rows:
            for name in texts:
                if words.are_in(getattr(row, name)):
                    setattr(row, name, "")
            row.save(update_fields=list(texts))

    return forget


SEARCHES = Mentions(
    kind="searches",
    name=_("Searches for the person"),
    model=SavedSearch,
    also=(Ground,),
    texts=("name", "filters"),
    dated="made_at",
    names=_is_sought,
    forget=_drop_searches,
)
PURGES = Mentions(
    kind="purges",
    name=_("Purges that were chosen by the person"),
    model=Purge,
    texts=("scope",),
    dated="frozen_at",
    names=_is_purged_by,
    forget=_unname_purges,
)
RECEIVERS = Mentions(
    kind="receivers",
    name=_("Copies given to the person: the name as recipient"),
    model=Disclosure,
    texts=("recipient", "organisation"),
    dated="at",
    forget=_blank("recipient", "organisation"),
)
PRODUCTIONS = Mentions(
    kind="productions",
    name=_("Productions that name the person as matter, recipient or basis"),
    model=Production,
    texts=("recipient", "matter", "basis"),
    dated="asked_at",
    forget=_blank("recipient", "matter", "basis"),
    stay=Q(hold__isnull=False) & ~Q(hold__state=Hold.State.OVER),
    untold=Q(hold__is_confidential=True),
)
ALL = (SEARCHES, PURGES, RECEIVERS, PRODUCTIONS)
