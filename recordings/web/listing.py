"""The list of calls that an address describes: its filters, its order, its neighbours.

The calls page shows it; the page of one call walks it with N and P.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import listed, queries, searching
from recordings.filters import CallFilter
from recordings.listed import ListedCall
from recordings.models import Call, SavedSearch
from recordings.web import period
from recordings.web.period import Period

DEFAULT_SORT = "-started"
KEPT = (
    "search", "team", "when", "from", "to", "capture", "consent", "agent", "direction",
    "label", "reference", "longer_than", "shorter_than", "missed_over",
    "live", "goes_before", "undated", "held", "goes_on", "conflict",
    "sort",
)  # fmt: skip
"""The parameters that describe a list; anything else is dropped from its links."""
COUNT_UP_TO = 10_000


@dataclass(frozen=True)
class Listing:
    """What one person sees under one address."""

    person: Person
    params: QueryDict
    now: datetime

    @cached_property
    def period(self) -> Period:
        """When the calls began. A search for a person looks at any time by itself."""
        params = self.params.copy()
        if self.search:
            params.setdefault("when", "all")
        return period.read(params, today=timezone.localdate(self.now))

    @cached_property
    def search(self) -> SavedSearch | None:
        """The saved search of the address, if this person may use it. Raises Http404."""
        key = self.params.get("search")
        if not key:
            return None
        try:
            found = SavedSearch.objects.filter(id=UUID(key)).first()
        except ValueError:
            found = None
        if found is None or not (found.is_shared or found.owner_id == self.person.id):
            raise Http404
        if searching.looks_for_a_person(json.loads(found.filters)):
            policy.require(self.person, Verb.SEARCH_PERSON)
        return found

    @cached_property
    def filter(self) -> CallFilter:
        """The filters, read; its `errors` say what could not be."""
        data = self.params.copy()
        for name, instant in (
            ("since", self.period.since),
            ("until", self.period.until),
        ):
            if instant:
                data[name] = instant.isoformat()
        return CallFilter(data, queryset=queries.calls(self.person))

    def criteria(self) -> str:
        """Filters and order as in an address, the period as two instants: what the
        list shows now, in whatever zone and on whatever day it is read again."""
        kept = QueryDict(self.query(search="", when="", sort=self.sort), mutable=True)
        for name in ("since", "until"):
            if instant := getattr(self.period, name):
                kept[name] = instant.isoformat()
        return kept.urlencode()

    @cached_property
    def rows(self) -> QuerySet[Call]:
        """The calls, unordered; none while a filter cannot be read."""
        if not self.filter.is_valid():
            return Call.objects.none()
        rows: QuerySet[Call] = self.filter.qs
        return queries.matching(rows, self.search) if self.search else rows

    @property
    def mistakes(self) -> list[str]:
        """What could not be read of the filters, each with the filter's name."""
        form = self.filter.form
        return [
            f"{form[name].label}: {error}"
            for name, errors in form.errors.items()
            for error in errors
        ]

    @property
    def sort(self) -> str:
        """One of queries.ORDERS."""
        sort = self.params.get("sort", DEFAULT_SORT)
        return sort if sort in queries.ORDERS else DEFAULT_SORT

    @property
    def sortable(self) -> QuerySet[Call]:
        """The rows that have a place in the order: those with a value to sort by."""
        field = queries.ORDERS[self.sort].field
        return self.rows.filter(**{f"{field}__isnull": False})

    def page(self, *, size: int) -> keyset.Page[ListedCall]:
        """One page; a cursor that cannot be read gives the first."""
        order, rows = queries.ORDERS[self.sort], self.sortable
        cursor = self.params.get("cursor", "")
        try:
            return listed.page(rows, order=order, cursor=cursor, size=size)
        except keyset.BadCursor:
            return listed.page(rows, order=order, cursor="", size=size)

    def count(self) -> int:
        """How many calls there are, counted up to one more than COUNT_UP_TO."""
        return self.sortable.order_by()[: COUNT_UP_TO + 1].count()

    def around(self, call: Call) -> tuple[Call | None, Call | None]:
        """The calls before and after this one in the list, for P and N."""
        order = queries.ORDERS[self.sort]
        value = getattr(call, order.field)
        if value is None:
            return None, None
        found = []
        for way in (order.reversed, order):
            beyond = keyset.beyond(way, value, call.id, model=Call)
            rows = self.sortable.filter(beyond).order_by(*way.columns)
            found.append(rows.first())
        return found[0], found[1]

    def query(self, **changes: str) -> str:
        """The address's parameters without page, with changes ('' drops one)."""
        kept = QueryDict(mutable=True)
        for name in KEPT:
            values = [value for value in self.params.getlist(name) if value]
            if name in changes:
                values = [changes[name]] if changes[name] else []
            if values:
                kept.setlist(name, values)
        for name in changes.keys() - set(KEPT):
            if changes[name]:
                kept[name] = changes[name]
        return kept.urlencode()


def read(request: HttpRequest) -> Listing:
    """The listing that this request's address describes.

    The address of a saved search alone stands for the filters saved with it.
    """
    return of(person_of(request), request.GET, timezone.now())


def of(person: Person, params: QueryDict, now: datetime) -> Listing:
    """The same for parameters that are no address of this request."""
    asked = Listing(person, params, now)
    if asked.search is None or set(KEPT[1:]) & params.keys():
        return asked
    saved = QueryDict(json.loads(asked.search.filters).get("query", ""), mutable=True)
    for name, values in params.lists():
        saved.setlist(name, saved.getlist(name) + [str(value) for value in values])
    return replace(asked, params=saved)
