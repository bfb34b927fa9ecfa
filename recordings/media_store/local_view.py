"""The view behind the folder store's links: ranges, nothing cached, nothing guessed.

Mounted by the portal as `local_media`. The token is the permission (as with a
presigned URL of S3); who got it and why was written down before it was issued.
"""

import re
import time
from dataclasses import dataclass
from email.utils import format_datetime

from django.core.exceptions import ImproperlyConfigured
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseForbidden,
    HttpResponseNotFound,
    StreamingHttpResponse,
)
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compliance.access.guards import public
from recordings.media_store import local_links, store
from recordings.media_store.base import (
    StoredObject,
)
from recordings.media_store.errors import ObjectMissing
from recordings.media_store.link_rules import disposition_header
from recordings.media_store.local import LocalStore

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Unsatisfiable(Exception):
    """The range lies wholly outside the object: 416."""


@dataclass(frozen=True)
class Span:
    """The bytes [start, end) of an object."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes that is."""
        return self.end - self.start


@public
@require_safe
def serve(request: HttpRequest) -> HttpResponseBase:
    """Stream what the token grants: 200, 206, 403, 404 or 416."""
    token = request.GET.get(local_links.PARAMETER, "")
    try:
        grant = local_links.read(token, now=time.time())
    except local_links.BadLink:
        return _sealed(HttpResponseForbidden(_("This link is not valid any more.")))
    folder = store(LocalStore.name)
    if not isinstance(folder, LocalStore):  # pragma: no cover
        raise ImproperlyConfigured("The store called 'local' is not a folder.")
    found = folder.head(grant.key)
    if found is None:
        return _sealed(HttpResponseNotFound(_("The recording is not there.")))
    response = _answer(request, folder, found)
    response["Content-Type"] = grant.content_type
    response["Content-Disposition"] = disposition_header(
        grant.disposition, grant.filename
    )
    return _sealed(response)


def _answer(
    request: HttpRequest, folder: LocalStore, found: StoredObject
) -> HttpResponseBase:
    try:
        span = _wanted(request, found)
    except Unsatisfiable:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{found.size}"
        return response
    answer = _body(request, folder, found, span or Span(0, found.size))
    if span is not None:
        answer.status_code = 206
        answer["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{found.size}"
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = f'"{found.etag}"'
    answer["Last-Modified"] = _http_date(found)
    return answer


def _body(
    request: HttpRequest, folder: LocalStore, found: StoredObject, span: Span
) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        try:
            content = folder.open_slice(found.key, start=span.start, length=span.length)
        except ObjectMissing:  # deleted between the two looks
            return HttpResponseNotFound(_("The recording is not there."))
        response = StreamingHttpResponse(content)
    response["Content-Length"] = str(span.length)
    return response


def _wanted(request: HttpRequest, found: StoredObject) -> Span | None:
    """The range asked for, None for the whole object (RFC 9110 section 14).

    A header that is malformed, names several ranges, or whose If-Range no longer
    holds is ignored, as the RFC allows. Raises Unsatisfiable.
    """
    condition = request.headers.get("If-Range")
    if condition is not None and condition not in {
        f'"{found.etag}"',
        _http_date(found),
    }:
        return None
    return parse_range(request.headers.get("Range", ""), found.size)


def parse_range(header: str, size: int) -> Span | None:
    """Read one `bytes=` range against an object of `size` bytes.

    None when the header asks for nothing we serve. Raises Unsatisfiable.
    """
    match = _RANGE.fullmatch(header.strip())
    if not match:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise Unsatisfiable
    return Span(start, end)


def _http_date(found: StoredObject) -> str:
    return format_datetime(found.modified_at.replace(microsecond=0), usegmt=True)


def _sealed(response: HttpResponseBase) -> HttpResponseBase:
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Referrer-Policy"] = "no-referrer"
    return response
