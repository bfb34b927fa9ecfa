"""The log arrives: all of it, in order, from where it was left, whatever breaks."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from django.db.models import F
from django.db.models.functions import Now
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.forward import cursor, sending, shapes
from compliance.models import AuditEntry, SiemTarget
from compliance.wire import post as posting
from tests.architecture.tree import ROOT
from tests.factories.compliance import SiemTargetFactory
from tests.receiver import Receiver
from tests.unit.compliance.audit.forward.log_lines import everything, ids, settle, write
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
MINUTES = timedelta(minutes=2)
Kind = SiemTarget.Kind


@pytest.fixture
def target(receiver: Receiver) -> SiemTarget:
    """Somebody who wants the whole log."""
    with transaction.atomic():
        return SiemTargetFactory.create(url=receiver.url)


def send(target: SiemTarget, *, after: timedelta = timedelta()) -> int:
    """Let a worker come by, once all that was written is settled."""
    settle()
    return sending.send(target_id=target.pk, now=NOW + after)


def test_the_log_arrives_signed_in_its_order(
    receiver: Receiver, target: SiemTarget
) -> None:
    write(times=3)

    assert send(target) == 4  # the first entry tells that the receiver was made
    assert ids(receiver) == everything()
    ((_path, headers, body),) = receiver.got
    assert Webhook(target.secret).verify(body, headers)
    assert send(target) == 0
    target.refresh_from_db()
    assert (target.sent_count, target.sent_at, target.last_error) == (4, NOW, "")


def test_what_does_not_fit_one_message_follows_in_the_next(
    receiver: Receiver, target: SiemTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(times=6)
    monkeypatch.setattr(shapes, "MOST_BYTES", 1_500)
    monkeypatch.setattr(cursor, "PAGE", 4)

    assert send(target) == 7
    assert len(receiver.got) > 2
    assert ids(receiver) == everything()


@pytest.mark.parametrize(("answer", "code"), [(503, "503"), (0, "broken_off")])
def test_what_is_not_taken_comes_again_later(
    receiver: Receiver, target: SiemTarget, answer: int, code: str
) -> None:
    write(times=2)
    receiver.answers = [answer]

    assert send(target) == 0
    target.refresh_from_db()
    assert (target.last_error, target.failures) == (code, 1)
    assert sending.due(now=NOW) == [], "it is left alone for a moment"
    assert send(target, after=timedelta(seconds=1)) == 0
    settle()
    assert sending.due(now=NOW + MINUTES) == [target.pk]
    receiver.got.clear()
    assert send(target, after=MINUTES) == 3
    assert ids(receiver) == everything()
    target.refresh_from_db()
    assert (target.last_error, target.failures, target.failing_since) == ("", 0, None)


@pytest.mark.parametrize("kind", [Kind.SPLUNK, Kind.DATADOG])
@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_is_left_alone_for_as_long_as_it_asked(
    receiver: Receiver, target: SiemTarget, kind: Kind, status: int
) -> None:
    SiemTarget.objects.update(kind=kind)
    receiver.answers, receiver.wish = [status], "130"

    assert send(target) == 0
    settle()
    assert sending.due(now=NOW + timedelta(seconds=129)) == []
    assert sending.due(now=NOW + timedelta(seconds=130)) == [target.pk]
    assert send(target, after=timedelta(seconds=130)) == 1


def test_a_receiver_may_name_the_hour_instead(
    receiver: Receiver, target: SiemTarget
) -> None:
    later = datetime.now(UTC) + timedelta(hours=2)
    receiver.answers, receiver.wish = [503], format_datetime(later, usegmt=True)

    send(target)

    assert SiemTarget.objects.get().rests_until == NOW + sending.LONGEST_WISH


@pytest.mark.parametrize(
    ("wish", "rest"),
    [
        ("1", sending.FIRST_REST),
        ("0", sending.FIRST_REST),
        ("soon", sending.FIRST_REST),
        ("-5", sending.FIRST_REST),
        ("Thu, 01 Jan 1970 00:00:00 GMT", sending.FIRST_REST),
        ("999999999999999", sending.FIRST_REST),
        ("86400", sending.LONGEST_WISH),
    ],
)
def test_a_wish_that_cannot_be_granted(
    receiver: Receiver, target: SiemTarget, wish: str, rest: timedelta
) -> None:
    receiver.answers, receiver.wish = [503], wish

    send(target)

    assert SiemTarget.objects.get().rests_until == NOW + rest


@pytest.mark.parametrize("kind", [Kind.SPLUNK, Kind.DATADOG, Kind.OCSF])
def test_a_message_that_is_too_large_comes_in_parts(
    receiver: Receiver, target: SiemTarget, kind: Kind
) -> None:
    SiemTarget.objects.update(kind=kind)
    write(times=12)
    receiver.most = 5_000

    assert send(target) == 13
    assert len(receiver.got) > 2
    told = b"".join(body for _path, _headers, body in receiver.got).decode()
    places = [told.index(entry) for entry in everything()]
    assert places == sorted(places), "all of it, in its order"
    target.refresh_from_db()
    assert (target.last_error, target.sent_count) == ("", 13)


def test_an_entry_that_is_too_large_by_itself_is_told_of_and_not_dropped(
    receiver: Receiver, target: SiemTarget
) -> None:
    receiver.most = 100

    assert send(target) == 0
    target.refresh_from_db()
    assert (target.last_error, target.sent_count) == ("413", 0)


def test_a_receiver_that_stalls_is_not_waited_for(
    receiver: Receiver, target: SiemTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.2)
    receiver.holds.set()

    assert send(target) == 0
    target.refresh_from_db()
    assert target.last_error == "timeout"


def test_after_an_outage_it_goes_on_where_it_was(
    receiver: Receiver, target: SiemTarget
) -> None:
    assert send(target) == 1
    for hour in range(3):
        write()
        receiver.answers = [500]
        assert send(target, after=timedelta(hours=hour)) == 0
    receiver.got.clear()

    assert send(target, after=timedelta(days=3)) == 3
    assert ids(receiver) == everything()[1:]


def test_an_entry_that_commits_late_is_not_passed_by(
    receiver: Receiver, target: SiemTarget
) -> None:
    send(target)
    release: list[Callable[[], None]] = []
    late = _transaction_left_open(release)
    early = write()

    stuck = sending.send(target_id=target.pk, now=NOW)
    assert stuck == 0, "an open transaction may still write before it"
    release[0]()
    assert send(target) == 2
    assert ids(receiver)[1:] == [*late, *early] == everything()[1:]


def _transaction_left_open(release: list[Callable[[], None]]) -> list[str]:
    """An entry written by another connection that has not committed; `release` does."""
    written: list[str] = []
    go_on: list[bool] = []

    def act() -> None:
        with transaction.atomic():
            written.append(str(log.append(Action.MAINTENANCE_BEGUN).pk))
            until(lambda: go_on)
        connections.close_all()

    thread = Thread(target=act)
    thread.start()
    until(lambda: written)

    def end() -> None:
        go_on.append(True)
        thread.join()

    release.append(end)
    return written


def test_what_was_rolled_back_never_leaves(
    receiver: Receiver, target: SiemTarget
) -> None:
    with transaction.atomic():
        log.append(Action.MAINTENANCE_BEGUN)
        transaction.set_rollback(True)
    write()

    assert send(target) == 2
    assert ids(receiver) == everything()


def test_one_worker_at_a_time(receiver: Receiver, target: SiemTarget) -> None:
    settle()
    receiver.holds.set()
    first = Thread(target=_send_and_close, args=(target,))
    first.start()
    until(lambda: receiver.got)

    assert sending.due(now=NOW) == []
    assert send(target) == 0
    receiver.goes_on.set()
    first.join()
    assert ids(receiver) == everything()


def _send_and_close(target: SiemTarget) -> None:
    send(target)
    connections.close_all()


KILLED = """
import django, sys
from datetime import UTC, datetime
django.setup()
from compliance.audit.forward import sending
sending.send(target_id=sys.argv[1], now=datetime.now(UTC))
"""


def test_a_worker_that_is_killed_loses_nothing(
    receiver: Receiver, target: SiemTarget
) -> None:
    write(times=2)
    settle()
    receiver.holds.set()
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target.pk)], env=_environment(), cwd=ROOT
    )
    until(lambda: receiver.got)
    worker.kill()
    worker.wait()

    assert send(target) == 0, "its lease still stands"
    SiemTarget.objects.update(claimed_until=Now() - timedelta(seconds=1))
    receiver.holds.clear()
    receiver.goes_on.set()
    assert send(target) == 3
    assert ids(receiver) == 2 * everything(), "twice, not never"


def _environment() -> dict[str, str]:
    base, _slash, _name = os.environ["DATABASE_URL"].rpartition("/")
    return os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "EARWITNESS_EVENTS_ALLOW_PRIVATE": "1",
    }


def test_a_worker_whose_lease_went_to_another_moves_nothing(
    receiver: Receiver, target: SiemTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = posting.post

    def overtaken(*args: str, **how: object) -> str:
        SiemTarget.objects.update(attempt=F("attempt") + 1)
        return post(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "post", overtaken)

    assert send(target) == 0
    target.refresh_from_db()
    assert target.sent_count == 0


def test_one_that_is_switched_off_is_sent_nothing(
    receiver: Receiver, target: SiemTarget
) -> None:
    SiemTarget.objects.update(is_active=False)

    assert sending.due(now=NOW) == []
    assert send(target) == 0
    assert receiver.got == []


def test_a_test_goes_ahead_of_its_turn(receiver: Receiver, target: SiemTarget) -> None:
    write(times=2)
    with transaction.atomic():
        entry = log.append(Action.SIEM_TESTED, subject=target)
    SiemTarget.objects.update(
        test_entry=entry.pk, is_active=False, rests_until=NOW + MINUTES
    )

    assert sending.due(now=NOW) == [target.pk]
    assert send(target) == 0
    assert ids(receiver) == [str(entry.pk)]
    target.refresh_from_db()
    assert (target.test_answer, target.tested_at) == ("ok", NOW)
    assert not target.is_test_waiting


def test_after_a_restore_the_new_entries_arrive(
    receiver: Receiver, target: SiemTarget
) -> None:
    write()
    send(target)
    receiver.got.clear()
    SiemTarget.objects.update(sent_xid=F("sent_xid") + 1_000_000)  # of another life
    new = write()
    assert sending.due(now=NOW) == [target.pk]

    assert send(target) >= 1
    assert new[0] in ids(receiver)
    send(target)
    assert sending.due(now=NOW) == []
    assert AuditEntry.objects.filter(act="siem.resumed").count() == 1, "told once"


def test_a_secret_whose_key_is_lost_stops_it_with_a_word(
    receiver: Receiver, target: SiemTarget
) -> None:
    with connection.cursor() as sql:
        sql.execute("UPDATE compliance_siemtarget SET secret = 'nonsense'")

    settle()
    assert sending.due(now=NOW) == [target.pk]
    assert send(target) == 0
    row = SiemTarget.objects.values("last_error", "claimed_until").get()
    assert row == {"last_error": "no_key", "claimed_until": None}


def test_an_inside_address_needs_its_network_named(
    receiver: Receiver, target: SiemTarget, settings: Settings
) -> None:
    settings.EVENTS_ALLOW_PRIVATE = False
    assert send(target) == 0
    assert SiemTarget.objects.values_list("last_error", flat=True).get() == (
        "private_address"
    )
    settings.SIEM_NETWORKS = (ip_network("127.0.0.0/8"),)
    assert send(target, after=MINUTES) == 1


def test_how_far_it_is_behind(receiver: Receiver, target: SiemTarget) -> None:
    first = AuditEntry.objects.order_by("xid", "id").first()
    write(times=2)

    found = cursor.lag(target)
    assert first
    assert (found.waiting, found.since) == (3, first.timestamp)
    assert found.seconds(first.timestamp + MINUTES) == MINUTES.total_seconds()
    send(target)
    target.refresh_from_db()
    assert cursor.lag(target) == cursor.Lag(0, None)
    assert cursor.lags() == {target.name: cursor.Lag(0, None)}
