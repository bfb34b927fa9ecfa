"""Makes the file of a list of calls: the worker's part of `exports`.

It holds only calls of teams that its owner may take lists of, at the time it is made.
How a file comes and goes is `packages`'.
"""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit.actions import Action
from compliance.packages import Kind, Made
from recordings import queries, restricted, searching, spreadsheet
from recordings.filters import CallFilter
from recordings.media_store.errors import StoreError
from recordings.models import Call, Export, ExportedCall

LEASE = timedelta(minutes=2)
"""Longer than any page takes; renewed with each."""
DEFAULT_SORT = "-started"
KIND = Kind(
    model=Export,
    verb=Verb.EXPORT,
    lease=LEASE,
    counted="rows",
    made=Action.EXPORT_MADE,
    failed=Action.EXPORT_FAILED,
    deleted=Action.EXPORT_DELETED,
    cleared={"team_ids": [], "staff": []},
    lost=(OSError, StoreError),
)


def make(*, export_id: UUID, now: datetime) -> bool:
    """Write the file of one export; returns whether this call finished it.

    A person who may no longer take lists gets none.
    """

    def write(export: Export) -> Made:
        return packages.from_a_file(KIND, export, _write)

    return packages.make(KIND, write, package_id=export_id, now=now)


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of exports that no worker has in hand, oldest first."""
    return packages.due(KIND, now=now, limit=limit)


def _calls(export: Export, sort: str) -> QuerySet[Call]:
    """What the filters match now, within what the owner may take lists of."""
    policy.require(export.owner, Verb.EXPORT)
    terms = json.loads(export.filters)
    scope = policy.scope_for(export.owner, Verb.EXPORT)
    calls = scope.narrow(queries.calls(export.owner), staff="staff")
    calls = calls.exclude(restricted.call())  # to store is all that may be done
    found = CallFilter(QueryDict(terms["query"]), queryset=calls)
    rows: QuerySet[Call] = found.qs if found.is_valid() else calls.none()
    if searching.looks_for_a_person(terms):
        policy.require(export.owner, Verb.SEARCH_PERSON)
        rows = queries.matching(rows, export)
    return rows.filter(**{f"{queries.ORDERS[sort].field}__isnull": False})


def _write(export: Export, file: IO[bytes]) -> int:
    """Write every line, telling after each page how far it is; returns how many."""
    sort = QueryDict(json.loads(export.filters)["query"]).get("sort", DEFAULT_SORT)
    sort = sort if sort in queries.ORDERS else DEFAULT_SORT
    calls = _calls(export, sort)
    ExportedCall.objects.filter(export=export).delete()  # of a dead attempt
    # with the mark by which spreadsheets know UTF-8
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    out = csv.writer(text)
    out.writerow(spreadsheet.header())
    scope = policy.scope_for(export.owner, Verb.EXPORT)
    rows, teams, staff = 0, set[UUID](), set[str]()
    for page in spreadsheet.pages(calls, order=queries.ORDERS[sort]):
        out.writerows(spreadsheet.line(call) for call in page)
        rows += len(page)
        teams |= {call.team_id for call in page if scope.covers(call.team_id)}
        own = [call.staff for call in page if not scope.covers(call.team_id)]
        staff |= scope.own.intersection(mark for marks in own for mark in marks)
        so_far = {"rows": rows, "team_ids": sorted(teams), "staff": sorted(staff)}
        packages.go_on(KIND, export, **so_far)
        # for the people on these calls, who may ask in whose hands they were
        ExportedCall.objects.bulk_create(
            [ExportedCall(export=export, call=call) for call in page],
            ignore_conflicts=True,
        )
    text.detach()
    return rows
