"""How an API view says which verb it asks for."""

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person


def caller(request: Request) -> Person:
    """Who calls; the permission class has seen to it that somebody does."""
    if not isinstance(request.user, Person):
        raise NotAuthenticated
    return request.user


def holds(verb: Verb) -> type[BasePermission]:
    """A permission class for callers who hold this verb somewhere.

    Which rows it reaches, the view still asks. Anonymous callers are answered 401.
    """

    class Holds(BasePermission):
        access_guard = verb.value

        def has_permission(self, request: Request, view: APIView) -> bool:
            if not request.user.is_authenticated:
                return False
            policy.require(request.user, verb)
            return True

    return Holds
