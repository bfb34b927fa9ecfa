"""Sends bytes over TLS and waits until the peer has read to their end.

A plain stream has no receipt. What comes closest: we say that no more follows, and the
peer, who reads in order, closes. Whoever does not wait for that believes too much: under
TLS 1.3 a refused certificate shows only at the next read, and a peer that closes at once
lets the first bytes go without a word.
"""

import fcntl
import socket
import ssl
import struct
import time
from termios import TIOCOUTQ

from compliance.wire import reach
from compliance.wire.post import MOST_ADDRESSES, NotTaken
from compliance.wire.trust import BadCertificate, Trust

SECONDS = 5.0
_ENDED = {"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING"}
"""How it shows that a peer closed without TLS's own goodbye, as rsyslog does."""
_INT = struct.Struct("i")


def deliver(url: str, *, data: bytes, trust: Trust) -> None:
    """Send the bytes to `tls://host:port`; returns once the peer has read them all.

    Raises NotTaken: nobody there, a private address, a peer that takes longer than five
    seconds for a step, TLS that cannot be trusted either way, or one that hangs up.
    """
    found, known = _peers(url, trust)
    try:
        context = trust.context()
    except BadCertificate as error:
        raise NotTaken("bad_certificate") from error
    for address in known[:MOST_ADDRESSES]:
        try:
            plain = socket.create_connection((address, found.port), SECONDS)
        except OSError:
            continue  # the name has other addresses
        with plain:
            return _send(plain, context, found.host, data)
    raise NotTaken("unreachable")


def _peers(url: str, trust: Trust) -> tuple[reach.Target, list[str]]:
    try:
        found = reach.target(url, scheme=reach.TLS)
        return found, reach.addresses(found, networks=trust.networks)
    except reach.OutOfReach as refused:
        raise NotTaken(refused.code) from refused
    except OSError as error:
        raise NotTaken("unknown_host") from error


def _send(
    plain: socket.socket, context: ssl.SSLContext, host: str, data: bytes
) -> None:
    try:
        with context.wrap_socket(plain, server_hostname=host) as tls:
            tls.sendall(data)
            _wait_for_the_end(tls)
    except TimeoutError as error:
        raise NotTaken("timeout") from error
    except ssl.SSLError as error:
        raise NotTaken("tls") from error
    except OSError as error:
        raise NotTaken("broken_off") from error


def _wait_for_the_end(tls: ssl.SSLSocket) -> None:
    """Say that no more follows and read until the peer closes.

    Raises ssl.SSLError when what it says is a refusal, and OSError when it hung up with
    something of ours unread: that is then not acknowledged.
    """
    try:
        tls.unwrap()
    except ssl.SSLEOFError:
        pass
    except ssl.SSLError as error:
        if error.reason not in _ENDED:
            raise
    deadline = time.monotonic() + SECONDS
    while _unacknowledged(tls):
        if time.monotonic() > deadline:
            raise ConnectionResetError
        time.sleep(0.01)  # nothing tells of an acknowledgement


def _unacknowledged(tls: ssl.SSLSocket) -> int:
    """Bytes that the peer's machine has not acknowledged. Raises OSError if it never will."""
    code = tls.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise ConnectionResetError(code)
    waiting: int = _INT.unpack(fcntl.ioctl(tls.fileno(), TIOCOUTQ, _INT.pack(0)))[0]
    return waiting
