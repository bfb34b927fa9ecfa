"""What every SCIM view does alike: the door, the wire, lists in pages, patches."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import models
from django.http import Http404, HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from scim2_models import (
    Context,
    InvalidFilterException,
    ListResponse,
    PatchOp,
    PayloadTooLargeException,
    Resource,
    SearchRequest,
)

from compliance.api.scim import wire
from compliance.api.scim.door import DirectoryRate, DirectoryToken, IsDirectory
from compliance.api.scim.filters import condition
from compliance.api.scim.resources import MOST, PROVIDER, USUAL

LONGEST_FILTER = 2000
MOST_OPERATIONS = 100
_ASKED = (
    "filter",
    "startIndex",
    "count",
    "attributes",
    "excludedAttributes",
)
_OF_MEMBERS = {"value", "$ref", "display", "type"}
_R = TypeVar("_R", bound=Resource[Any])
_Row = TypeVar("_Row", bound=models.Model)


class ScimView(APIView):
    """A view for the directory alone. `kind` is the resource it is about."""

    authentication_classes = [DirectoryToken]
    permission_classes = [IsDirectory]
    throttle_classes = [DirectoryRate]
    parser_classes = [wire.ScimParser, wire.PlainParser]
    renderer_classes = [wire.ScimRenderer]
    content_negotiation_class = wire.OneKind
    schema = None

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Serve the request under what we tolerate of directories."""
        with PROVIDER:
            return super().dispatch(request, *args, **kwargs)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Errors of SCIM, not of the API."""
        return wire.error_response


class Missing(ScimView):
    """Any other address: 404 as SCIM words it, for the directory alone."""

    def _answer(self, request: Request, rest: str = "") -> Response:
        raise Http404

    get = head = post = put = patch = delete = _answer


def asked(request: Request, kind: type[_R]) -> SearchRequest[_R]:
    """What a question wants to see. Raises ValidationError, InvalidFilterException."""
    given = {name: request.query_params.get(name) for name in _ASKED}
    if len(given["filter"] or "") > LONGEST_FILTER:
        raise InvalidFilterException
    try:
        return SearchRequest[kind].model_validate(  # type: ignore[valid-type]
            {name: value for name, value in given.items() if value}
        )
    except RecursionError as error:
        raise InvalidFilterException from error


def page(
    rows: "models.QuerySet[_Row]", query: SearchRequest[Any], kind: str
) -> tuple[int, list[_Row]]:
    """How many rows fit the filter, and those of the page."""
    if query.filter is not None:
        rows = rows.filter(condition(query.filter.ast, kind))
    first = query.start_index_0 or 0
    size = min(MOST, USUAL if query.count is None else query.count)
    total = rows.count()
    return total, list(rows[first : first + size]) if size else []


def listed(
    kind: type[_R], total: int, resources: Sequence[_R], query: SearchRequest[Any]
) -> Response:
    """A page of a list."""
    answer = ListResponse[kind](  # type: ignore[valid-type]
        total_results=total,
        start_index=(query.start_index_0 or 0) + 1,
        items_per_page=len(resources),
        resources=list(resources),
    )
    return Response(
        answer.model_dump(
            scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=query
        )
    )


def one(
    resource: Resource[Any],
    query: SearchRequest[Any],
    context: Context = Context.RESOURCE_QUERY_RESPONSE,
) -> Response:
    """One resource; 201 with its address for a new one."""
    is_new = context == Context.RESOURCE_CREATION_RESPONSE
    answer = Response(
        resource.model_dump(scim_ctx=context, response_parameters=query),
        status=201 if is_new else 200,
    )
    if resource.meta is not None and resource.meta.location:
        answer["Location"] = resource.meta.location
    return answer


def said(request: Request, kind: type[_R], context: Context) -> _R:
    """The representation in the body. Raises ValidationError."""
    return kind.model_validate(request.data, scim_ctx=context)


def patched(request: Request, current: _R) -> _R:
    """A copy of a representation with the patch of the body applied.

    Raises ValidationError, or an exception of SCIM's.
    """
    wanted = current.model_copy(deep=True)
    patch = PatchOp[type(current)].model_validate(  # type: ignore[misc]
        _unfolded(dict(request.data)), scim_ctx=Context.RESOURCE_PATCH_REQUEST
    )
    patch.patch(wanted)
    return wanted


def _unfolded(body: dict[str, Any]) -> dict[str, Any]:
    """Give each path with a filter that is the key of a value an operation of its own.

    So Entra ID sends `{"emails[type eq \\"work\\"].value": …}` where it names no path.
    """
    name = next((key for key in body if key.lower() == "operations"), "")
    operations = body.get(name)
    if not isinstance(operations, list):
        return body
    if len(operations) > MOST_OPERATIONS:
        raise PayloadTooLargeException
    flat = [part for operation in operations for part in _parts(operation)]
    return {**body, name: flat}


def _parts(operation: Any) -> list[Any]:
    value = operation.get("value") if isinstance(operation, dict) else None
    path = str(operation.get("path")) if isinstance(operation, dict) else ""
    if isinstance(value, list) and path.lower().startswith("members"):
        return [{**operation, "value": [_named(entry) for entry in value]}]
    if not isinstance(value, dict) or operation.get("path"):
        return [operation]
    paths = [key for key in value if "[" in key]
    rest = {key: value[key] for key in value if key not in paths}
    own = [{"op": operation.get("op"), "path": p, "value": value[p]} for p in paths]
    return [{**operation, "value": rest}, *own] if rest or not own else own


def _named(entry: Any) -> Any:
    """A member by his id alone: directories add a null `$ref`, or what he is called."""
    is_member = isinstance(entry, dict) and entry.keys() <= _OF_MEMBERS
    return {"value": entry.get("value")} if is_member else entry
