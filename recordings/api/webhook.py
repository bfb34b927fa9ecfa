"""LiveKit's webhooks come in here: verify, one INSERT, answer at once.

LiveKit retries network faults, 429 and 5xx for about 15 seconds and treats every other
4xx as final, so 4xx is only for what can never become right.
"""

import logging

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

    200: stored, now or before. 400: signed, but no event. 401: unsigned, wrongly signed
    or stale. 413: over 1 MiB.
    """
    body = _body(request)
    if body is None:
        return _refusal(413, "too_large")
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


def _body(request: HttpRequest) -> bytes | None:
    """The raw body, or None when it is larger than an event can be."""
    told = request.META.get("CONTENT_LENGTH") or ""
    if told.isdecimal() and int(told) > MOST_BYTES:
        return None
    body = request.read(MOST_BYTES + 1)
    return None if len(body) > MOST_BYTES else body


def _refusal(status: int, why: str) -> HttpResponse:
    logger.warning("webhook.refused", extra={"status": status, "why": why})
    return HttpResponse(why, status=status, content_type="text/plain")
