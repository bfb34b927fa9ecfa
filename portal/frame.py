"""What every page's frame shows: the doors this person may open."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access.permissions import Verb
from compliance.access.policy import allows
from portal.viewer import theme_of

ON_A_PHONE = 4


@dataclass(frozen=True)
class Place:
    """A page of the rail; verb is what opens it, None means everybody signed in."""

    name: Promise
    url_name: str
    verb: Verb | None = None


PLACES = (
    Place(_("Home"), "home"),
    Place(_("Calls"), "calls", Verb.VIEW),
    Place(_("Consent"), "rules", Verb.VIEW),
    Place(_("Audit"), "audit", Verb.READ_AUDIT),
    Place(_("Settings"), "admin:index", Verb.USE_ADMIN),
)


@dataclass(frozen=True)
class Door:
    """A link of the rail, ready to draw."""

    name: Promise
    url: str
    here: bool


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame` for templates/base.html."""
    doors = _doors(request)
    return {
        "frame": {
            "theme": theme_of(request),
            "is_demonstration": settings.DEBUG,
            "rail": doors,
            "tabs": doors[:ON_A_PHONE],
            "more": doors[ON_A_PHONE:],
            "search_url": _url("calls-search") if _may(request, Verb.VIEW) else "",
            "finds_people": _may(request, Verb.SEARCH_PERSON),
        }
    }


def _doors(request: HttpRequest) -> list[Door]:
    doors = []
    for place in PLACES:
        url = _url(place.url_name)
        if url and _may(request, place.verb):
            doors.append(Door(place.name, url, here=_is_here(request.path, url)))
    return doors


def _may(request: HttpRequest, verb: Verb | None) -> bool:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return False
    return verb is None or allows(person, verb)


def _is_here(path: str, url: str) -> bool:
    """A page belongs to the place whose address it starts with; home to itself."""
    return path == url or (url != "/" and path.startswith(url))


def _url(name: str) -> str:
    """The address of a page, or '' where this process does not serve it (SURFACES)."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
