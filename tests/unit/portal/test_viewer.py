"""The zone and theme a page is rendered in."""

import pytest
from django.test import RequestFactory

from compliance.models import Person
from portal.viewer import theme_of, zone_of


@pytest.mark.parametrize(
    ("chosen", "cookie", "zone"),
    [
        ("", "", "UTC"),
        ("", "Europe/Berlin", "Europe/Berlin"),
        ("America/New_York", "Europe/Berlin", "America/New_York"),
        ("", "../../etc/passwd", "UTC"),
        ("", "Europe", "UTC"),
        ("", "Nowhere/Land", "UTC"),
        ("", "a\0b", "UTC"),
    ],
)
def test_the_persons_choice_then_the_browser_then_utc(
    rf: RequestFactory, chosen: str, cookie: str, zone: str
) -> None:
    request = rf.get("/")
    request.user = Person(time_zone=chosen)
    request.COOKIES["zone"] = cookie
    assert zone_of(request).key == zone


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("", ""), ("x'", "")]
)
def test_only_known_themes(rf: RequestFactory, cookie: str, theme: str) -> None:
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    assert theme_of(request) == theme
