"""Tells the audit log who acts, and answers refusals: one place for every page."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from compliance.access import refusals
from compliance.access.refusals import Refused
from compliance.access.step_up import StepUpNeeded
from compliance.audit import context
from compliance.models import Person
from compliance.web import stepping_up

FORBIDDEN = 403


class ActingPerson:
    """Names the signed-in person as the actor of whatever the request does.

    A token's owner is named later, by the authentication inside the API's views.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request in the context of its person."""
        person = request.user
        actor = person if isinstance(person, Person) else None
        with context.acting(actor=actor):
            return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, error: Exception
    ) -> HttpResponse | None:
        """Record a refusal and say why; leave everything else to Django.

        By now the view's transaction is rolled back, so the entry gets its own. A
        hidden row is recorded too, and goes on as the 404 it looks like.
        """
        if isinstance(error, StepUpNeeded):
            return stepping_up.asked_for(request)
        refusals.record(error)
        return _answer(request, error) if isinstance(error, Refused) else None


def _answer(request: HttpRequest, refused: Refused) -> HttpResponse:
    """403 as the caller reads it: a page, or the same two sentences as JSON."""
    told = {"reason": refused.reason, "ask": refused.ask}
    if request.accepts("text/html"):
        return render(request, "403.html", told, status=FORBIDDEN)
    return JsonResponse({"verb": refused.verb, **told}, status=FORBIDDEN)
