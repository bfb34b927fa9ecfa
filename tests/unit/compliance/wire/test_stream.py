"""Bytes over TLS: sent only when the peer has read them to their end."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import SHUT_RDWR, create_server, socket
from threading import Thread

import pytest
from pytest_django.fixtures import Settings

from compliance.wire.post import NotTaken
from compliance.wire.stream import deliver
from compliance.wire.trust import Trust
from portal.embedded.ports import free_port
from tests.syslog_server import SyslogServer

Start = Callable[..., SyslogServer]


@pytest.fixture(autouse=True)
def _this_machine_is_permitted(settings: Settings) -> None:
    settings.EVENTS_ALLOW_PRIVATE = True


@contextmanager
def peer(files: SyslogServer, act: Callable[[ssl.SSLSocket], None]) -> Iterator[str]:
    """Somebody with a good certificate who does this with one connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.folder / "server.crt", files.folder / "server.key")
    listening = create_server(("127.0.0.1", 0))

    def serve() -> None:
        plain, _address = listening.accept()
        with context.wrap_socket(plain, server_side=True) as tls:
            act(tls)

    thread = Thread(target=serve)
    thread.start()
    yield f"tls://localhost:{listening.getsockname()[1]}"
    thread.join()
    listening.close()


def read_all(tls: ssl.SSLSocket) -> bytes:
    """To the end that the sender marks."""
    parts = []
    while part := tls.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_what_was_read_to_the_end_is_taken(rsyslog: Start) -> None:
    files = rsyslog()
    got = []
    with peer(files, lambda tls: got.append(read_all(tls))) as url:
        deliver(url, data=b"x" * 300_000, trust=Trust(ca=files.pem("ca.crt")))

    assert got == [b"x" * 300_000]


def test_one_that_hangs_up_at_once_has_taken_nothing(rsyslog: Start) -> None:
    files = rsyslog()

    def hang_up(tls: ssl.SSLSocket) -> None:
        socket.shutdown(tls, SHUT_RDWR)

    with peer(files, hang_up) as url, pytest.raises(NotTaken):
        deliver(url, data=b"x" * 300_000, trust=Trust(ca=files.pem("ca.crt")))


def test_one_that_reads_a_part_and_dies_has_not_taken_it(rsyslog: Start) -> None:
    files = rsyslog()
    with (
        peer(files, lambda tls: tls.close() if tls.recv(10) else None) as url,
        pytest.raises(NotTaken),
    ):
        deliver(url, data=b"x" * 300_000, trust=Trust(ca=files.pem("ca.crt")))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://localhost/", "not_tls"),
        ("tls://no.such.host.invalid:6514", "unknown_host"),
    ],
)
def test_addresses_that_are_none(url: str, code: str) -> None:
    with pytest.raises(NotTaken) as failure:
        deliver(url, data=b"x", trust=Trust())
    assert failure.value.code == code


def test_nobody_there_and_no_certificate() -> None:
    url = f"tls://localhost:{free_port()}"
    with pytest.raises(NotTaken) as failure:
        deliver(url, data=b"x", trust=Trust())
    assert failure.value.code == "unreachable"
    with pytest.raises(NotTaken) as failure:
        deliver(url, data=b"x", trust=Trust(ca="none"))
    assert failure.value.code == "bad_certificate"
