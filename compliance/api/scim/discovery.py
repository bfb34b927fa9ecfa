"""What this service can do, and what people and groups look like to it (RFC 7644 4)."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import (
    Context,
    ForbiddenException,
    ListResponse,
    Meta,
    Resource,
    ResourceType,
    Schema,
)

from compliance.api.scim.base import ScimView
from compliance.api.scim.resources import CONFIG, PROVIDER


class Config(ScimView):
    """What is supported."""

    def get(self, request: Request) -> Response:
        """One document."""
        return Response(_dumped(CONFIG, request, reverse("scim-config")))


class Schemas(ScimView):
    """The attributes of people and groups."""

    def get(self, request: Request, uri: str = "") -> Response:
        """All, or one by its URI."""
        return _answer(request, Schema, PROVIDER.schemas, uri, "scim-schemas")


class ResourceTypes(ScimView):
    """Which kinds there are, and where."""

    def get(self, request: Request, name: str = "") -> Response:
        """All, or one by its name."""
        return _answer(
            request, ResourceType, PROVIDER.resource_types, name, "scim-types"
        )


def _answer(
    request: Request,
    kind: type[Resource[Any]],
    known: tuple[Resource[Any], ...],
    wanted: str,
    route: str,
) -> Response:
    if "filter" in request.query_params:
        raise ForbiddenException
    dumped = {str(one.id): one for one in known}
    if wanted:
        if wanted not in dumped:
            raise Http404
        address = f"{reverse(route)}/{wanted}"
        return Response(_dumped(dumped[wanted], request, address))
    resources = [
        _dumped(one, request, f"{reverse(route)}/{name}")
        for name, one in dumped.items()
    ]
    whole = ListResponse[kind](  # type: ignore[valid-type]
        total_results=len(resources), start_index=1, items_per_page=len(resources)
    ).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return Response({**whole, "Resources": resources})


def _dumped(resource: Resource[Any], request: Request, address: str) -> dict[str, Any]:
    named = resource.model_copy()
    named.meta = Meta(
        resource_type=type(resource).__name__,
        location=request.build_absolute_uri(address),
    )
    return named.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
