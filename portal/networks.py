"""Reads lists of IP networks from the environment."""

import ipaddress

import environ
from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read(env: environ.Env, name: str) -> tuple[Network, ...]:
    """The networks of one variable. Raises ImproperlyConfigured for what is none."""
    try:
        return tuple(map(ipaddress.ip_network, env.list(name, default=[])))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error
