"""What every request gets first: an id, the client's true address, and a look at it."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from compliance.audit import context
from portal.errors import problem

PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "browsing-topics", "camera", "display-capture"),
        *("geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi"),
        *("payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
    )
)
"""What no page of ours may ask the browser for: it plays sound and takes none."""


def client_address(request: HttpRequest) -> str:
    """The client's address: as many hops from the right as we have proxies.

    Anything further left in X-Forwarded-For was written by the client itself.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    forwarded = [
        hop.strip()
        for hop in request.headers.get("X-Forwarded-For", "").split(",")
        if hop.strip()
    ]
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies or len(forwarded) < proxies:
        return peer
    return forwarded[-proxies]


class RequestContext:
    """Gives the request an id and opens the audit context around it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; the id comes back in X-Request-ID."""
        identity = uuid.uuid4().hex
        with context.acting(address=client_address(request), request_id=identity):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = identity
        # nearly every answer is about somebody: what says nothing is not kept
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ClosedDoors:
    """Says to browsers what Django has no setting for: our answers are for us alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, with the policies in the answer's headers."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class NoNulls:
    """Refuses addresses with a NUL in them: no row has one, and PostgreSQL takes none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """400, or whatever the address is good for."""
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problem(400, "nul", _("No address has a NUL in it."))
        return self.get_response(request)


class PublicHost:
    """Serves the public form, and nothing else, under the host that is named for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request from the URLs of that host."""
        host = settings.REQUESTS["public_host"]
        if host and request.get_host().lower() == host:
            request.urlconf = "portal.public_urls"
        return self.get_response(request)
