"""The frozen list of what a change would let go earlier: looked at, taken, asked about."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Approval, NumberList, RetentionPolicy
from compliance.retention import policies
from recordings import frozen, rehearsal
from recordings.models import Rehearsal, RehearsedItem
from recordings.web import csv_file

SHOWN = 50
SOONEST_FIRST = keyset.Order("goes_then", descending=False)


@require_POST
@guarded(Verb.EDIT_POLICY)
def freeze(request: HttpRequest, series: UUID) -> HttpResponse:
    """Freeze what the draft of a policy would let go earlier."""
    person = person_of(request)
    draft = policies.draft_of(series)
    if draft is None:
        raise Http404
    policy.require(person, Verb.EDIT_POLICY, draft)
    made = frozen.freeze(draft, by=person, now=timezone.now())
    return redirect("rehearsal", made.pk)


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def one(request: HttpRequest, rehearsal_id: UUID) -> HttpResponse:
    """Which recordings would go when, and when they go as it is."""
    found = _found(request, rehearsal_id)
    page = keyset.page_or_first(
        found.items.all(),
        order=SOONEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    soon = found.items.filter(goes_then__lt=found.frozen_at + rehearsal.SOON)
    context: dict[str, Any] = {
        "frozen": found,
        "soon": soon.count(),
        "rows": page.rows,
        "asked": _asked(found),
        **_about(found),
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    draft = context["draft"]
    if draft:
        fits = frozen.fits(found, draft)
        takes_two = policies.takes_two(draft, by=person_of(request))
        context |= {"fits": fits, "may_ask": fits and takes_two}
    return render(request, "recordings/rehearsal.html", context)


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def file(request: HttpRequest, rehearsal_id: UUID) -> HttpResponseBase:
    """The whole list as CSV, in the order of the hash."""
    found = _found(request, rehearsal_id)
    step_up.require(request, Verb.EDIT_POLICY)
    rows = frozen.take(frozen=found, by=person_of(request))
    name = f"rehearsal-{found.frozen_at:%Y-%m-%d-%H%M}.csv"
    header = (_("Recording"), _("Call"), _("Bytes"), _("Goes as it is"), _("Would go"))
    return csv_file.answer(name, (*header, _("Days sooner")), _cells(rows))


def _cells(rows: Iterator[RehearsedItem]) -> Iterator[tuple[object, ...]]:
    for item in rows:
        dates = (_day(item.goes_now), _day(item.goes_then))
        days = (item.goes_now - item.goes_then).days if item.goes_now else ""
        yield item.item_id, item.call_id, item.bytes, *dates, days


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}" if moment else ""


def _about(found: Rehearsal) -> dict[str, Any]:
    """The draft of a policy, or the list of numbers, that it is about."""
    draft = number_list = shown = None
    if found.kind == Rehearsal.Kind.POLICY:
        shown = RetentionPolicy.objects.filter(pk=found.about).first()
        draft = shown if shown and shown.is_draft else None
    else:
        number_list = NumberList.objects.filter(pk=found.about).first()
    return {"draft": draft, "policy": shown, "number_list": number_list}


def _asked(found: Rehearsal) -> Approval | None:
    rows = Approval.objects.filter(content__rehearsal=str(found.pk))
    return rows.order_by("-asked_at").first()


def _found(request: HttpRequest, rehearsal_id: UUID) -> Rehearsal:
    rows = Rehearsal.objects.select_related("team", "frozen_by")
    return load_or_404(rows, request.user, Verb.EDIT_POLICY, rehearsal_id)
