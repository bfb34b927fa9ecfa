"""What waits for somebody: open alerts by grade and age, and those closed of late."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.models import Person
from recordings import alerts as use_case
from recordings import queries
from recordings.models import Alert
from recordings.web import matters
from recordings.web.listing import person_of

OPEN_SHOWN = 100
CLOSED_SHOWN = 25
CLOSED_WITHIN = timedelta(days=30)
NEWEST_FIRST = keyset.Order("closed_at")


@require_GET
@never_cache
@guarded(Verb.SEE_ALERTS)
def alerts(request: HttpRequest) -> HttpResponse:
    """Open matters, the urgent first, then the oldest; below, the closed ones."""
    person = person_of(request)
    kind = _kind(request)
    counts = queries.alerts_by_kind(person)
    rows = queries.alerts(person)
    if kind:
        rows = rows.filter(kind=kind)
    shown = matters.told(rows[:OPEN_SHOWN], person)
    closed = _closed(person, kind, request.GET.get("cursor", ""))
    context = {
        "kind": kind,
        "kinds": _kinds(counts, kind),
        "all": sum(counts.values()),
        "open": counts.get(kind, 0) if kind else sum(counts.values()),
        "urgent": [one for one in shown if one.alert.is_urgent],
        "others": [one for one in shown if not one.alert.is_urgent],
        "shown": len(shown),
        "closed": matters.told(closed.rows, person),
        "older_url": _url(kind=kind, cursor=closed.next),
        "newer_url": _url(kind=kind, cursor=closed.previous),
        "closed_days": CLOSED_WITHIN.days,
        "may_close_any": any(one.may_close for one in shown),
    }
    return render(request, "recordings/alerts.html", context)


@require_POST
@guarded(Verb.SEE_ALERTS)
def close(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """Call a matter settled, and go back to the list."""
    person = person_of(request)
    alert = get_object_or_404(Alert.objects.select_related("team"), id=alert_id)
    if not queries.all_alerts(person).filter(id=alert.id).exists():
        raise Hidden(_outside(alert))
    what = capfirst(alert.get_kind_display())
    if use_case.close_by(alert=alert, by=person, now=timezone.now()):
        messages.info(request, _("Closed: %(what)s.") % {"what": what})
    else:
        messages.warning(
            request, _("Somebody had closed it already: %(what)s.") % {"what": what}
        )
    return redirect(_url(kind=_kind(request)) or "alerts")


def _outside(alert: Alert) -> Refused:
    return Refused(
        verb=Verb.SEE_ALERTS,
        code="outside_scope",
        reason=_("Your roles do not reach this team."),
        ask=policy.whom_to_ask(),
        subject=alert,
    )


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
            "url": _url(kind=kind.value),
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
    try:
        return keyset.page(rows, order=NEWEST_FIRST, cursor=cursor, size=CLOSED_SHOWN)
    except keyset.BadCursor:
        return keyset.page(rows, order=NEWEST_FIRST, size=CLOSED_SHOWN)


def _url(*, kind: str, cursor: str | None = None) -> str:
    """The page's address; '' for a cursor that leads nowhere."""
    if cursor == "":
        return ""
    query = {"kind": kind, "cursor": cursor or ""}
    kept = urlencode({name: value for name, value in query.items() if value})
    return reverse("alerts") + (f"?{kept}" if kept else "")
