"""Sends one message by POST: short time-outs, no redirects, the answer unread."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from compliance.wire import reach
from compliance.wire.trust import OPEN, BadCertificate, Trust

TIMEOUT = urllib3.Timeout(connect=5, read=5)
MOST_ADDRESSES = 3
MULTIPLE_CHOICES = 300
OK = 200
BUSY = {429, 503}
"""With these a receiver may say when it wants to be asked again (RFC 9110, 10.2.3)."""
AT_ONCE = timedelta()


class NotTaken(Exception):
    """The receiver has not said that it has the message; `code` says what happened.

    after: how long it asked to be left alone.
    """

    def __init__(self, code: str, *, after: timedelta = AT_ONCE) -> None:
        super().__init__(code)
        self.code = code
        self.after = after


def post(url: str, *, body: bytes, headers: dict[str, str], trust: Trust = OPEN) -> str:
    """POST the body; returns the status once the receiver answered 2xx.

    Raises NotTaken: nobody there, a private address, no answer in five seconds, TLS
    that cannot be trusted, or any other status. A redirect is not followed.
    """
    try:
        found = reach.target(url)
        known = reach.addresses(found, networks=trust.networks)
    except reach.OutOfReach as refused:
        raise NotTaken(refused.code) from refused
    except OSError as error:
        raise NotTaken("unknown_host") from error
    for address in known[:MOST_ADDRESSES]:
        try:
            return _post_to(address, found, body, headers, trust)
        except NewConnectionError:
            continue  # the name has other addresses
        except HTTPError as error:
            raise NotTaken(_code(error)) from error
        except BadCertificate as error:
            raise NotTaken("bad_certificate") from error
    raise NotTaken("unreachable")


def _post_to(
    address: str,
    found: reach.Target,
    body: bytes,
    headers: dict[str, str],
    trust: Trust,
) -> str:
    with _pool(address, found, trust) as pool:
        answer = pool.urlopen(
            "POST",
            found.path,
            body=body,
            headers={
                "Host": found.authority,
                "Content-Type": "application/json",
                "User-Agent": "Earwitness",
                **headers,
            },
            retries=False,
            redirect=False,
            preload_content=False,
        )
        answer.close()
    if OK <= answer.status < MULTIPLE_CHOICES:
        return str(answer.status)
    wish = answer.headers.get("Retry-After", "") if answer.status in BUSY else ""
    raise NotTaken(str(answer.status), after=_wished(wish))


def _wished(wish: str) -> timedelta:
    """What a Retry-After says: seconds, or a date; nothing for what is neither."""
    try:
        if wish.isdecimal():
            return timedelta(seconds=int(wish))
        left = parsedate_to_datetime(wish) - datetime.now(UTC)
    except (OverflowError, TypeError, ValueError):
        return AT_ONCE
    return max(left, AT_ONCE)


def _pool(
    address: str, found: reach.Target, trust: Trust
) -> urllib3.HTTPConnectionPool:
    """A connection to the address that was judged; TLS asks for the name."""
    if not found.is_tls:
        return urllib3.HTTPConnectionPool(address, found.port, timeout=TIMEOUT)
    return urllib3.HTTPSConnectionPool(
        address,
        found.port,
        timeout=TIMEOUT,
        ssl_context=trust.context(),
        server_hostname=found.host,
        assert_hostname=found.host,
    )


def _code(error: HTTPError) -> str:
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return "timeout"
    return "tls" if isinstance(error, SSLError) else "broken_off"
