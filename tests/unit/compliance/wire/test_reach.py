"""Where events may be sent: out into the world, and nowhere behind the firewall."""

import socket
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from compliance.wire import reach

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # what clouds tell their machines
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:10.1.2.3",
    "64:ff9b::10.1.2.3",
    "2002:0a01:0203::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_inside_address_is_none_to_send_to(address: str) -> None:
    assert not reach.is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"]
)
def test_an_outside_address_is(address: str) -> None:
    assert reach.is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://subscriber.example/", "not_https"),
        ("ftp://subscriber.example/", "not_https"),
        ("file:///etc/passwd", "bad_address"),
        ("https:///events", "bad_address"),
        ("https://user:word@subscriber.example/", "bad_address"),
        ("https://subscriber.example/#there", "bad_address"),
        ("https://subscriber.example:port/", "bad_address"),
        ("https://[::1/", "bad_address"),
        ("nonsense", "bad_address"),
    ],
)
def test_what_is_no_address_for_events(url: str, code: str) -> None:
    with pytest.raises(reach.OutOfReach) as refused:
        reach.target(url)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://Subscriber.example", "subscriber.example", "/"),
        ("https://subscriber.example:8443/e?k=1", "subscriber.example:8443", "/e?k=1"),
        ("http://127.0.0.1:9000/e", "127.0.0.1:9000", "/e"),
        ("http://localhost/e", "localhost", "/e"),
        ("http://[::1]:9000/e", "[::1]:9000", "/e"),
    ],
)
def test_an_address_is_taken_apart(url: str, authority: str, path: str) -> None:
    found = reach.target(url)
    assert (found.authority, found.path) == (authority, path)


def resolving(monkeypatch: pytest.MonkeyPatch, *known: str) -> None:
    """Let every name have these addresses."""

    def found(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in known]

    monkeypatch.setattr(socket, "getaddrinfo", found)


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "10.1.2.3", "127.0.0.1")
    with pytest.raises(reach.OutOfReach) as refused:
        reach.addresses(reach.target("https://subscriber.example/"))
    assert refused.value.code == "private_address"


def test_of_a_name_that_leads_both_ways_only_the_way_out_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "10.1.2.3", "93.184.216.34")
    found = reach.addresses(reach.target("https://subscriber.example/"))
    assert found == ["93.184.216.34"]


def test_an_installation_may_permit_the_inside(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.EVENTS_ALLOW_PRIVATE = True
    resolving(monkeypatch, "10.1.2.3")
    found = reach.addresses(reach.target("https://subscriber.example/"))
    assert found == ["10.1.2.3"]
