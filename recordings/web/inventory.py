"""What lies in the stores, compared with the database: the runs, and what they found."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.cells import safe
from compliance.publish import publish_after_commit
from compliance.templatetags.bars import Segment
from recordings import discrepancies, endings
from recordings import inventory as use_case
from recordings.models import Discrepancy, Inventory
from recordings.stock_tasks import take_inventory

Kind = Discrepancy.Kind
SHOWN = 50
NEWEST_FIRST = keyset.Order("found_at")
TONES: dict[str, tuple[str, Promise]] = {
    "sound": ("plain", gettext_lazy("as they were recorded")),
    "altered": ("amber", gettext_lazy("altered")),
    "lost": ("red", gettext_lazy("lost")),
    "orphans": ("live", gettext_lazy("orphans")),
}
"""The figures of a run in the order they are drawn: tone, and words behind a number."""
MARKS = {
    Kind.LOST: ("warn", "red"),
    Kind.ALTERED: ("warn", "amber"),
    Kind.ORPHAN: ("none", ""),
    Kind.EXTRA: ("none", "faint"),
}
SHORT: dict[Kind, Promise] = {
    Kind.LOST: gettext_lazy("lost"),
    Kind.ALTERED: gettext_lazy("altered"),
    Kind.ORPHAN: gettext_lazy("orphan"),
    Kind.EXTRA: gettext_lazy("more versions"),
}


@dataclass(frozen=True)
class Shelf:
    """A store with its newest run, and its newest that came to an end."""

    store: str
    newest: Inventory | None
    done: Inventory | None

    @property
    def is_running(self) -> bool:
        """Whether it is being compared now."""
        return self.newest is not None and self.newest.state == Inventory.State.RUNNING

    @property
    def segments(self) -> list[Segment]:
        """For the picture of what the last whole run counted."""
        return [Segment(count, tone) for tone, count, _word in self.key]

    @property
    def key(self) -> list[tuple[str, int, Promise]]:
        """Tone, number and words of each colour of the picture."""
        return [
            (tone, getattr(self.done, name), word)
            for name, (tone, word) in TONES.items()
        ]

    @property
    def total(self) -> int:
        """How many files the picture is of."""
        return sum(count for _tone, count, _word in self.key)


@dataclass(frozen=True)
class Line:
    """A finding as the list and its page draw it."""

    row: Discrepancy

    @property
    def what(self) -> Promise:
        """What differs, in a word."""
        return SHORT[Kind(self.row.kind)]

    @property
    def mark(self) -> tuple[str, str]:
        """Mark and tone of what differs."""
        return MARKS[Kind(self.row.kind)]

    @property
    def why(self) -> str:
        """What of it differs, in a sentence."""
        return endings.reason(self.row.detail)


@require_safe
@never_cache
@guarded(Verb.TAKE_INVENTORY)
def inventory(request: HttpRequest) -> HttpResponse:
    """Each store with its last run, and what differs. A running one asks again by itself."""
    rows = _filtered(request)
    page = keyset.page_or_first(
        rows.select_related("team", "recording"),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    shelves = [_shelf(name) for name in use_case.stores()]
    context = {
        "shelves": shelves,
        "is_running": any(one.is_running for one in shelves),
        "lines": [Line(row) for row in page.rows],
        "kinds": _kinds(request),
        "kind": request.GET.get("kind", ""),
        "decided": "decided" in request.GET,
        "list_query": urlencode(_kept(request)),
        "older_url": _url(request, page.next),
        "newer_url": _url(request, page.previous),
    }
    return render(request, "recordings/inventory.html", context)


@require_POST
@guarded(Verb.TAKE_INVENTORY)
def begin(request: HttpRequest) -> HttpResponse:
    """Compare a store now; one that is being compared goes on."""
    store = request.POST.get("store", "")
    if store not in use_case.stores():
        messages.warning(request, _("There is no such store."))
        return redirect("inventory")
    run = use_case.begin(store=store, by=person_of(request), now=timezone.now())
    publish_after_commit(take_inventory, inventory_id=str(run.id))
    return redirect("inventory")


@require_safe
@never_cache
@guarded(Verb.TAKE_INVENTORY)
def file(request: HttpRequest) -> StreamingHttpResponse:
    """The list as it is filtered, as CSV. Taking it is an entry."""
    rows = _filtered(request).order_by("-found_at", "-id")
    with transaction.atomic():
        log.append(Action.INVENTORY_TAKEN, facts={"rows": rows.count()})
    response = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    name = f"inventory-{timezone.now():%Y-%m-%d-%H%M}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


class _Echo:
    """What the CSV writer writes is the line."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def _csv(rows: "QuerySet[Discrepancy]") -> Iterator[str]:
    out = csv.writer(_Echo())
    yield out.writerow(
        ["kind", "detail", "state", "store", "key", "recording", "team", "bytes",
         "versions", "markers", "written", "found", "seen_last"]
    )  # fmt: skip
    for row in rows.select_related("team").iterator(chunk_size=1000):
        told: list[Any] = [row.kind, row.detail, row.state, row.store, row.object_key]
        told += [row.recording_id, row.team.name if row.team else "", row.bytes]
        told += [row.versions, row.markers]
        times = (row.modified_at, row.found_at, row.seen_at)
        told += [moment.isoformat() if moment else "" for moment in times]
        cells = ["" if one is None else str(one) for one in told]
        yield out.writerow([safe(cell) for cell in cells])


def _filtered(request: HttpRequest) -> "QuerySet[Discrepancy]":
    rows = discrepancies.seen_by(person_of(request))
    if "decided" not in request.GET:
        rows = rows.filter(state__in=Discrepancy.WAITING)
    kind = request.GET.get("kind", "")
    return rows.filter(kind=kind) if kind in Kind else rows


def _kinds(request: HttpRequest) -> list[tuple[str, Promise, int]]:
    """Each kind that waits, with how many."""
    rows = discrepancies.seen_by(person_of(request))
    rows = rows.filter(state__in=Discrepancy.WAITING).order_by()
    counted = dict(rows.values_list("kind").annotate(Count("id")))
    return [(one.value, SHORT[one], counted.get(one.value, 0)) for one in Kind]


def _shelf(store: str) -> Shelf:
    newest = Inventory.objects.filter(store=store).order_by("-asked_at").first()
    return Shelf(store, newest, use_case.last_done(store))


def _kept(request: HttpRequest) -> dict[str, str]:
    names = ("kind", "decided")
    return {name: request.GET[name] for name in names if name in request.GET}


def _url(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    return f"{reverse('inventory')}?{urlencode({**_kept(request), 'cursor': cursor})}"
