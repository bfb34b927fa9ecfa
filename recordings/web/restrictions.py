"""Restricted processing: which there is, one call's, and hearing it on a ground of law."""

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance import keyset
from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Purpose, Restriction
from compliance.retention.restrictions import NotRestricted
from recordings import (
    playback,
    queries,
    restricted,
    restricted_hearing,
    restricting,
    sittings,
)
from recordings.models import Call, Recording, RestrictedGround
from recordings.playback import Served
from recordings.renditions import Preparing
from recordings.web import panels, plain_player, restriction_forms
from recordings.web.plain_player import Frame

logger = logging.getLogger(__name__)

SHOWN = 50
UNPROCESSABLE, UNAVAILABLE = 422, 503


@dataclass(frozen=True)
class Line:
    """A restriction as the list draws it, with its part where it is a recording."""

    row: Restriction
    part: Recording | None


@require_safe
@never_cache
@guarded(Verb.RESTRICT)
def listed(request: HttpRequest) -> HttpResponse:
    """Those in force, or those that have ended; the newest first."""
    is_over = request.GET.get("view") == "over"
    rows = restricted.rows_for(person_of(request), is_over=is_over)
    page = keyset.page_or_first(
        rows,
        order=keyset.Order("lifted_at" if is_over else "placed_at"),
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    ids = [one.item_id for one in page.rows]
    parts = Recording.objects.select_related("call__team").in_bulk(ids)
    kept = "view=over&" if is_over else ""
    context = {
        "lines": [Line(one, parts.get(one.item_id)) for one in page.rows],
        "is_over": is_over,
        "older_url": f"?{kept}cursor={page.next}" if page.next else "",
        "newer_url": f"?{kept}cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/restrictions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.VIEW)
def of_call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """What restricts a call; place it, or lift what an officer placed."""
    call = _call(request, call_id, Verb.RESTRICT)
    if request.method != "POST":
        return _drawn(request, call)
    lifts = request.POST.get("act") == "lift"
    form = (restriction_forms.LiftForm if lifts else restriction_forms.PlaceForm)(
        request.POST
    )
    if not form.is_valid():
        name = "lift_form" if lifts else "place_form"
        return _drawn(request, call, status=UNPROCESSABLE, **{name: form})
    try:
        _carry_out(request, call, form.cleaned_data)
    except NotRestricted as refused:
        messages.error(request, str(refused))
    return redirect("call", call_id)


@require_POST
@never_cache
@guarded(Verb.VIEW)
def hear(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Hear a restricted part on a ground of the law, in writing."""
    call = _call(request, call_id, Verb.HEAR_RESTRICTED)
    step_up.require(request, Verb.HEAR_RESTRICTED)
    form = restriction_forms.HearForm(request.POST, call=call)
    if not form.is_valid():
        return _drawn(request, call, status=UNPROCESSABLE, hear_form=form)
    said = form.cleaned_data
    part = call.recordings.get(part=said["part"])
    try:
        served = restricted_hearing.open(
            recording_id=part.id,
            listener=person_of(request),
            purpose=Purpose(said["purpose"]),
            ground=RestrictedGround(said["law"]),
            reason=said["reason"],
            plays=plain_player.plays(request),
            now=timezone.now(),
        )
    except playback.NoLink:
        return _no_link(request, call)
    return _page(request, call.id, served)


@require_POST
@never_cache
@guarded(Verb.HEAR_RESTRICTED)
def again(request: HttpRequest, id: UUID) -> HttpResponse:
    """A further link within the sitting. Everything is asked anew."""
    person = person_of(request)
    try:
        sitting = sittings.own(id, person)
        call = _call(request, sitting.recording.call_id, Verb.HEAR_RESTRICTED)
        served = playback.renew(
            listen_id=id,
            listener=person,
            plays=plain_player.plays(request),
            now=timezone.now(),
        )
    except sittings.NothingToPlay as error:
        raise Http404 from error
    except playback.NoLink:
        return _no_link(request, call)
    return _page(request, call.id, served, sitting=id)


def _call(request: HttpRequest, call_id: UUID, verb: Verb) -> Call:
    rows = queries.for_list(queries.known_calls(person_of(request)))
    return load_or_404(rows, request.user, verb, call_id)


def _carry_out(request: HttpRequest, call: Call, said: dict[str, str]) -> None:
    """Do it, and say what came of it."""
    by, now = person_of(request), timezone.now()
    if "ground" not in said:
        restricting.lift(call=call, why=said["why"], by=by, now=now)
        messages.success(request, _("Lifted, as far as it was an officer's decision."))
        return
    ground = Restriction.Ground(said["ground"])
    placed = restricting.place(
        call=call, ground=ground, why=said["why"], by=by, now=now
    )
    if placed.restricted:
        messages.success(request, _("It is restricted: only stored from now on."))
    if placed.too_late:
        words = _("Too late for %(n)s: it was being deleted already.")
        messages.warning(request, words % {"n": placed.too_late})


def _drawn(
    request: HttpRequest, call: Call, *, status: int = 200, **forms: Any
) -> HttpResponse:
    rows = panels.restricted(call)
    may_hear = policy.allows(request.user, Verb.HEAR_RESTRICTED, call)
    context = {
        "call": call,
        "rows": rows,
        "may_lift": any(row.request_id is None for row in rows),
        "may_hear": may_hear and bool(rows),
        "place_form": restriction_forms.PlaceForm(),
        "lift_form": restriction_forms.LiftForm(auto_id="lift_%s"),
        "hear_form": restriction_forms.HearForm(call=call),
        **forms,
    }
    return render(request, "recordings/restriction.html", context, status=status)


def _no_link(request: HttpRequest, call: Call) -> HttpResponse:
    logger.error("restriction.no_link", exc_info=True)  # noqa: LOG014
    messages.error(request, _("The store gives no link at present."))
    return _drawn(request, call, status=UNAVAILABLE)


def _page(
    request: HttpRequest,
    call_id: UUID,
    served: Served | Preparing,
    *,
    sitting: UUID | None = None,
) -> HttpResponse:
    frame = Frame(
        title=_("Heard although it is restricted"),
        up=_("A call"),
        up_url=reverse("call", args=[call_id]),
        told=_("The ground and your reason are kept with it."),
        open_url=reverse("restricted-hear", args=[call_id]),
        again="restricted-again",
    )
    return plain_player.drawn(request, served, frame, sitting=sitting)
