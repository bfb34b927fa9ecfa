"""The page of one call: may it be heard, what happened, and why everything is as it is."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Purpose
from compliance.retention import held
from recordings import coverage, endings, playback, queries, timeline
from recordings.models import Call, Party, Recording
from recordings.web import (
    heat,
    listing,
    misplaced,
    moments,
    panels,
    pausing,
    player,
    stops,
    strip,
    words,
)

PANEL_ID = "panel"


@require_safe
@never_cache
@guarded(Verb.VIEW)
def call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The page, or its panel alone when only that was asked for."""
    rows = queries.for_page(queries.known_calls(person_of(request)))
    return page(request, load_or_404(rows, request.user, Verb.VIEW, call_id))


def page(
    request: HttpRequest,
    found: Call,
    *,
    panel: str = "",
    revealed: Party | None = None,
    heard: dict[str, Any] | None = None,
) -> HttpResponse:
    """Draw a call that `queries.for_page` fetched.

    revealed: shown with its number. heard: what is told of who heard which second.
    """
    shown = listing.read(request)
    context = _panel(found, shown, panel or request.GET.get("panel", ""))
    context["revealed"] = revealed
    if request.headers.get("HX-Target") == PANEL_ID:
        return render(request, "recordings/_call_panel.html", context)
    ground = _ground(found, shown)
    context |= _head(found)
    limits = panels.restricted(found)
    context |= _parts(found, shown, is_held=bool(ground or limits))
    context["restrictions"] = limits
    context["may_restrict"] = policy.allows(shown.person, Verb.RESTRICT, found)
    context["ground"] = ground
    context["may_hold"] = policy.allows(shown.person, Verb.PLACE_HOLD, found)
    context |= _neighbours(found, shown)
    context |= heat.question(found, shown.person, context["part"]) | (heard or {})
    context["pausing"] = pausing.control(found, shown.person)
    context["reason_form"] = pausing.ReasonForm()
    return render(request, "recordings/call.html", context)


def _panel(found: Call, shown: listing.Listing, key: str) -> dict[str, Any]:
    panel = panels.chosen(key, found, shown.person)
    part = shown.params.get("part", "")
    return {
        "call": found,
        "panel": panel,
        "panel_template": f"recordings/_panel_{panel.key}.html",
        "tabs": [
            {"panel": tab, "url": f"?{_query(shown, part=part, panel=tab.key)}"}
            for tab in panels.of(found, shown.person)
        ],
        **panel.read(found, shown.person),
    }


def _ground(found: Call, shown: listing.Listing) -> held.Ground:
    """The holds that keep a part of it, as this person may know them."""
    return panels.ground(found, shown.person, now=shown.now)


def _head(found: Call) -> dict[str, Any]:
    caller = words.caller(found)
    return {
        "number": caller.number if caller else None,
        "agents": words.agents(found),
        "capture": words.capture(found),
        "consent": words.consent(found),
    }


def _parts(found: Call, shown: listing.Listing, *, is_held: bool) -> dict[str, Any]:
    """The part to hear, with its player or what stands in its place."""
    parts = list(found.recordings.all())
    told = coverage.of_call(
        found, parts=parts, pauses=found.pauses.all(), until=shown.now
    )
    lines = moments.told(
        timeline.of_call(
            found,
            parties=found.parties.all(),
            consents=found.consents.all(),
            parts=parts,
            unrecorded=told.unrecorded,
        ),
        found,
    )
    part = _chosen(parts, shown.params.get("part", ""))
    pieces = strip.of_call(
        found,
        parts=parts,
        told=told,
        here=part,
        link=lambda one: f"?{_query(shown, part=str(one.part))}",
    )
    context: dict[str, Any] = {
        "lines": lines,
        "part": part,
        "pieces": pieces if len(parts) > 1 else [],
        "call_ms": told.recorded_ms + told.unrecorded_ms,
        "here": f"?{_query(shown, part=shown.params.get('part', ''))}",
        "jump_to": f"?{rest}&" if (rest := _query(shown)) else "?",
    }
    if part is None:
        return context | {"stop": stops.of_call(found)}
    purposes = playback.open_purposes(part, now=timezone.now())
    context |= {
        "purposes": purposes,
        "is_checked": bool(part.sha256) and not part.findings,
        "findings": [endings.finding(code) for code in part.findings],
        "stop": stops.of_part(
            part,
            viewer=shown.person,
            purposes=purposes,
            is_held=is_held,
            now=shown.now,
        ),
    }
    if context["stop"] is None:
        context["misplaced"] = misplaced.CHOICES
        context["player"] = player.context(
            part,
            listener=shown.person,
            purposes=purposes,
            lines=lines,
            params=shown.params,
            within=strip.going_on(pieces, part),
        )
    return context


def _chosen(parts: list[Recording], wanted: str) -> Recording | None:
    """The part asked for; else the first that can be heard; else the newest."""
    for part in parts:
        if str(part.part) == wanted:
            return part
    hearable = [part for part in parts if part.is_hearable] or parts[-1:]
    return hearable[0] if hearable else None


def _neighbours(found: Call, shown: listing.Listing) -> dict[str, Any]:
    """The calls before and after in the list one came from; the purpose goes along."""
    before, after = shown.around(found)
    query = _query(shown)
    return {
        "up_url": f"{reverse('calls')}?{shown.query()}",
        "previous_url": _url(before, query),
        "next_url": _url(after, query),
    }


def _url(neighbour: Call | None, query: str) -> str:
    if neighbour is None:
        return ""
    return reverse("call", args=[neighbour.id]) + (f"?{query}" if query else "")


def _query(shown: listing.Listing, **changes: str) -> str:
    """The list's parameters, the purpose in use, and changes that are not empty."""
    kept = {name: value for name, value in changes.items() if value}
    purpose = shown.params.get("for", "")
    if purpose in Purpose.values:
        kept["for"] = purpose
    return shown.query(**kept)
