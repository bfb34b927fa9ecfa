"""LiveKit's webhooks come in here: verify, one INSERT, answer at once.

LiveKit retries network faults, 429 and 5xx for about 15 seconds and treats every other
4xx as final, so 4xx is only for what can never become right.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from compliance.access.guards import public
from compliance.publish import nudge_after_commit
from recordings import ingest, intake, tasks
from recordings.livekit import events

logger = logging.getLogger(__name__)

MOST_BYTES = 1_048_576


@public
@csrf_exempt
@require_POST
def livekit(request: HttpRequest) -> HttpResponse:
    """Store one event of LiveKit.

    200: stored, now or before. 400: signed, but no event, or cut off. 401: unsigned,
    wrongly signed or stale. 411: in chunks, where the server cannot tell their end. 413:
    over 1 MiB.
    """
    try:
        body = _body(request)
    except _Unreadable as unreadable:
        return _refusal(unreadable.status, unreadable.why)
    try:
        verified = events.verify(
            body=body,
            authorization=request.headers.get("Authorization", ""),
            keys=settings.LIVEKIT_API_KEYS,
            now=timezone.now(),
        )
    except events.Unsigned as error:
        intake.refused(now=timezone.now())
        return _refusal(401, str(error))
    except events.Nonsense as error:
        return _refusal(400, str(error))
    ingest.receive_event(verified=verified, now=timezone.now())
    nudge_after_commit(tasks.drain_inbox)
    return HttpResponse(status=200)


class _Unreadable(Exception):
    """The body cannot be had: the status to answer with, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def _body(request: HttpRequest) -> bytes:
    """The raw body. Raises _Unreadable.

    What comes in chunks has no length, and Django takes that for an empty body; the
    server's own stream says where it ends, if `wsgi.input_terminated` promises so.
    """
    told = request.META.get("CONTENT_LENGTH") or ""
    if told.isdecimal() and int(told) > MOST_BYTES:
        raise _Unreadable(413, "too_large")
    stream: Any = request
    if not told and "HTTP_TRANSFER_ENCODING" in request.META:
        if not request.META.get("wsgi.input_terminated"):
            raise _Unreadable(411, "Send the body with a Content-Length.")
        stream = request.META["wsgi.input"]
    try:
        body: bytes = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise _Unreadable(400, "cut_off") from error
    if len(body) > MOST_BYTES:
        raise _Unreadable(413, "too_large")
    return body


def _refusal(status: int, why: str) -> HttpResponse:
    logger.warning("webhook.refused", extra={"status": status, "why": why})
    return HttpResponse(why, status=status, content_type="text/plain")
