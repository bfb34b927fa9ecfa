"""How a view says what it asks for, and how a row is fetched under a verb.

Every view of the URLconf carries one of the two marks; a test walks them all.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.access.scope import HasTeam
from compliance.models import Person

_P = ParamSpec("_P")
_Response = TypeVar("_Response", bound=HttpResponseBase)
_Row = TypeVar("_Row", bound=models.Model)
_View = TypeVar("_View", bound=Callable[..., Any])

MARK = "access_guard"
PUBLIC = "public"
SIGNED_IN = "signed in"


def guarded(
    verb: Verb,
) -> Callable[
    [Callable[Concatenate[HttpRequest, _P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
]:
    """Let in people who hold this verb somewhere; which rows, the view still asks."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
        @wraps(view)
        def checked(
            request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs
        ) -> HttpResponseBase:
            policy.require(request.user, verb)
            return view(request, *args, **kwargs)

        return mark(login_required(checked), verb.value)

    return decorate


def signed_in(
    view: Callable[Concatenate[HttpRequest, _P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, _P], HttpResponseBase]:
    """Let in everybody who has signed in: the page speaks of nobody but himself."""
    return mark(login_required(view), SIGNED_IN)


def public(view: _View) -> _View:
    """Declare that this view is for everybody: sign-in, health, signed webhooks."""
    return mark(view, PUBLIC)


def mark(view: _View, guard: str) -> _View:
    """Note on the view what guards it."""
    setattr(view, MARK, guard)
    return view


def person_of(request: HttpRequest) -> Person:
    """Who asks. Behind a guard it is somebody."""
    assert isinstance(request.user, Person)  # noqa: S101 - for the type checker
    return request.user


def load_or_404(
    queryset: "models.QuerySet[_Row]",
    person: Person | AnonymousUser,
    verb: Verb,
    id: UUID | str,
) -> _Row:
    """The row of this id, if the person may do that to it.

    Raises Refused when he may see the row but not do that; Hidden, a 404, when he
    may not see it: an id of another team looks like one that does not exist, and
    the attempt is recorded all the same.
    """
    row = queryset.filter(pk=id).first()
    if row is None:
        raise Http404
    require_or_hide(person, verb, row)  # type: ignore[arg-type]
    return row


def require_or_hide(person: Person | AnonymousUser, verb: Verb, row: HasTeam) -> None:
    """Like `policy.require`, and Hidden in place of Refused where he may not see it."""
    try:
        policy.require(person, verb, row)
    except Refused as refused:
        if policy.allows(person, Verb.VIEW, row):
            raise
        raise Hidden(refused) from refused
