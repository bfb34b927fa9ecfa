"""Metrics: who may read them, what they tell, and what they cost."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from compliance.models import SiemTarget
from portal import maintenance
from portal.models import Maintenance
from recordings import figures, intake, pulse
from recordings.models import Alert, Call, LiveKitEvent, Recording
from tests.architecture.tree import ROOT
from tests.cast import Cast
from tests.factories.compliance import SiemTargetFactory
from tests.factories.recordings import CallFactory, RecordingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]
TOKEN = "a-token-of-at-least-thirty-two-letters"
State = Recording.State


@pytest.fixture(autouse=True)
def _token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def read(authorization: str = f"Bearer {TOKEN}", **more: Any) -> Any:
    return Client().get("/metrics", headers={"Authorization": authorization}, **more)


def told() -> dict[str, float]:
    """Every sample by its name and label."""
    answer = read()
    assert answer.status_code == 200
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def event(**fields: Any) -> LiveKitEvent:
    count = LiveKitEvent.objects.count()
    given = {"id": f"EV_{count}", "name": "room_started", "payload": "{}"} | fields
    return LiveKitEvent.objects.create(**given)


def test_without_a_token_there_are_none(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""

    assert read("Bearer ").status_code == 404
    assert read().status_code == 404


@pytest.mark.parametrize(
    "given", ["", TOKEN, f"Basic {TOKEN}", "Bearer wrong", "Bearer ünïcode"]
)
def test_another_token_is_turned_away(given: str) -> None:
    answer = read(given)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert b"earwitness" not in answer.content


def test_nobody_needs_to_be_signed_in_and_nothing_is_written() -> None:
    answer = read()

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert not answer.cookies
    assert Client().post("/metrics").status_code == 405


def test_a_quiet_portal_tells_zeros() -> None:
    pulse.beat()

    quiet = told()

    assert quiet["earwitness_inbox_lag_seconds"] == 0
    assert quiet["earwitness_recordings_open recording"] == 0
    assert quiet["earwitness_alerts_open not_recorded"] == 0
    assert quiet["earwitness_webhooks_refused_total"] == 0
    assert quiet["earwitness_redis_up"] == 1
    assert quiet["earwitness_maintenance"] == 0
    assert quiet["earwitness_beat_age_seconds"] < 60
    assert "earwitness_livekit_skew_seconds" not in quiet, "nothing came to compare"


def test_events_that_wait() -> None:
    now = datetime.now(UTC)
    event(due_at=now - timedelta(seconds=90))
    event(due_at=now - timedelta(seconds=10))
    event(due_at=now + timedelta(seconds=60))
    event(due_at=now - timedelta(days=1), state="applied", applied_at=now)

    assert told()["earwitness_inbox_events"] == 2
    assert 90 <= told()["earwitness_inbox_lag_seconds"] < 120


def test_open_parts_and_live_calls(cast: Cast) -> None:
    live = CallFactory.create(team=cast.claims, ended_at=None)
    RecordingFactory.create(call=live, state=State.RECORDING)
    RecordingFactory.create(state=State.AVAILABLE)

    assert told()["earwitness_recordings_open recording"] == 1
    assert told()["earwitness_recordings_open checking"] == 0
    assert "earwitness_recordings_open available" not in told()
    assert told()["earwitness_calls_live"] == 1


def test_recordings_that_should_be_gone() -> None:
    now = datetime.now(UTC)
    RecordingFactory.create(state=State.AVAILABLE, expires_at=now - timedelta(hours=2))
    RecordingFactory.create(state=State.AVAILABLE, expires_at=now + timedelta(hours=2))
    RecordingFactory.create(state=State.DESTROYED, expires_at=now - timedelta(days=2))

    assert told()["earwitness_retention_overdue_recordings"] == 1
    assert 7200 <= told()["earwitness_retention_overdue_seconds"] < 7300


def test_matters_that_wait() -> None:
    now = datetime.now(UTC)
    Alert.objects.create(kind=Alert.Kind.NOT_RECORDED, subject="a")
    Alert.objects.create(kind=Alert.Kind.NOT_RECORDED, subject="b", closed_at=now)

    assert told()["earwitness_alerts_open not_recorded"] == 1


def test_what_today_is_on_no_recording(
    monkeypatch: pytest.MonkeyPatch, cast: Cast
) -> None:
    now = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)

    def ended(minutes_ago: int, *, unrecorded: int, missed: int) -> None:
        CallFactory.create(
            team=cast.claims,
            started_at=now - timedelta(minutes=minutes_ago + 10),
            ended_at=now - timedelta(minutes=minutes_ago),
            unrecorded_ms=unrecorded,
            missed_ms=missed,
        )

    ended(29, unrecorded=7_500, missed=5_000)  # it began yesterday
    ended(5, unrecorded=1_000, missed=0)
    ended(31, unrecorded=60_000, missed=60_000)  # it ended yesterday
    live = CallFactory.create(team=cast.claims, started_at=now, ended_at=None)
    Call.objects.filter(id=live.id).update(missed_ms=99_000, unrecorded_ms=99_000)

    assert told()["earwitness_unrecorded_seconds missed"] == 5
    assert told()["earwitness_unrecorded_seconds other"] == 3.5


def test_refused_webhooks_are_counted_for_all_processes() -> None:
    for _each in range(3):
        intake.refused(now=datetime.now(UTC))

    assert told()["earwitness_webhooks_refused_total"] == 3


def test_livekits_clock() -> None:
    now = datetime.now(UTC)
    for seconds in (12, 25):
        signed = now - timedelta(seconds=seconds)
        event(state="applied", applied_at=now, received_at=now, signed_at=signed)

    assert told()["earwitness_livekit_skew_seconds"] == 12


def test_a_beat_that_was_never_seen_is_infinitely_late() -> None:
    assert told()["earwitness_beat_age_seconds"] == float("inf")


def test_without_redis_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis.from_url("redis://127.0.0.1:9/0", socket_connect_timeout=0.2)
    monkeypatch.setattr(pulse, "_client", lambda timeout_seconds: dead)
    monkeypatch.setattr(intake, "_client", lambda: dead)

    lame = told()

    assert lame["earwitness_redis_up"] == 0
    assert lame["earwitness_inbox_events"] == 0
    assert "earwitness_beat_age_seconds" not in lame
    assert "earwitness_webhooks_refused_total" not in lame


def test_maintenance_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = Maintenance(message="", began_at=datetime.now(UTC))
    monkeypatch.setattr(maintenance, "_last", (0.0, mode))

    assert told()["earwitness_maintenance"] == 1


def test_how_far_a_receiver_of_the_log_is_behind() -> None:
    target = SiemTargetFactory.create(name="Blue")

    assert told()["earwitness_siem_waiting_entries Blue"] == 1
    assert told()["earwitness_siem_lag_seconds Blue"] > 0
    SiemTarget.objects.filter(pk=target.pk).update(is_active=False)
    assert "earwitness_siem_lag_seconds Blue" not in told()


def test_a_scrape_costs_few_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(13):
        read()


def test_every_query_has_an_index() -> None:
    with CaptureQueriesContext(connection) as captured:
        figures.current(now=datetime.now(UTC))

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in captured.captured_queries:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = "\n".join(row for (row,) in cursor.fetchall())
            assert "Index" in plan, query["sql"]
            assert "Seq Scan" not in plan, query["sql"]


def test_operators_can_read_what_each_means() -> None:
    table = (ROOT / "docs" / "operations.md").read_text()
    explained = set(re.findall(r"^\| `(earwitness_\w+)", table, re.MULTILINE))
    now = datetime.now(UTC)
    event(state="applied", applied_at=now, signed_at=now)
    SiemTargetFactory.create()

    assert {name.split()[0] for name in told()} == explained
