"""Maintenance mode: pages and changes through the API wait, webhooks are still taken.

It is a row, so it holds for every process on every machine, and over restarts. Each
process looks at most every LOOK_SECONDS.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from compliance.audit import log
from compliance.audit.actions import Action
from portal.errors import problem
from portal.models import ONLY, Maintenance

LOOK_SECONDS = 3.0
RETRY_SECONDS = 120
UNAVAILABLE = 503

ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics", "/webhooks/")
"""What watches us, and LiveKit, whose events would be lost."""
FOR_ADMINISTRATORS = ("/login", "/logout", "/admin/")
"""Whoever does the maintenance may sign in, look, and put right."""
API = "/api/"
PROGRAMS = (API, "/scim/")
"""Where nobody reads a page."""
READS = {"GET", "HEAD", "OPTIONS"}

_last: tuple[float, Maintenance | None] = (float("-inf"), None)


def begin(*, message: str, now: datetime) -> Maintenance:
    """Turn it on, or change its message; since when it is on stays."""
    with transaction.atomic():
        row, is_new = Maintenance.objects.select_for_update().get_or_create(
            id=ONLY, defaults={"message": message, "began_at": now}
        )
        if not is_new:
            row.message = message
            row.save(update_fields=["message"])
        log.append(Action.MAINTENANCE_BEGUN)
    _remember(row)
    return row


def end() -> bool:
    """Turn it off; returns False when it was not on."""
    with transaction.atomic():
        was_on, _rows = Maintenance.objects.filter(id=ONLY).delete()
        if was_on:
            log.append(Action.MAINTENANCE_ENDED)
    _remember(None)
    return bool(was_on)


def current() -> Maintenance | None:
    """The row, asked of the database; None while the doors are open."""
    return Maintenance.objects.filter(id=ONLY).first()


def known() -> Maintenance | None:
    """What this process knows, at most LOOK_SECONDS old.

    While the database does not answer, or has no such table yet, what was known last
    stays: whatever else the request needs will tell of it.
    """
    looked_at, row = _last
    if time.monotonic() - looked_at < LOOK_SECONDS:
        return row
    with suppress(DatabaseError):
        row = current()
    _remember(row)
    return row


def _remember(row: Maintenance | None) -> None:
    global _last  # one look per process is the point
    _last = (time.monotonic(), row)


class MaintenanceMode:
    """Answers 503 for what is closed while maintenance mode is on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, or ask to come again later."""
        if _is_open(request) or (mode := known()) is None:
            return self.get_response(request)
        answer = _closed(request, mode)
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        # Django would log each as an error, and this is as it should be
        answer._has_been_logged = True  # type: ignore[attr-defined]
        return answer


def _is_open(request: HttpRequest) -> bool:
    path = request.path_info
    if path.startswith(PROGRAMS):
        return request.method in READS
    return path.startswith(ALWAYS_OPEN + FOR_ADMINISTRATORS)


def _closed(request: HttpRequest, mode: Maintenance) -> HttpResponse:
    """A page for people; for programs a problem document, as the API's others are."""
    if not request.path_info.startswith(PROGRAMS) and request.accepts("text/html"):
        return render(request, "503.html", {"mode": mode}, status=UNAVAILABLE)
    title = mode.message or _("The portal is being maintained. Come again later.")
    return problem(UNAVAILABLE, "maintenance", title)
