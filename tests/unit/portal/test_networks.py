"""Networks of the environment, read strictly."""

from ipaddress import ip_network

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import networks


def test_networks_are_read_in_their_order() -> None:
    assert networks.read(["10.1.2.0/24", "fd00:1::/64"]) == (
        ip_network("10.1.2.0/24"),
        ip_network("fd00:1::/64"),
    )
    assert networks.read([]) == ()


def test_what_is_no_network_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"10\.1\.2\.1/24"):
        networks.read(["10.1.2.1/24"])
