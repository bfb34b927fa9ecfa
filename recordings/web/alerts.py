"""What waits for somebody: open alerts by grade and age, and those closed of late."""

from datetime import timedelta
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance import keyset
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import queries
from recordings.models import Alert
from recordings.web import groups, matters

CLOSED_SHOWN = 25
CLOSED_WITHIN = timedelta(days=30)
NEWEST_FIRST = keyset.Order("closed_at")
KEPT = ("kind", "mine", "open")
"""What of an address describes the list; acts lead back to it."""


@require_safe
@never_cache
@guarded(Verb.SEE_ALERTS)
def alerts(request: HttpRequest) -> HttpResponse:
    """Open matters, the urgent first, then the oldest; below, the closed ones."""
    person = person_of(request)
    kind = _kind(request)
    is_mine = "mine" in request.GET
    counts = queries.alerts_by_kind(person)
    rows = queries.alerts(person)
    if kind:
        rows = rows.filter(kind=kind)
    if is_mine:
        rows = rows.filter(assigned_to=person)
    found = groups.of(rows, person, opened=request.GET.get("open", ""))
    closed = _closed(person, kind, request.GET.get("cursor", ""))
    context = {
        "kind": kind,
        "is_mine": is_mine,
        "kinds": _kinds(counts, kind),
        "all": sum(counts.values()),
        "mine": queries.alerts(person).filter(assigned_to=person).count(),
        "open": sum(one.count for one in found),
        "grades": _grades(found),
        "may_close_any": any(one.may_close for one in found),
        "list_url": url(kind=kind, mine="1" if is_mine else ""),
        "query": urlencode(_kept(request)),
        "closed": matters.told(closed.rows, person),
        "older_url": _page_url(kind, closed.next),
        "newer_url": _page_url(kind, closed.previous),
        "closed_days": CLOSED_WITHIN.days,
    }
    return render(request, "recordings/alerts.html", context)


def url(**params: str) -> str:
    """The page's address with these parameters, as far as they say anything."""
    query = urlencode({name: value for name, value in params.items() if value})
    return reverse("alerts") + (f"?{query}" if query else "")


def back(request: HttpRequest) -> str:
    """The list that an act came from: acts carry its address's parameters."""
    return url(**_kept(request))


def _kept(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in KEPT if request.GET.get(name)}


def _grades(found: list[groups.Group]) -> list[dict[str, object]]:
    """The sections of the page: a grade with its groups, the gravest first."""
    sections: list[dict[str, object]] = []
    for severity in Alert.Severity:
        here = [one for one in found if one.severity == severity]
        if here:
            sections.append({"severity": severity, "groups": here})
    return sections


def _kind(request: HttpRequest) -> str:
    """The kind that the address asks for; '' for all. Raises Http404."""
    kind = request.GET.get("kind", "")
    if kind and kind not in Alert.Kind.values:
        raise Http404
    return kind


def _kinds(counts: dict[str, int], chosen: str) -> list[dict[str, object]]:
    """The filter: each kind that has any, with how many, and the one chosen."""
    return [
        {
            "url": url(kind=kind.value),
            "name": kind.label,
            "count": counts.get(kind, 0),
            "here": kind == chosen,
        }
        for kind in Alert.Kind
        if counts.get(kind) or kind == chosen
    ]


def _closed(person: Person, kind: str, cursor: str) -> keyset.Page[Alert]:
    rows = queries.closed_alerts(person, since=timezone.now() - CLOSED_WITHIN)
    if kind:
        rows = rows.filter(kind=kind)
    return keyset.page_or_first(
        rows, order=NEWEST_FIRST, cursor=cursor, size=CLOSED_SHOWN
    )


def _page_url(kind: str, cursor: str) -> str:
    """Another page of the closed ones; '' for a cursor that leads nowhere."""
    return url(kind=kind, cursor=cursor) if cursor else ""
