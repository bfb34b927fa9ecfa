"""Sessions of the identity provider are checked with it every ten minutes.

mozilla-django-oidc does so for GET alone and answers scripts with a redirect they cannot
follow. Here every method is checked. A page that is opened is checked in passing, and
earlier, so that a form that is filled in meanwhile can still be sent. What a script
asks, and a form that comes late, is checked by the refresh token where there is one;
without one it gets 401 and the way to sign in.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.access.guards import MARK, PUBLIC
from compliance.access.sso import authorization, provider, renewal, sessions
from compliance.access.sso.rejections import Rejected
from compliance.access.sso.sessions import CHECK_EVERY
from compliance.models import Person
from compliance.web.sso import PASSING, end_here, refuse
from compliance.web.unauthorized import HINT, UNAUTHORIZED, unauthorized

OF_THE_SESSION = {"session"}
"""Routes that tell how long a session lasts, and nothing else."""
_LATE = _("It is time to confirm that you are still signed in.")
_OVER = _("Your session at the identity provider is over.")


class ProviderRecheck:
    """Lets nobody act on a session that the provider has not vouched for lately."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _args: Any,
        _kwargs: Any,
    ) -> HttpResponse | None:
        """Nothing, or what to do first. What is for everybody is never in the way."""
        if _is_free(request, view) or not sessions.is_of_provider(request.session):
            return None
        person = request.user
        if not isinstance(person, Person) or not provider.is_on():
            return None
        if not _is_due(request, CHECK_EVERY / 2):
            return None
        if _opens_page(request):
            return _ask_provider(request, person)
        return _renew(request, person)


def _is_free(request: HttpRequest, view: Callable[..., HttpResponseBase]) -> bool:
    """Whether this tells nobody anything that the provider would have to vouch for."""
    at = request.resolver_match
    return getattr(view, MARK, "") == PUBLIC or (
        at is not None and at.url_name in OF_THE_SESSION
    )


def _opens_page(request: HttpRequest) -> bool:
    """Whether the browser itself is on its way to a page, so that it can be led."""
    if request.method not in {"GET", "HEAD"} or "HX-Request" in request.headers:
        return False
    if not _serves_pages():
        return False
    mode = request.headers.get("Sec-Fetch-Mode")
    return mode == "navigate" if mode else request.accepts("text/html")


def _is_due(request: HttpRequest, every: timedelta) -> bool:
    return sessions.is_due(request.session, now=timezone.now(), every=every)


def _renew(request: HttpRequest, person: Person) -> HttpResponse | None:
    """Nothing once the provider has vouched for the session, or need not yet."""
    try:
        if renewal.renew(request.session, person, now=timezone.now()):
            return None
    except Rejected as rejected:
        if rejected.code not in PASSING:
            end_here(request)
            return unauthorized(reason=_OVER)
    return _hint(request) if _is_due(request, CHECK_EVERY) else None


def _ask_provider(request: HttpRequest, person: Person) -> HttpResponse:
    back = request.get_full_path()
    try:
        leads_to = authorization.url(
            request, back=back, silently=True, who=person.email
        )
    except Rejected as rejected:
        return refuse(request, rejected, back=back)
    return redirect(leads_to)


def _hint(request: HttpRequest) -> HttpResponse:
    """401, as the caller reads it. Nothing of what was asked has happened."""
    if not _serves_pages():
        return unauthorized(reason=_LATE)
    sign_in = reverse("sso-start", query={"again": 1, "next": reverse("sso-confirmed")})
    if "HX-Request" in request.headers or not request.accepts("text/html"):
        ask = _("Nothing was changed. Confirm it, and do it again.")
        return unauthorized(reason=_LATE, ask=ask, sign_in=sign_in)
    told = {"reason": _LATE, "sign_in": sign_in, "back": _came_from(request)}
    response = render(request, "compliance/sso_hint.html", told, status=UNAUTHORIZED)
    response.headers[HINT] = sign_in
    return response


def _serves_pages() -> bool:
    """Whether this process has the pages of signing in at all (SURFACES)."""
    return "web" in settings.SURFACES


def _came_from(request: HttpRequest) -> str:
    """The path of the page whose form it was, or the home page."""
    came = urlsplit(request.headers.get("Referer", ""))
    return came.path if came.netloc == request.get_host() else reverse("home")
