"""Makes the file of a list of calls: the worker's part of `exports`.

It holds only calls of teams that its owner may take lists of, at the time it is made.
A worker holds a lease that it renews with each page; one that comes back late finds
the attempt gone on, and removes what it wrote.
"""

import csv
import io
import json
import tempfile
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import QueryDict

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.leases import FREE
from recordings import queries, searching, spreadsheet
from recordings.filters import CallFilter
from recordings.models import Call, Export, ExportedCall

LEASE = timedelta(minutes=2)
"""Longer than any page takes; renewed with each."""
WAIT = timedelta(seconds=30)
"""Before another try, and again as long with every one."""
MOST_ATTEMPTS = 3
DEFAULT_SORT = "-started"
State = Export.State


class _Superseded(Exception):
    """Another worker has this export now."""


def make(*, export_id: UUID, now: datetime) -> bool:
    """Write the file of one export; returns whether this call finished it.

    What fails is tried again a little later, three times in all; a person who may no
    longer take lists gets none.
    """
    export = _claim(export_id, now)
    if export is None:
        return False
    try:
        with tempfile.TemporaryFile() as file:
            rows = _write(export, file)
            size = file.tell()
            name = _put(export, file)
        return _finish(export, name, rows=rows, size=size, now=now)
    except _Superseded:
        return False
    except Refused:
        _failed(export, reason="refused")
        return False
    except Exception as error:
        _put_back(export, error)
        raise


def due(*, now: datetime, limit: int) -> list[UUID]:
    """Ids of exports that no worker has in hand, oldest first."""
    rows = Export.objects.filter(
        FREE, state__in=Export.UNFINISHED, expires_at__gt=now
    ).order_by("asked_at")
    return list(rows.values_list("id", flat=True)[:limit])


def _claim(export_id: UUID, now: datetime) -> Export | None:
    """Lease it by the database's clock; None when it is taken, over, or given up."""
    with transaction.atomic():
        rows = Export.objects.select_for_update(of=("self",)).filter(
            FREE, id=export_id, state__in=Export.UNFINISHED, expires_at__gt=now
        )
        export = rows.select_related("owner").first()
        if export is None:
            return None
        if export.attempt >= MOST_ATTEMPTS:
            _failed(export, reason="worker_lost")
            return None
        export.attempt += 1
        Export.objects.filter(id=export.id).update(
            state=State.MAKING,
            claimed_until=Now() + LEASE,
            attempt=export.attempt,
            rows=0,
            team_ids=[],
            staff=[],
        )
        if export.attempt > 1:
            ExportedCall.objects.filter(export=export).delete()
        return export


def _calls(export: Export, sort: str) -> QuerySet[Call]:
    """What the filters match now, within what the owner may take lists of."""
    policy.require(export.owner, Verb.EXPORT)
    terms = json.loads(export.filters)
    scope = policy.scope_for(export.owner, Verb.EXPORT)
    calls = scope.narrow(queries.calls(export.owner), staff="staff")
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
        if not _held(export).update(**so_far, claimed_until=Now() + LEASE):
            raise _Superseded
        # for the people on these calls, who may ask in whose hands they were
        ExportedCall.objects.bulk_create(
            [ExportedCall(export=export, call=call) for call in page],
            ignore_conflicts=True,
        )
    text.detach()
    return rows


def _held(export: Export) -> QuerySet[Export]:
    """The row, as long as this attempt has it."""
    return Export.objects.filter(
        id=export.id, attempt=export.attempt, state=State.MAKING
    )


def _put(export: Export, file: IO[bytes]) -> str:
    """Store the file in place of what a dead attempt may have left."""
    storages["exports"].delete(export.file_name)
    return storages["exports"].save(export.file_name, File(file))


def _finish(export: Export, name: str, *, rows: int, size: int, now: datetime) -> bool:
    with transaction.atomic():
        ready = _held(export).update(
            state=State.READY,
            file_name=name,
            rows=rows,
            made_at=now,
            claimed_until=None,
        )
        if ready:
            facts = {"rows": rows, "bytes": size}
            log.append(Action.EXPORT_MADE, subject=export, facts=facts)
    if not ready:
        storages["exports"].delete(name)
    return bool(ready)


def _put_back(export: Export, error: Exception) -> None:
    """Let it be tried again a little later, unless it was tried often enough."""
    if export.attempt >= MOST_ATTEMPTS:
        _failed(export, reason=type(error).__name__[:60])
        return
    later = Now() + WAIT * export.attempt
    _held(export).update(state=State.WAITING, claimed_until=later)


def _failed(export: Export, *, reason: str) -> None:
    with transaction.atomic():
        mine = Export.objects.filter(
            id=export.id, attempt=export.attempt, state__in=Export.UNFINISHED
        )
        if mine.update(state=State.FAILED, reason=reason, claimed_until=None):
            log.append(Action.EXPORT_FAILED, subject=export, facts={"reason": reason})
