"""The viewer's own zone and theme, which the browser tells by two cookies."""

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

THEMES = ("light", "dark")


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone times are shown in: the person's choice, else the browser's, else UTC."""
    person = getattr(request, "user", None)
    for name in (getattr(person, "time_zone", ""), request.COOKIES.get("zone")):
        zone = _zone(name or "")
        if zone is not None:
            return zone
    return zoneinfo.ZoneInfo("UTC")


def _zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that name; a cookie may hold anything at all."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def theme_of(request: HttpRequest) -> str:
    """'light' or 'dark' where somebody chose; '' leaves it to the system."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in THEMES else ""


class ViewerZone:
    """Renders each page in the viewer's zone. Stands after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request with that zone active."""
        with timezone.override(zone_of(request)):
            return self.get_response(request)
