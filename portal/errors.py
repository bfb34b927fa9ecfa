"""What programs are answered outside the views: problem documents (RFC 9457)."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found

from compliance.api.errors import PROBLEM
from compliance.audit.context import request_id

API = "/api/"


def problem(status: int, code: str, title: str) -> HttpResponse:
    """A problem document of the same shape as the API's own."""
    told = {"status": status, "code": code, "title": title, "request": request_id()}
    return HttpResponse(json.dumps(told), PROBLEM, status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: a page for people; for programs, and where there are no pages, a problem."""
    is_public = hasattr(request, "urlconf")
    is_page = not is_public and not request.path.startswith(API)
    if "web" in settings.SURFACES and is_page:
        return page_not_found(request, exception)
    return problem(404, "not_found", _("There is nothing here, or not for you."))
