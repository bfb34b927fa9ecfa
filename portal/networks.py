"""Reads lists of IP networks from the environment."""

import ipaddress
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read(told: Iterable[str]) -> tuple[Network, ...]:
    """The networks of one variable. Raises ImproperlyConfigured for what is none."""
    try:
        return tuple(map(ipaddress.ip_network, told))
    except ValueError as error:
        raise ImproperlyConfigured(f"A network: {error}.") from error
