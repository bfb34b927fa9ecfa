"""The log arrives at a real rsyslog over TLS, and is not believed to where it did not."""

import json
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from compliance.audit.forward import sending
from compliance.models import SiemTarget
from compliance.wire import stream
from portal.embedded.ports import free_port
from tests.factories.compliance import SiemTargetFactory
from tests.syslog_server import SyslogServer, run_rsyslog
from tests.unit.compliance.audit.forward.log_lines import everything, settle, write
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
Start = Callable[..., SyslogServer]


@pytest.fixture(autouse=True)
def _this_machine_is_permitted(settings: Settings) -> None:
    settings.EVENTS_ALLOW_PRIVATE = True


def target_at(server: SyslogServer, **more: str) -> SiemTarget:
    """A receiver of the kind syslog, which is trusted by its own authority."""
    fields = {"url": server.url, "ca": server.pem("ca.crt"), "secret": "", **more}
    with transaction.atomic():
        return SiemTargetFactory.create(kind=SiemTarget.Kind.SYSLOG, **fields)


def send(target: SiemTarget, *, after: timedelta = timedelta()) -> tuple[int, str]:
    """Let a worker come by: how many were sent, and the error."""
    settle()
    sent = sending.send(target_id=target.pk, now=NOW + after)
    target.refresh_from_db()
    return sent, target.last_error


def ids(server: SyslogServer) -> list[str]:
    """The entries that came, in their order."""
    told = [json.loads(line["msg"].removeprefix("\ufeff")) for line in server.got]
    return [one["metadata"]["uid"] for one in told]


def test_entries_arrive_in_order_as_rfc_5424_says(rsyslog: Start) -> None:
    server = rsyslog()
    target = target_at(server)
    write(times=30)

    assert send(target) == (31, "")
    until(lambda: len(server.got) == 31)
    assert ids(server) == everything()
    line = server.got[-1]
    assert (line["app"], line["msgid"], line["pri"]) == (
        "earwitness",
        "maintenance.begun",
        str(13 * 8 + 5),
    )
    assert line["time"].endswith("Z")
    assert line["msg"].startswith("\ufeff{")


def test_a_server_nobody_vouches_for_gets_nothing(rsyslog: Start) -> None:
    server = rsyslog()
    target = target_at(server, ca="")

    assert send(target) == (0, "tls")
    assert server.got == []


def test_a_refusal_that_shows_late_is_seen(rsyslog: Start) -> None:
    """Under TLS 1.3 a client without its certificate could send and never know."""
    server = rsyslog(mtls=True)
    target = target_at(server)

    sent, error = send(target)
    assert sent == 0
    assert error in {"tls", "broken_off"}
    assert server.got == []
    SiemTarget.objects.update(
        certificate=server.pem("portal.crt"), secret=server.pem("portal.key")
    )
    target.refresh_from_db()
    assert send(target, after=timedelta(minutes=2)) == (1, "")
    until(lambda: ids(server) == everything())


def test_after_an_outage_the_rest_follows(syslog_folder: Path) -> None:
    (syslog_folder / "out.jsonl").unlink(missing_ok=True)
    port = free_port()
    with run_rsyslog(syslog_folder, port=port) as server:
        target = target_at(server)
        assert send(target) == (1, "")
        until(lambda: server.got)
    write(times=2)
    assert send(target) == (0, "unreachable")
    with run_rsyslog(syslog_folder, port=port) as server:
        assert send(target, after=timedelta(days=2)) == (2, "")
        until(lambda: ids(server) == everything())


def test_one_that_takes_the_connection_and_says_nothing_is_not_waited_for(
    rsyslog: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SECONDS", 0.2)
    server = rsyslog()
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        target = target_at(server, url=f"tls://localhost:{mute.getsockname()[1]}")

        assert send(target) == (0, "timeout")
