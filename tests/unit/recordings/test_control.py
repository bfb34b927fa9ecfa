"""When control itself fails: an alert within a minute, an entry, and a note at its end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from compliance.audit import triggers
from compliance.models import AuditEntry, Person, SiemTarget
from recordings import alerts, clocks, control
from recordings.alerts import CannotSettle
from recordings.models import Alert
from recordings.web import matters
from tests.cast import Cast
from tests.factories.compliance import SiemTargetFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_cache")]
NOW = datetime.now(UTC)
MINUTES = timedelta(minutes=5)
Kind = Alert.Kind
FOR_REPLICAS = """
ALTER TABLE compliance_auditseal ENABLE REPLICA TRIGGER auditseal_refuses_truncate
"""
HARMLESS = """
CREATE OR REPLACE FUNCTION earwitness_refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$
"""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """`clock(2.5)`: from now on Redis is so many seconds ahead of us."""

    def set_ahead(seconds: float) -> None:
        ahead = timedelta(seconds=seconds)
        monkeypatch.setitem(clocks.CLOCKS, "redis", lambda: datetime.now(UTC) + ahead)

    return set_ahead


def matter() -> Alert | None:
    """What is open, but for the seals: nobody seals here."""
    asked = (Kind.UNGUARDED, Kind.UNFORWARDED, Kind.OWN_CLOCKS)
    return Alert.objects.filter(closed_at=None, kind__in=asked).first()


def told_of(kind: Kind) -> int:
    """How many entries say that such an alert was opened."""
    told = AuditEntry.objects.filter(act="alert.opened", facts={"kind": kind})
    return len(told)


def test_where_all_works_nothing_is_said(cast: Cast) -> None:
    target = SiemTargetFactory.create()
    SiemTarget.objects.filter(pk=target.pk).update(is_active=False)

    control.judge(now=NOW + MINUTES)

    assert matter() is None


def test_every_trigger_of_the_log_is_watched() -> None:
    with connection.cursor() as sql:
        sql.execute(
            "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE proname = 'earwitness_refuse_audit_change'"
        )
        there = {name for (name,) in sql.fetchall()}

    assert there == set(triggers.wanted())
    assert triggers.off() == []


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            "ALTER TABLE compliance_auditentry DISABLE TRIGGER audit_refuses_change",
            "audit_refuses_change",
        ),
        (
            FOR_REPLICAS,
            "auditseal_refuses_truncate",
        ),
        (
            "DROP TRIGGER auditleaf_refuses_change ON compliance_auditleaf",
            "auditleaf_refuses_change",
        ),
        (
            HARMLESS,
            "audit_refuses_change",
        ),
        ("SET LOCAL session_replication_role = replica", "session_replication_role"),
    ],
)
def test_guards_that_do_not_stand_are_an_alert(db: None, act: str, told: str) -> None:
    with connection.cursor() as sql:
        sql.execute(act)

    control.judge(now=NOW)

    found = matter()
    assert found
    assert (found.kind, found.severity, found.detail) == ("unguarded", "critical", told)
    assert told_of(Kind.UNGUARDED) == 1


def test_a_forwarder_that_stands_still_is_an_alert(cast: Cast) -> None:
    target = SiemTargetFactory.create()
    written = AuditEntry.objects.earliest("xid", "id").timestamp

    control.judge(now=written + timedelta(seconds=119))
    assert matter() is None
    control.judge(now=written + timedelta(seconds=121))
    found = matter()
    assert found
    assert (found.kind, found.subject, found.detail) == (
        "unforwarded",
        str(target.pk),
        "stalled",
    )


def test_clocks_a_second_apart_are_an_alert(clock: Callable[[float], None]) -> None:
    clock(0.5)
    control.judge(now=NOW)
    assert matter() is None
    clock(-90)
    control.judge(now=NOW)
    found = matter()
    assert found
    assert (found.kind, found.subject) == ("own_clocks", "redis")


def test_a_look_that_breaks_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    def breaks() -> list[str]:
        raise RuntimeError

    def silent() -> datetime:
        raise ConnectionError

    monkeypatch.setattr(triggers, "off", breaks)
    monkeypatch.setitem(clocks.CLOCKS, "database", silent)
    clock(30)

    control.judge(now=NOW)

    found = matter()
    assert found
    assert found.kind == "own_clocks"


def test_it_stays_open_until_somebody_wrote_about_it(
    cast: Cast, clock: Callable[[float], None]
) -> None:
    clock(30)
    control.judge(now=NOW)
    clock(0)
    control.judge(now=NOW + MINUTES)
    found = matter()
    assert found
    assert (found.over_at, found.lasted) == (NOW + MINUTES, MINUTES)
    (entry,) = AuditEntry.objects.filter(act="control.restored")
    assert entry.facts == {"kind": "own_clocks", "seconds": 300}

    control.judge(now=NOW + 2 * MINUTES)
    assert AuditEntry.objects.filter(act="control.restored").count() == 1
    with pytest.raises(CannotSettle):
        alerts.settle(chosen=[found], by=cast.officer, note="ok", now=NOW)
    done = alerts.settle(
        chosen=[found],
        by=cast.officer,
        note="chrony runs",
        cause="chrony was not started",
        risk="none: times were compared",
        now=NOW + 2 * MINUTES,
    )
    assert done == 1
    found.refresh_from_db()
    assert found.lasted == MINUTES
    assert found.cause == "chrony was not started"


def test_what_comes_back_meanwhile_is_the_same_matter(
    clock: Callable[[float], None],
) -> None:
    for step, seconds in enumerate((30, 0, 30)):
        clock(seconds)
        control.judge(now=NOW + step * MINUTES)

    found = matter()
    assert found
    assert found.over_at is None
    assert told_of(Kind.OWN_CLOCKS) == 2


def test_its_page_asks_for_cause_and_risk(
    cast: Cast, sign_in: Callable[[Person], Client], clock: Callable[[float], None]
) -> None:
    clock(30)
    control.judge(now=NOW)
    found = matter()
    assert found
    browser = sign_in(cast.administrator)
    page, close = f"/alerts/{found.pk}/", f"/alerts/{found.pk}/close"

    assert "The clock of Redis is 30 seconds ahead of ours." in (
        browser.get(page).content.decode()
    )
    browser.post(close, {"note": "done", "back": "alert"})
    assert matter(), "cause and risk are missing"
    said = {"note": "done", "cause": "no NTP", "risk": "looked: none", "back": "alert"}
    browser.post(close, said)
    assert matter() is None
    shown = browser.get(page).content.decode()
    assert "no NTP" in shown
    assert "looked: none" in shown


def test_a_receiver_is_told_of_in_words(cast: Cast) -> None:
    alerts.open_once(Kind.UNFORWARDED, subject="x", now=NOW, detail="timeout")

    (shown,) = matters.told(Alert.objects.all(), cast.officer)

    assert shown.why == "No answer in time."
