"""What a process without pages answers: problem documents (RFC 9457) for programs."""

import json

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from compliance.api.errors import PROBLEM
from compliance.audit.context import request_id


def problem(status: int, code: str, title: str) -> HttpResponse:
    """A problem document of the same shape as the API's own."""
    told = {"status": status, "code": code, "title": title, "request": request_id()}
    return HttpResponse(json.dumps(told), PROBLEM, status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 where there is no first page to go to."""
    return problem(404, "not_found", _("There is nothing here, or not for you."))
