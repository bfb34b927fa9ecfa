"""Productions: which are due when, how far one is, its volumes and what is not in them."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.packages import NotThere
from compliance.publish import publish_after_commit
from recordings.models import ProducedItem, Production, Recording, Volume
from recordings.producing import bringing_back
from recordings.producing.papers import volume_name
from recordings.production_tasks import settle_productions
from recordings.productions import asking, course, taking
from recordings.web.leaving import answered

logger = logging.getLogger(__name__)

SHOWN = 50
EXCEPTIONS_SHOWN = 100
HOUR = timedelta(hours=1)
State = Production.State
TONES = {
    State.ASKED: ("wait", "amber"),
    State.MAKING: ("work", ""),
    State.READY: ("check", ""),
    State.FAILED: ("cross", "red"),
    State.CANCELLED: ("none", "faint"),
    State.GONE: ("gone", "faint"),
}


@dataclass(frozen=True)
class Line:
    """A production as pages draw it."""

    production: Production
    now: datetime

    @property
    def mark(self) -> tuple[str, str]:
        """Mark and tone of its state."""
        return TONES[State(self.production.state)]

    @property
    def is_late(self) -> bool:
        """Whether it is due and not there."""
        return self.production.made_at is None and self.production.due_at <= self.now

    @property
    def left(self) -> str:
        """How long there is until it is due, '' once it is made or over."""
        one = self.production
        if not one.is_unfinished and one.state != State.FAILED:
            return ""
        hours = abs(one.due_at - self.now) // HOUR
        told = ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}
        late = ngettext("%(n)s hour late", "%(n)s hours late", hours) % {"n": hours}
        return late if self.is_late else told


@require_safe
@never_cache
@guarded(Verb.PRODUCE)
def productions(request: HttpRequest) -> HttpResponse:
    """Those this person may see: what is to be done first, by when it is due."""
    person, now = person_of(request), timezone.now()
    rows = taking.seen_by(person)
    todo = Q(state__in=[State.ASKED, State.MAKING, State.FAILED])
    page = keyset.page_or_first(
        rows.exclude(todo),
        order=keyset.Order("asked_at"),
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    context = {
        "todo": [Line(one, now) for one in rows.filter(todo).order_by("due_at", "id")],
        "done": [Line(one, now) for one in page.rows],
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/productions.html", context)


@require_safe
@never_cache
@guarded(Verb.PRODUCE)
def production(request: HttpRequest, production_id: UUID) -> HttpResponse:
    """One production. While it is being made, the page asks again by itself."""
    found = taking.find(production_id, person_of(request))
    context = {
        "production": found,
        "line": Line(found, timezone.now()),
        "asked": asking.asked(found),
        **_progress(found),
        **_exceptions(found.items.exclude(problem="")),
    }
    return render(request, "recordings/production.html", context)


@require_POST
@guarded(Verb.PRODUCE)
def cancel(request: HttpRequest, production_id: UUID) -> HttpResponse:
    """Stop it, and have what is made of it deleted."""
    found = taking.find(production_id, person_of(request))
    if course.cancel(production=found, by=person_of(request), now=timezone.now()):
        messages.success(request, _("It is cancelled; its files are being deleted."))
        publish_after_commit(settle_productions)
    return redirect("production", production_id)


@require_POST
@guarded(Verb.PRODUCE)
def again(request: HttpRequest, production_id: UUID) -> HttpResponse:
    """Have the volumes made that failed."""
    found = taking.find(production_id, person_of(request))
    if course.again(production=found, by=person_of(request), now=timezone.now()):
        publish_after_commit(settle_productions)
    return redirect("production", production_id)


@require_safe
@never_cache
@guarded(Verb.PRODUCE)
def take(request: HttpRequest, volume_id: UUID) -> HttpResponseBase:
    """A volume: the store's link of five minutes, or the file. Each time is an entry."""
    step_up.require(request, Verb.PRODUCE)
    try:
        given = taking.take(
            volume_id=volume_id, by=person_of(request), now=timezone.now()
        )
    except NotThere as error:
        if error.__cause__:
            logger.exception("productions.no_file")
        messages.warning(request, _("This file is not there."))
        return redirect("productions")
    return answered(given)


def _progress(found: Production) -> dict[str, Any]:
    volumes = list(found.volumes.order_by("number"))
    volumes.sort(key=lambda one: (one.is_papers, one.number))
    total = found.items.count()
    done = sum(one.items for one in volumes if not one.is_papers)
    return {
        "volumes": [(one, volume_name(one)) for one in volumes],
        "done": done,
        "total": total,
        "is_made": found.state == State.READY,
        "awaited": bringing_back.awaited(found, now=timezone.now()),
        "ready": Volume.State.READY,
    }


def _exceptions(rows: QuerySet[ProducedItem]) -> dict[str, Any]:
    counted = rows.values("problem").annotate(n=Count("id")).order_by("-n")
    full = rows.select_related("call", "recording").order_by("position")
    return {
        "problems": [
            (ProducedItem.Problem(one["problem"]).label, one["n"]) for one in counted
        ],
        "exceptions": [
            (one, Recording.State(one.state).label if one.state else "")
            for one in full[:EXCEPTIONS_SHOWN]
        ],
    }
