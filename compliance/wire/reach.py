"""Which addresses may be sent to: outside ones, so that nobody uses the portal to knock
at doors behind its firewall, and those inside that whoever runs it named.

The name is resolved here and the connection made to the address that was judged: a
name that changes its mind in between gains nothing.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from compliance.wire.trust import Network

HTTPS, TLS = "https", "tls"
HTTPS_PORT, HTTP_PORT = 443, 80
_PORTS = {HTTPS: HTTPS_PORT, TLS: 6514, "http": HTTP_PORT}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPv4_BITS = 0xFFFFFFFF

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutOfReach(Exception):
    """Nothing is sent there; `code` says why, the text says it to a person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Target:
    """An address to send to, taken apart."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header names them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.is_tls else HTTP_PORT
        return host if self.port == usual else f"{host}:{self.port}"


def target(url: str, *, scheme: str = HTTPS) -> Target:
    """Read an address. Raises OutOfReach unless it has this scheme: https, or tls for a
    plain stream. In place of https, http may stand for this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise OutOfReach("bad_address", _("This is not an address.")) from None
    host = parts.hostname or ""
    if not host or parts.username is not None or parts.fragment:
        raise OutOfReach("bad_address", _("Give a plain address: https://host/path."))
    _require_tls(parts, host, scheme)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == scheme, host, port or _PORTS[parts.scheme], path)


def _require_tls(parts: SplitResult, host: str, scheme: str) -> None:
    if parts.scheme == scheme:
        return
    if scheme == TLS:
        raise OutOfReach("not_tls", _("Write tls://host:6514."))
    if parts.scheme != "http" or not _is_loopback(host):
        raise OutOfReach("not_https", _("Events are sent over https only."))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def addresses(found: Target, *, networks: Sequence[Network] = ()) -> list[str]:
    """The IP addresses behind the name that may be sent to: public ones, and those in
    these networks.

    Raises OutOfReach when there are none, OSError when the name is not known.
    """
    rows = socket.getaddrinfo(found.host, found.port, type=socket.SOCK_STREAM)
    known = list(dict.fromkeys(str(row[4][0]) for row in rows))
    if settings.EVENTS_ALLOW_PRIVATE:
        return known
    permitted = [one for one in known if is_public(one) or _is_in(one, networks)]
    if not permitted:
        text = _("The address lies in a private network.")
        raise OutOfReach("private_address", text)
    return permitted


def _is_in(address: str, networks: Sequence[Network]) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    return any(ip in network for network in networks)


def is_public(address: str) -> bool:
    """Whether an IP address is reachable by everybody, also one inside another."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in (ip, *_inside(ip)))


def _inside(ip: Address) -> list[Address]:
    """The IPv4 address that a gateway would make of an IPv6 one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    carried: list[Address | None] = [ip.ipv4_mapped, ip.sixtofour]
    if ip.teredo:
        carried += ip.teredo
    if ip in _NAT64:
        carried.append(ipaddress.IPv4Address(int(ip) & _IPv4_BITS))
    return [one for one in carried if one is not None]
