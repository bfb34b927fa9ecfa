"""The first page: is everything recorded, what needs somebody, what is about to go."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import person_of, signed_in
from compliance.access.permissions import Verb
from compliance.models import Person
from compliance.requests import desk
from compliance.retention import pausing, stops
from compliance.web import request_words
from recordings import queries
from recordings.web import matters, today

ALERTS_SHOWN = 8
REQUESTS_SHOWN = 5


@require_safe
@never_cache
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """One block a question, and only the questions of this person's roles."""
    person = person_of(request)
    context: dict[str, Any] = {"now": timezone.now()}
    if policy.allows(person, Verb.VIEW):
        context["today"] = today.outcome(person, now=context["now"])
        context["missed"] = today.missed(person, now=context["now"])
        context["going"] = today.going(person, now=context["now"])
    if policy.allows(person, Verb.EDIT_POLICY) or policy.allows(person, Verb.OPERATE):
        context["stopped"] = stops.current()
        context |= _paused(context["now"])
    if policy.allows(person, Verb.EDIT_POLICY):
        context["undated"] = today.undated(person)
    if policy.allows(person, Verb.HANDLE_REQUEST):
        context["requests"] = _requests(context["now"])
    if policy.allows(person, Verb.SEE_ALERTS):
        context.update(_waiting(person))
    elif "today" not in context:
        context["ask"] = policy.whom_to_ask()
    if policy.allows(person, Verb.LISTEN):
        context["left_off"] = queries.left_off(person)
        context["has_listened"] = queries.has_listened(person)
    return render(request, "recordings/home.html", context)


def _paused(now: datetime) -> dict[str, Any]:
    """That somebody has stopped the sweep; the button to let it go on is with Deletions."""
    paused = pausing.standing()
    is_long = paused is not None and now - paused.paused_at > pausing.LONG
    return {"paused": paused, "is_long": is_long}


def _requests(now: datetime) -> dict[str, Any]:
    """What is due next, and how much is late."""
    due = desk.inbox().order_by("due_at", "id")
    loads = desk.loads(now=now)
    return {
        "lines": [request_words.line(one, now) for one in due[:REQUESTS_SHOWN]],
        "open": sum(one.open for one in loads),
        "overdue": sum(one.overdue for one in loads),
    }


def _waiting(person: Person) -> dict[str, Any]:
    """What waits for somebody: open alerts, and trunks that nobody owns."""
    alerts = queries.alerts(person)
    shown = list(alerts[: ALERTS_SHOWN + 1])
    return {
        "matters": matters.told(shown[:ALERTS_SHOWN], person),
        "alerts_count": len(shown) if len(shown) <= ALERTS_SHOWN else alerts.count(),
        "unassigned": queries.unassigned(person),
        "owns_trunks": policy.allows(person, Verb.EDIT_TRUNK),
        "operates": True,
    }
