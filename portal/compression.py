"""Pages go out as gzip; sound, files and streams go as they are."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class GzipPages(GZipMiddleware):
    """Compresses HTML only.

    Django pads each answer by a random length and masks CSRF tokens, so the size of a
    page tells nothing about a secret in it (BREACH).
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress a whole HTML page; a stream or another type passes untouched."""
        kind = response.headers.get("Content-Type", "")
        if response.streaming or not kind.startswith("text/html"):
            return response
        return super().process_response(request, response)
