"""`/metrics`: how the whole is doing, for Prometheus.

The figures come from the database and Redis, so any process answers for all of them:
scrape one address, not each process.
"""

import hmac
from collections.abc import Iterator, Mapping

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from compliance.access.guards import public
from compliance.audit.forward.cursor import COUNTED
from portal import maintenance
from recordings import figures
from recordings.figures import Figures


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that `docs/operations.md` lists, as text.

    404 where no token is set, 401 without `Authorization: Bearer` and that token.
    """
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _knows_the_token(request):
        challenge = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("no", "text/plain", 401, headers=challenge)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Told(figures.current(now=timezone.now())))
    return HttpResponse(generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4)


def _knows_the_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return hmac.compare_digest(given.encode(), expected.encode())


class Told(Collector):
    """The figures in Prometheus's words. What is not known is left out."""

    def __init__(self, told: Figures) -> None:
        """Tell these."""
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """One family after another."""
        yield from self._rows()
        yield from self._forwarding()
        yield from self._log()
        yield from self._signs()

    def _rows(self) -> Iterator[Metric]:
        told, now = self._told, timezone.now()
        yield _gauge(
            "inbox_events",
            "Events of LiveKit that nobody has applied.",
            told.inbox.count,
        )
        yield _gauge(
            "inbox_lag_seconds",
            "How long the first of them has waited.",
            told.inbox.seconds(now),
        )
        yield _gauge("calls_live", "Calls that have not ended.", told.live_calls)
        yield _gauges("recordings_open", "Parts not finished.", "state", told.unsettled)
        yield _gauge(
            "retention_overdue_recordings",
            "Recordings whose time is over and that are still there.",
            told.overdue.count,
        )
        yield _gauge(
            "retention_overdue_seconds",
            "How long the first of them is over its time.",
            told.overdue.seconds(now),
        )
        yield _gauges("alerts_open", "Matters that wait.", "kind", told.alerts)
        yield _gauges(
            "unrecorded_seconds",
            "On no recording, of the calls that ended today.",
            "cause",
            told.unrecorded,
        )

    def _forwarding(self) -> Iterator[Metric]:
        told, now = self._told.siem, timezone.now()
        yield _gauges(
            "siem_lag_seconds",
            "How long the first entry waits that a receiver does not have.",
            "receiver",
            {name: lag.seconds(now) for name, lag in told.items()},
        )
        yield _gauges(
            "siem_waiting_entries",
            f"How many wait, counted up to {COUNTED}.",
            "receiver",
            {name: lag.waiting for name, lag in told.items()},
        )

    def _log(self) -> Iterator[Metric]:
        told = self._told.log
        yield _gauge(
            "audit_unsealed_seconds",
            "How long the first entry of the audit log has waited for its seal.",
            told.unsealed,
        )
        yield _gauge(
            "audit_horizon_seconds",
            "How long the oldest transaction that writes has been open.",
            told.held,
        )
        yield _gauge(
            "audit_sealed_entries", "Entries under the newest seal.", told.size
        )

    def _signs(self) -> Iterator[Metric]:
        told = self._told
        yield _gauge("redis_up", "Whether Redis answers.", told.redis_answers)
        if told.redis_answers:
            never = float("inf")
            age = never if told.beat_age is None else told.beat_age
            yield _gauge("beat_age_seconds", "Since the beat was seen.", age)
        if told.skew_seconds is not None:
            yield _gauge(
                "livekit_skew_seconds",
                "By how much LiveKit's clock is behind ours; negative: ahead.",
                told.skew_seconds,
            )
        if told.counted is not None:
            yield _counter(
                "webhooks_refused", "Webhooks answered with 401.", told.counted.refused
            )
            yield _counter(
                "webhooks_skewed",
                "Events whose own date is over 30 s off.",
                told.counted.skewed,
            )
        yield _gauge(
            "maintenance",
            "Whether maintenance mode is on.",
            maintenance.known() is not None,
        )


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"earwitness_{name}", text, value=float(value))


def _gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"earwitness_{name}", text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, text: str, value: int) -> Metric:
    return CounterMetricFamily(f"earwitness_{name}", text, value=value)
