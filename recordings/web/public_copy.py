"""Where the person takes their copy: no session, no script, one answer for all that is
not good. A link that is followed shows a button, for programs that look into mails
follow links and press none.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access.guards import public
from compliance.audit import context
from compliance.packages import NotThere
from compliance.requests import public_form
from compliance.requests.public_form import TooMany
from compliance.requests.wording import LANGUAGES
from recordings.copies import taking
from recordings.copies.page import Words, words
from recordings.models import CopyLink
from recordings.web.leaving import answered

logger = logging.getLogger(__name__)

TOO_MANY, NOT_FOUND = 429, 404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@public
def take(request: HttpRequest, token: str) -> HttpResponseBase:
    """The page of a link, and the file once the button is pressed."""
    now = timezone.now()
    found = taking.waiting(token, now=now)
    try:
        if found is None or request.method == "POST":
            public_form.count_sender(context.current().address)
    except TooMany:
        return _told(request, _chosen(request), "too_many", TOO_MANY)
    if found is None:
        return _told(request, _chosen(request), "over", NOT_FOUND)
    if request.method != "POST":
        return _offered(request, found, found.tries_left(now=now))
    try:
        return answered(taking.take(token, now=now))
    except NotThere as error:
        if error.__cause__:
            logger.exception("copies.no_file")
        return _told(request, _chosen(request), "over", NOT_FOUND)


def _offered(request: HttpRequest, found: CopyLink, left: int) -> HttpResponse:
    said = words(found.copy.request.language)
    more = {
        "more": said.of("public", "left").replace("{left}", str(left)),
        "button": said.of("public", "button"),
    }
    return render(request, "public/copy.html", _common(said, "text", "title") | more)


def _told(request: HttpRequest, said: Words, what: str, status: int) -> HttpResponse:
    told = _common(said, what, f"{what}_title")
    return render(request, "public/copy.html", told, status=status)


def _common(said: Words, what: str, title: str) -> dict[str, Any]:
    controller = settings.REQUESTS["controller"]
    return {
        "language": said.language,
        "controller": controller,
        "title": said.of("public", title),
        "text": said.of("public", what).replace("{controller}", controller),
    }


def _chosen(request: HttpRequest) -> Words:
    """By what the browser asks for: nothing is known of who it is."""
    accepted = request.headers.get("Accept-Language", "")
    wanted = (part.strip()[:2].lower() for part in accepted.split(","))
    return words(next((one for one in wanted if one in LANGUAGES), LANGUAGES[0]))
