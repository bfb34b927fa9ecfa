"""Every view says who may call it, and the pages keep what they say."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated

from compliance.access.guards import MARK, PUBLIC, SIGNED_IN
from compliance.access.permissions import Verb
from compliance.admin.site import site
from compliance.models import Person
from tests.architecture.routes import VIEWS
from tests.cast import Cast

ASK = (
    "Put @guarded(Verb.…), @signed_in or @public on the view "
    "(compliance/access/guards.py); an API view names permission_classes that ask "
    "access.policy."
)
PUBLIC_ROUTES = {
    "healthz",
    "readyz",
    "metrics",
    "login",
    "login/second",
    "login/second/options",
    "logout",
    "sso/start",
    "sso/callback",
    "sso/back-channel-logout",
    "admin/login/",
    "webhooks/livekit",
    "webhooks/livekit/",
    "api/schema/",
    "media/",
}
"""What anybody may call. A new entry wants a reason in its review.

Webhooks, logout tokens and the local store's links carry their permission in their
signature; the
metrics ask for a token of their own; the schema tells what the documentation tells.
"""


def _api_permissions(view: Callable[..., Any]) -> list[type[BasePermission]] | None:
    api = getattr(view, "cls", None)
    return list(api.permission_classes) if api is not None else None


def _admin_guard(view: Callable[..., Any]) -> str:
    """The admin site calls each view through `site.admin_view`, which asks."""
    owner = getattr(view, "model_admin", None)
    owner = owner.admin_site if owner else getattr(view, "admin_site", None)
    return Verb.USE_ADMIN.value if owner is site else ""


def _guard(route: str) -> str:
    """What guards this route; the empty string when nothing does."""
    view = VIEWS[route]
    declared = getattr(view, MARK, "") or _admin_guard(view)
    permissions = _api_permissions(view)
    if declared or not permissions:
        return str(declared)
    if AllowAny in permissions:
        return ""
    weak = {IsAuthenticated}
    return "" if set(permissions) <= weak else "api"


def test_there_are_views() -> None:
    assert "audit/" in VIEWS


@pytest.mark.parametrize("route", sorted(VIEWS))
def test_it_declares_a_guard(route: str) -> None:
    known = {PUBLIC, SIGNED_IN, "api", *Verb}

    assert _guard(route) in known, f"{route} has no guard. {ASK}"


def test_nothing_is_public_by_accident() -> None:
    public = {route for route in VIEWS if _guard(route) == PUBLIC}

    assert public - PUBLIC_ROUTES == set(), ASK


def _plain_pages() -> list[str]:
    """Guarded routes without arguments, which a browser can just open."""
    return sorted(
        route
        for route in VIEWS
        if _guard(route) in set(Verb)
        and not set("<(^") & set(route)
        and not route.startswith("admin/")
    )


@pytest.mark.parametrize("route", _plain_pages())
def test_who_is_not_signed_in_gets_nothing(
    client: Client, db: None, route: str
) -> None:
    answer = client.get(f"/{route}")

    assert answer.status_code in {302, 401, 403, 405}


@pytest.mark.parametrize("route", _plain_pages())
def test_who_has_no_role_gets_nothing(
    cast: Cast, sign_in: Callable[[Person], Client], route: str
) -> None:
    answer = sign_in(cast.stranger).get(f"/{route}")

    assert answer.status_code in {403, 405}


@pytest.mark.parametrize("route", [r for r in VIEWS if not r.startswith("admin/")])
def test_what_answers_get_answers_head(
    cast: Cast, sign_in: Callable[[Person], Client], route: str
) -> None:
    """RFC 9110 9.1. A view that takes any method has no list of them to look at."""
    path = _ARGUMENT.sub(lambda found: _ARGUMENTS[found[1] or "str"], route)
    answer = sign_in(cast.officer).generic("TRACE", f"/{path}")
    methods = answer.headers.get("Allow", "").split(", ")

    assert ("GET" in methods) == ("HEAD" in methods)


_ARGUMENT = re.compile(r"<(?:(\w+):)?\w+>")
_ARGUMENTS = {
    "uuid": str(uuid4()),
    "int": "1",
    **dict.fromkeys(("str", "slug", "path"), "x"),
}
