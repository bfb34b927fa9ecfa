"""One's own sessions: how long this one lasts, which others are open, ending them."""

import re
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access import session_store, sessions
from compliance.access.guards import person_of, signed_in
from compliance.models import PersonSession

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
NAMES = {"Edg": "Edge", "OPR": "Opera"}
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")


@require_safe
@signed_in
def listed(request: HttpRequest) -> HttpResponse:
    """The open sessions of the signed-in person."""
    own = sessions.of(person_of(request), now=timezone.now())
    here = session_store.hashed(request.session.session_key or "")
    shown = [
        {"row": row, "browser": browser_in(row.browser), "is_this": row.pk == here}
        for row in own
    ]
    return render(request, "compliance/sessions.html", {"shown": shown})


@require_POST
@signed_in
def end(request: HttpRequest, key: str = "") -> HttpResponse:
    """End one session, or all: this browser's too."""
    ended = sessions.end(by=person_of(request), key=key or None)
    this = session_store.hashed(request.session.session_key or "")
    if not key or key == this:
        request.session.flush()
        return redirect("login")
    if ended:
        messages.success(request, _("The session is ended."))
    return redirect("sessions")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def left(request: HttpRequest) -> HttpResponse:
    """How many seconds this session has left; POST: somebody is here and stays."""
    now = timezone.now()
    session = cast("session_store.SessionStore", request.session)
    row = cast("PersonSession", session.row)
    if request.method == "POST":
        session.touch(now=now)
    most = session_store.last_moment(row.began_at)
    told: dict[str, Any] = {
        "left": max(0, int((row.expire_date - now).total_seconds())),
        "may_stay": most > row.expire_date,
    }
    return JsonResponse(told)


def browser_in(agent: str) -> str:
    """'Firefox, Linux' out of what a browser calls itself; '' for what is not known."""
    browser = next((one for one in BROWSERS if re.search(rf"{one}\b", agent)), "")
    system = next((one for one in SYSTEMS if one in agent), "")
    known = [NAMES.get(browser, browser), system.removesuffix(" OS X")]
    return ", ".join(word for word in known if word)
