"""Keyset pages for the API: `?cursor=` and `?size=`, no counts."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.keyset import BadCursor, Order, Page, page

MOST = 200
USUAL = 50


class KeysetPagination(BasePagination):
    """Pages through `view.order`, a `keyset.Order`."""

    page: Page[Any]
    request: Request

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        """One page of rows; raises ValidationError for a cursor or size that is none."""
        order: Order = getattr(view, "order", Order("id"))
        cursor = request.query_params.get("cursor", "")
        try:
            size = min(MOST, max(1, int(request.query_params.get("size", USUAL))))
            self.page = page(queryset, order=order, cursor=cursor, size=size)
        except (BadCursor, ValueError) as error:
            raise ValidationError({"cursor": ["Not a cursor of this list."]}) from error
        self.request = request
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        """The rows, and the links of the pages around them."""
        return Response(
            {
                "next": self._link(self.page.next),
                "previous": self._link(self.page.previous),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape of the answer, for OpenAPI."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results"],
            "properties": {
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The parameters, for OpenAPI."""
        return [
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "Position in the list, from `next` or `previous`.",
            },
            {
                "name": "size",
                "in": "query",
                "schema": {"type": "integer", "maximum": MOST, "default": USUAL},
            },
        ]

    def _link(self, cursor: str) -> str | None:
        if not cursor:
            return None
        params = self.request.query_params.copy()
        params["cursor"] = cursor
        return self.request.build_absolute_uri(f"?{params.urlencode()}")
