"""What the player asks of the server: a sitting, a fresh link, a report of what was heard.

`playback` decides; here its answers become JSON, or a plain page where no script runs.
"""

import json
import logging
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Purpose
from compliance.publish import publish_after_commit
from recordings import playback, queries, renditions, sittings
from recordings.models import Recording
from recordings.playback import Served
from recordings.renditions import Preparing
from recordings.tasks import make_rendition

logger = logging.getLogger(__name__)

MOST_RANGES = 500
MOST_KINDS = 10
SLOWEST, FASTEST = Decimal("0.25"), Decimal(4)
CARRIED = ("purpose", "reason", "plays")
ACCEPTED, CONFLICT, UNPROCESSABLE = 202, 409, 422

View = Callable[[HttpRequest, UUID], HttpResponse]


class NotUnderstood(Exception):
    """A body that our player would not send."""


def _answers(view: View) -> View:
    """Turn what `playback` raises into answers; a refusal is the middleware's."""

    @wraps(view)
    def answered(request: HttpRequest, id: UUID) -> HttpResponse:
        try:
            return view(request, id)
        except sittings.NothingToPlay as error:
            raise Http404 from error
        except playback.NoLink:
            logger.exception("listen.no_link")
            return _problem(_("The store gives no link at present."), status=503)
        except NotUnderstood:
            return _problem(_("The request could not be understood."), status=400)

    return answered


@require_POST
@never_cache
@guarded(Verb.VIEW)
@_answers
def listen(request: HttpRequest, id: UUID) -> HttpResponse:
    """Open a sitting: purpose, and a reason where the team asks for one.

    202: nothing yet, a file that this browser can play is being made. Ask again.
    """
    purpose = _purpose(request)
    if purpose is None:
        return _again(request, id, _("Say what you listen for."))
    try:
        served = playback.open(
            recording_id=id,
            listener=person_of(request),
            purpose=purpose,
            reason=request.POST.get("reason", "")[:1000],
            plays=_plays(request),
            now=timezone.now(),
        )
    except playback.NoReason:
        return _again(request, id, _("This team asks for a reason."))
    return _page(request, id, served) if _wants_page(request) else _granted(served)


@require_POST
@never_cache
@guarded(Verb.VIEW)
@_answers
def renew(request: HttpRequest, id: UUID) -> HttpResponse:
    """A further link within a sitting. Everything is asked anew."""
    served = playback.renew(
        listen_id=id,
        listener=person_of(request),
        plays=_plays(request),
        now=timezone.now(),
    )
    return _granted(served)


@require_POST
@never_cache
@guarded(Verb.VIEW)
@_answers
def heard(request: HttpRequest, id: UUID) -> HttpResponse:
    """Take down what the player says was heard."""
    body = _body(request)
    sittings.report(
        listen_id=id,
        listener=person_of(request),
        ranges=_ranges(body.get("ranges")),
        speed=_speed(body.get("speed")),
        position_ms=_milliseconds(body.get("position_ms")),
        now=timezone.now(),
    )
    return HttpResponse(status=204)


def _purpose(request: HttpRequest) -> Purpose | None:
    name = request.POST.get("purpose", "")
    return Purpose(name) if name in Purpose.values else None


def _plays(request: HttpRequest) -> frozenset[str]:
    """Which kinds of files the browser said it can play."""
    return frozenset(request.POST.getlist("plays")[:MOST_KINDS])


def _wants_page(request: HttpRequest) -> bool:
    return request.accepts("text/html")


def _part(request: HttpRequest, id: UUID) -> Recording:
    """The part as the page shows it. Raises Http404."""
    rows = queries.known_parts(person_of(request))
    return load_or_404(rows, request.user, Verb.VIEW, id)


def _again(request: HttpRequest, id: UUID, reason: str) -> HttpResponse:
    """422: something is missing that the person can still say."""
    part = _part(request, id)
    if not _wants_page(request):
        return _problem(reason, status=UNPROCESSABLE)
    context = {
        "part": part,
        "problem": reason,
        "purposes": playback.open_purposes(part, now=timezone.now()),
        "purpose": request.POST.get("purpose", ""),
        "ask_reason": part.call.team.ask_reason,
    }
    return render(request, "recordings/listen.html", context, status=UNPROCESSABLE)


def _problem(reason: str, *, status: int) -> HttpResponse:
    return JsonResponse({"reason": reason, "ask": ""}, status=status)


def _page(request: HttpRequest, id: UUID, served: Served | Preparing) -> HttpResponse:
    """The same for who has no script."""
    context: dict[str, Any] = {"part": _part(request, id)}
    if isinstance(served, Preparing):
        have_made(served)
        asked = {name: request.POST.get(name, "") for name in CARRIED}
        context |= {"preparing": served, "asked": asked}
        return render(request, "recordings/listen.html", context, status=ACCEPTED)
    context |= {**_told(served), "sitting": served.listen}
    context["kinds"] = renditions.FOR_LISTENING
    return _sealed(render(request, "recordings/listen.html", context))


def _granted(served: Served | Preparing) -> HttpResponse:
    if isinstance(served, Served):
        return _sealed(JsonResponse(_told(served)))
    if served.has_failed:
        return _problem(
            _("A file that your browser can play could not be made. Try again later."),
            status=CONFLICT,
        )
    have_made(served)
    return JsonResponse({"preparing": served.percent}, status=ACCEPTED)


def have_made(preparing: Preparing) -> None:
    """Let a worker know at once of a file that nobody has asked for before."""
    if preparing.is_new:
        publish_after_commit(make_rendition, rendition_id=str(preparing.rendition_id))


def _told(served: Served) -> dict[str, Any]:
    listen = served.listen
    left = served.link.expires_at - timezone.now()
    return {
        "listen": str(listen.id),
        "url": served.link.url,
        "expires_at": served.link.expires_at.isoformat(),
        "expires_in": max(0, int(left.total_seconds())),
        "position_ms": listen.position_ms,
        "renew": reverse("listen-renew", args=[listen.id]),
        "heard": reverse("listen-heard", args=[listen.id]),
    }


def _sealed(response: HttpResponse) -> HttpResponse:
    """What holds a link is never stored, nor told to another site."""
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood from error
    if not isinstance(body, dict):
        raise NotUnderstood
    return body


def _ranges(value: object) -> list[tuple[int, int]]:
    if not isinstance(value, list) or len(value) > MOST_RANGES:
        raise NotUnderstood
    ranges = []
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            raise NotUnderstood
        ranges.append((_milliseconds(pair[0]), _milliseconds(pair[1])))
    return ranges


def _milliseconds(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 2**31 - 1:
        raise NotUnderstood
    return value


def _speed(value: object) -> Decimal:
    try:
        speed = Decimal(str(value))
    except InvalidOperation as error:
        raise NotUnderstood from error
    if not (speed.is_finite() and SLOWEST <= speed <= FASTEST):
        raise NotUnderstood
    return speed.quantize(Decimal("0.01"))
