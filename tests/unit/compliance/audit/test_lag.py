"""How far the seals are behind, and why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from compliance import tasks
from compliance.audit import lag, seals
from recordings import control
from recordings.models import Alert
from tests.sealing import other_transaction, tampering, write

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def _open() -> list[tuple[str, str]]:
    """Alerts whose cause is there: what of control failed stays open for a note."""
    lasting = Alert.objects.filter(closed_at=None, over_at=None)
    found = lasting.filter(kind__startswith="audit")
    return sorted(found.values_list("kind", "detail"))


def test_a_log_that_is_sealed_has_no_lag() -> None:
    write(2)
    seals.seal(now=timezone.now())

    found = lag.current(now=timezone.now() + MINUTE)

    assert (found.unsealed, found.is_whole, found.size) == (0, True, 2)


def test_entries_that_wait_for_a_sealer_are_an_alert_that_is_over_then() -> None:
    write(2)
    now = timezone.now() + MINUTE
    assert 59 < lag.current(now=now).unsealed < 100

    control.judge(now=now)
    assert _open() == [("audit_unsealed", "behind")]

    tasks.seal_audit()
    control.judge(now=now + 6 * MINUTE)
    assert _open() == []
    (alert,) = Alert.objects.filter(kind=Alert.Kind.AUDIT_UNSEALED, closed_at=None)
    assert alert.over_at == now + 6 * MINUTE, "somebody writes about it first"


def test_an_open_transaction_that_holds_up_others_is_an_alert() -> None:
    with other_transaction():
        write()
        assert seals.seal(now=timezone.now()) is None
        now = timezone.now() + MINUTE
        found = lag.current(now=now)
        assert (found.unsealed, found.held >= 59) == (0, True)
        control.judge(now=now)
        assert _open() == [("audit_held_up", "")]

    tasks.seal_audit()
    control.judge(now=now + 6 * MINUTE)
    assert _open() == []


def test_an_open_transaction_is_seen_while_nothing_waits_for_it() -> None:
    with other_transaction() as other:
        since = other.execute(
            "SELECT clock_timestamp() - xact_start FROM"
            " pg_stat_activity WHERE pid = pg_backend_pid()"
        ).fetchone()[0]

        assert lag.current(now=timezone.now()).held >= since.total_seconds()


def test_a_log_on_which_nothing_can_be_signed_is_an_alert() -> None:
    write(2)
    seals.seal(now=timezone.now())
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditleaf SET hash = sha256('')")

    control.judge(now=timezone.now())

    assert _open() == [("audit_unsealed", "broken")]


def test_a_transaction_left_open_is_cut() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("1min",)


def test_a_restore_nobody_acknowledged_is_one_alert() -> None:
    write(2)
    seals.seal(now=timezone.now())
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")
    seals.seal(now=timezone.now())

    control.judge(now=timezone.now())
    control.judge(now=timezone.now())

    assert ("audit_epoch", "") in _open()
    assert Alert.objects.filter(kind=Alert.Kind.AUDIT_EPOCH).count() == 1
