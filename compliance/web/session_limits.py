"""Keeps sessions alive by what their people do, and not by what their pages do alone."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.access.session_store import SessionStore
from compliance.models import Person
from compliance.web.unauthorized import unauthorized

PASSIVE = "X-Passive"
"""What a page sends along when nobody asked for it: it polls, or plays to nobody."""
BROWSER_CHARS = 200
_OVER = _("Your session has ended. Sign in again to go on.")


class SessionLimits:
    """Notes activity on the session. Stands after authentication.

    A part of a page that is asked for after the end of its session is answered 401, so
    that the door is not drawn into the page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        session = request.session
        if isinstance(session, SessionStore):
            session.browser = request.headers.get("User-Agent", "")[:BROWSER_CHARS]
        response = self.get_response(request)
        if isinstance(session, SessionStore) and _is_active(request):
            session.touch(now=timezone.now())
        if request.headers.get("HX-Request") and _leads_to_the_door(response):
            return unauthorized(reason=_OVER)
        return response


def _is_active(request: HttpRequest) -> bool:
    return PASSIVE not in request.headers and isinstance(request.user, Person)


def _leads_to_the_door(response: HttpResponse) -> bool:
    target = urlsplit(response.headers.get("Location", "")).path
    return target == resolve_url("login")
