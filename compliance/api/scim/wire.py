"""How SCIM travels: its media type, bodies that are read with care, and its errors."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError
from django.http import Http404
from pydantic import ValidationError
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback
from scim2_models import (
    ConflictException,
    Error,
    InvalidSyntaxException,
    InvalidValueException,
    NotFoundException,
    PayloadTooLargeException,
    SCIMException,
    UniquenessException,
)

from compliance.access.directory.errors import Taken, Unfit
from compliance.access.refusals import Refused, record
from compliance.api.parsers import ShallowJSONParser

MEDIA_TYPE = "application/scim+json"
_ODD = re.compile(rb"\\u(0000|d[89a-f])", re.IGNORECASE)


class ScimParser(ShallowJSONParser):
    """JSON of SCIM's own type."""

    media_type = MEDIA_TYPE

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """An object of texts that PostgreSQL takes. Raises SCIMException.

        The body is read through Django, which refuses one that is too large.
        """
        body = (parser_context or {})["request"].body
        said: Any = super().parse(stream, media_type, parser_context)
        if not isinstance(said, dict):
            raise InvalidSyntaxException
        if _ODD.search(body):
            _refuse_odd(said)
        return said


def _refuse_odd(said: Any) -> None:
    """Refuse a NUL and half a character: neither can be kept."""
    text = json.dumps(said, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidValueException(detail="Not a text.") from error
    if "\\u0000" in text:
        raise InvalidValueException(detail="No NUL, please.")


class PlainParser(ScimParser):
    """The same, sent as JSON: RFC 7644 3.1 lets a directory do so."""

    media_type = JSONParser.media_type


class ScimRenderer(JSONRenderer):
    """JSON of SCIM's own type."""

    media_type = MEDIA_TYPE
    format = "scim"


class OneKind(DefaultContentNegotiation):
    """Answers are of one kind, whatever is accepted (RFC 7644 3.8)."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The first."""
        first = next(iter(renderers))
        return first, str(first.media_type)


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """What a view raised, as RFC 7644 3.12 words it; None for a true fault (500).

    A refusal is entered in the audit log, after the refused act was rolled back.
    """
    set_rollback()
    record(error)
    told = _worded(error)
    if told is None:
        return None
    answer = Response(told.model_dump(), status=told.status)
    if wait := getattr(error, "wait", None):
        answer["Retry-After"] = f"{wait:.0f}"
    if scheme := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = scheme
    return answer


def _worded(error: Exception) -> Error | None:
    if isinstance(error, ValidationError):
        return Error.from_validation_errors(error)[0]
    if isinstance(error, SCIMException):
        return error.to_error()
    if isinstance(error, Taken):
        return UniquenessException(detail=str(error)).to_error()
    if isinstance(error, Unfit):
        return InvalidValueException(detail=str(error)).to_error()
    if isinstance(error, Refused):
        return Error(status=403, detail=error.reason)
    return _of_django(error)


def _of_django(error: Exception) -> Error | None:
    if isinstance(error, Http404):
        return NotFoundException().to_error()
    if isinstance(error, RequestDataTooBig):
        return PayloadTooLargeException().to_error()
    if isinstance(error, IntegrityError):
        # two requests at once: one of them came first
        return ConflictException().to_error()
    if isinstance(error, exceptions.ParseError):
        return InvalidSyntaxException(detail=str(error.detail)).to_error()
    if isinstance(error, exceptions.APIException):
        return Error(status=error.status_code, detail=str(error.detail))
    return None
