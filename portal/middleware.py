"""What every request gets first: an id, and the client's true address."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from compliance.audit import context


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
    if not settings.TRUSTED_PROXIES or len(forwarded) < settings.TRUSTED_PROXIES:
        return peer
    return forwarded[-settings.TRUSTED_PROXIES]


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
        return response
