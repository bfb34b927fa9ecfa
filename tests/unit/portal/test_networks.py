"""Networks of the environment, read strictly."""

from ipaddress import ip_network

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import networks


def test_networks_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWORKS", "10.1.2.0/24,fd00:1::/64")
    env = environ.Env()

    assert networks.read(env, "NETWORKS") == (
        ip_network("10.1.2.0/24"),
        ip_network("fd00:1::/64"),
    )
    assert networks.read(env, "NONE_OF_THEM") == ()


def test_what_is_no_network_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWORKS", "10.1.2.1/24")

    with pytest.raises(ImproperlyConfigured, match="NETWORKS"):
        networks.read(environ.Env(), "NETWORKS")
