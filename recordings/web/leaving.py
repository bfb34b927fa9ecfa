"""A package as an answer: the store's link of minutes, or the file. Nothing keeps it."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from recordings.producing.leaving import Leaving

SEE_OTHER = 303


def answered(given: Leaving) -> HttpResponseBase:
    """The answer that gives it away."""
    response: HttpResponseBase
    if given.file is None:
        response = HttpResponse(status=SEE_OTHER)
        response.headers["Location"] = given.url
        response.headers["Referrer-Policy"] = "no-referrer"
    else:
        response = FileResponse(
            given.file,
            as_attachment=True,
            filename=given.name,
            content_type="application/zip",
        )
    response.headers["Cache-Control"] = "no-store, private"
    return response
