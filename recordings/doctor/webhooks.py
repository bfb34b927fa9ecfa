"""Do LiveKit's events come in, and is what came worked through?"""

from collections.abc import Iterator

from django.utils import timezone

from recordings import figures, intake
from recordings.finding import Finding, ok, warn
from recordings.models import LiveKitEvent

LATE_SECONDS = 60
REFUSED_IN_MINUTES = 60


def findings() -> Iterator[Finding]:
    """The last one, those refused, and those that wait."""
    yield _last()
    yield _refused()
    yield _waiting()


def _last() -> Finding:
    # payloads are blanked after a week, so this index is short
    latest = LiveKitEvent.objects.exclude(payload="").order_by("-applied_at")
    last = latest.filter(applied_at__isnull=False).values_list("received_at", flat=True)
    when = last.first()
    if when is None:
        return warn(
            "no event came within a week",
            "Name this portal in LiveKit's webhook.urls, with a webhook.api_key.",
        )
    return ok(f"the last event came {when:%Y-%m-%d %H:%M:%S} UTC")


def _refused() -> Finding:
    counts = intake.counts(now=timezone.now(), minutes=REFUSED_IN_MINUTES)
    if counts is None:
        return warn("how many were refused is not known", "Put Redis right first.")
    told = f"{counts.refused} refused (401) in the last {REFUSED_IN_MINUTES} minutes"
    if not counts.refused:
        return ok(told)
    return warn(
        told,
        "LIVEKIT_API_KEYS must hold the key that LiveKit signs with; clocks over 60 "
        "seconds apart refuse everything.",
    )


def _waiting() -> Finding:
    now = timezone.now()
    inbox = figures.inbox(now=now)
    if not inbox.count:
        return ok("nothing waits to be applied")
    waited = inbox.seconds(now)
    told = f"{inbox.count} wait to be applied, the first for {waited:.0f} seconds"
    if waited > LATE_SECONDS:
        return warn(told, "Are workers running, and enough of them?")
    return ok(told)
