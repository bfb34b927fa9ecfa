"""So many requests of pages a minute for each person: no browser is emptied by a script."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from compliance.access import rates
from compliance.models import Person

TOO_MANY = 429
API = "/api/"
"""Counts for itself, by key or person, and answers with a problem document."""


class RateLimit:
    """Turns away a signed-in person who asks too often. Stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request, or say when to come again."""
        person = request.user
        if request.path_info.startswith(API) or not isinstance(person, Person):
            return self.get_response(request)
        seconds = rates.wait(f"person:{person.pk}", now=time.time())
        if not seconds:
            return self.get_response(request)
        told = _("Too many requests. Go on in %(seconds)s s.") % {"seconds": seconds}
        answer = HttpResponse(told, status=TOO_MANY, content_type="text/plain")
        answer.headers["Retry-After"] = str(seconds)
        return answer
