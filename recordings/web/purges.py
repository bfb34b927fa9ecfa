"""Purges: a list of calls rehearsed, looked at, asked of a second person, followed."""

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import approvals, certificates, keyset
from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.custody import Scope
from compliance.models import Certificate, Person
from compliance.retention import pausing, stops
from compliance.templatetags.bars import Column, Segment
from recordings import purges
from recordings.models import Purge, PurgeItem
from recordings.web import csv_file, hold_words, listing
from recordings.web.chosen_calls import filters_of

SHOWN = 50
MONTHS = 36
"""So many months have a column of their own; what goes later stands together."""
Fate = PurgeItem.Fate
BY_ID = keyset.Order("id", descending=False)


class SeveralTeams(ValueError):
    """A list is purged by whoever answers for all of it: one team, or every team."""


@require_safe
@never_cache
@guarded(Verb.PURGE)
def listed(request: HttpRequest) -> HttpResponse:
    """Every purge this person may see, the newest first."""
    page = keyset.page_or_first(
        purges.seen_by(person_of(request)),
        order=keyset.Order("frozen_at"),
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    return render(
        request, "recordings/purges.html", {"purges": page.rows, **_ways(page)}
    )


@require_POST
@guarded(Verb.PURGE)
def rehearse(request: HttpRequest) -> HttpResponse:
    """Freeze what would go of the calls list, as it is filtered now."""
    person, now = person_of(request), timezone.now()
    params = QueryDict(request.POST.get("listed", ""))
    shown = listing.of(person, params, now)
    if shown.mistakes:
        for mistake in shown.mistakes:
            messages.error(request, mistake)
        return redirect("calls")
    try:
        team = _team(person, shown)
    except SeveralTeams:
        messages.error(request, _("Narrow the list to one of your teams first."))
        return redirect(f"{reverse('calls')}?{shown.query()}")
    scope = Scope(team=team, filters=filters_of(person, shown))
    try:
        purge = purges.rehearse(scope=scope, by=person, now=now)
    except purges.NothingToPurge as nothing:
        messages.warning(request, str(nothing))
        return redirect(f"{reverse('calls')}?{shown.query()}")
    return redirect("purge", purge.pk)


@require_safe
@never_cache
@guarded(Verb.PURGE)
def one(request: HttpRequest, purge_id: UUID) -> HttpResponse:
    """What would go, what stays, and how far it has come."""
    purge = _found(request, purge_id)
    fate = request.GET.get("fate", "")
    rows = purge.items.filter(fate=fate) if fate in Fate else purge.items.all()
    page = keyset.page_or_first(
        rows, order=BY_ID, cursor=request.GET.get("cursor", ""), size=SHOWN
    )
    told = purges.fates(purge)
    context: dict[str, Any] = {
        "purge": purge,
        "scope": hold_words.scope(Scope.from_json(str(purge.scope))),
        "fates": [(one, one.label, told[one]) for one in Fate if told[one]],
        "done": purge.recordings - told[Fate.LISTED] - told[Fate.GOING],
        "gone": told[Fate.GONE],
        "months": _months(purge),
        "rows": page.rows,
        "asked": purges.asked(purge),
        "certificates": _certificates(purge, person_of(request)),
        "may_certify": told[Fate.GONE]
        and purge.state in (Purge.State.DONE, Purge.State.CANCELLED)
        and policy.allows(person_of(request), Verb.CERTIFY, purge),
        "paused": pausing.standing(),
        "stopped": stops.current(),
        **_ways(page, f"&fate={fate}" if fate in Fate else ""),
    }
    context["columns"] = _columns(context["months"])
    return render(request, "recordings/purge.html", context)


@require_POST
@guarded(Verb.PURGE)
def ask(request: HttpRequest, purge_id: UUID) -> HttpResponse:
    """Ask a second person; nothing goes yet."""
    purge = _found(request, purge_id)
    step_up.require(request, Verb.PURGE)
    try:
        asked = purges.ask(purge=purge, by=person_of(request), now=timezone.now())
    except approvals.NotOpen as error:
        messages.warning(request, str(error))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        return redirect("approval", asked.pk)
    return redirect("purge", purge_id)


@require_POST
@guarded(Verb.PURGE)
def cancel(request: HttpRequest, purge_id: UUID) -> HttpResponse:
    """Stop it where it is."""
    purge = _found(request, purge_id)
    if purges.cancel(purge=purge, by=person_of(request), now=timezone.now()):
        messages.success(request, _("It is stopped. What is gone is gone."))
    return redirect("purge", purge_id)


@require_safe
@never_cache
@guarded(Verb.PURGE)
def file(request: HttpRequest, purge_id: UUID) -> HttpResponseBase:
    """The whole list as CSV, in the order of the hash."""
    purge = _found(request, purge_id)
    step_up.require(request, Verb.PURGE)
    rows = purges.take(purge=purge, by=person_of(request))
    name = f"purge-{purge.frozen_at:%Y-%m-%d-%H%M}.csv"
    header = (_("Recording"), _("Call"), _("Bytes"), _("Goes by its dates"), _("Fate"))
    return csv_file.answer(name, header, _cells(rows))


def _cells(rows: Iterator[PurgeItem]) -> Iterator[tuple[object, ...]]:
    for item in rows:
        goes = f"{item.goes_at.astimezone(UTC):%Y-%m-%d}" if item.goes_at else ""
        yield item.item_id, item.call_id, item.bytes, goes, item.get_fate_display()


def _found(request: HttpRequest, purge_id: UUID) -> Purge:
    rows = Purge.objects.select_related("team", "frozen_by", "ended_by")
    return load_or_404(rows, request.user, Verb.PURGE, purge_id)


def _certificates(purge: Purge, person: Person) -> QuerySet[Certificate]:
    """Those issued about it that this person may read, the newest first."""
    issued = certificates.seen_by(person).order_by("-issued_at")
    return issued.filter(about=certificates.About.PURGE, subject_id=purge.pk)


def _team(person: Person, shown: listing.Listing) -> UUID | None:
    """The team it is confined to; None for whoever reaches every team.

    Raises SeveralTeams for whoever reaches some, and shows more than one of them.
    """
    scope = policy.scope_for(person, Verb.PURGE)
    if scope.everything:
        return None
    chosen = set(shown.params.getlist("team"))
    ours = [one for one in scope.team_ids if not chosen or str(one) in chosen]
    if len(ours) != 1:
        raise SeveralTeams
    return ours[0]


def _months(purge: Purge) -> list[dict[str, Any]]:
    """When those that would go now would have gone anyway: recordings and bytes by
    month, what has no end or goes far off last."""
    rows = purge.items.exclude(
        fate__in=(Fate.HELD, Fate.STORED, Fate.FLOORED)
    ).order_by()
    by_month = rows.annotate(month=TruncMonth("goes_at")).values("month")
    told = by_month.annotate(n=Count("id"), bytes=Sum("bytes")).order_by("month")
    dated = [row for row in told if row["month"]]
    months = [
        {**row, "name": date_format(row["month"], "SHORT_YEAR_MONTH_FORMAT")}
        for row in dated[:MONTHS]
    ]
    for name, rest in (
        (_("later"), dated[MONTHS:]),
        (_("no end"), [row for row in told if not row["month"]]),
    ):
        if rest:
            n, size = (sum(row[key] for row in rest) for key in ("n", "bytes"))
            months.append({"name": name, "n": n, "bytes": size})
    return months


def _columns(months: Sequence[dict[str, Any]]) -> list[Column]:
    every = max(1, len(months) // 6)
    return [
        Column(
            label=row["name"] if n % every == 0 else "",
            title=f"{row['name']}: {row['n']}",
            segments=[Segment(row["n"])],
        )
        for n, row in enumerate(months)
    ]


def _ways(page: keyset.Page[Any], more: str = "") -> dict[str, str]:
    return {
        "older_url": f"?cursor={page.next}{more}" if page.next else "",
        "newer_url": f"?cursor={page.previous}{more}" if page.previous else "",
    }
