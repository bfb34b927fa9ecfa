"""Errors of the API as problem documents (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler, set_rollback

from compliance.access.refusals import Refused, record
from compliance.audit.context import request_id

PROBLEM = "application/problem+json"


class Conflict(exceptions.APIException):
    """What is asked does not fit what is. code: for programs; text: for people."""

    status_code = 409

    def __init__(self, code: str, text: str) -> None:
        """Keep both."""
        super().__init__(text)
        self.default_code = code


class Unprocessable(Conflict):
    """It is well formed, and cannot be done all the same."""

    status_code = 422


_RETRY = ("Retry-After", "WWW-Authenticate")


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem document; None for a true fault (500).

    A refusal is entered in the audit log, after the refused act was rolled back.
    """
    set_rollback()
    record(error)
    if isinstance(error, Refused):
        return _problem(403, error.code, error.reason, ask=error.ask)
    if isinstance(error, Http404 | RequestDataTooBig | PermissionDenied):
        return _of_django(error)
    if isinstance(error, exceptions.ValidationError):
        detail = as_serializer_error(error)
        return _problem(400, "invalid", _("Some fields are not right."), errors=detail)
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    answer = _problem(response.status_code, error.default_code, str(error.detail))
    for name in _RETRY:
        if name in response:
            answer[name] = response[name]
    return answer


def _of_django(error: Exception) -> Response:
    """What Django itself raises, and would answer with a page."""
    if isinstance(error, Http404):
        return _problem(404, "not_found", _("There is nothing here, or not for you."))
    if isinstance(error, RequestDataTooBig):
        return _problem(413, "too_large", _("The body is too large: 1 MiB at most."))
    return _problem(403, "forbidden", str(error) or _("This is not allowed."))


def _problem(status: int, code: str, title: str, **more: Any) -> Response:
    body = {"status": status, "code": code, "title": title, "request": request_id()}
    body |= {key: value for key, value in more.items() if value}
    return Response(body, status=status, content_type=PROBLEM)
