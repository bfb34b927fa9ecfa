"""What every page's frame shows: the doors this person may open."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access import approving
from compliance.access.permissions import Verb
from compliance.access.policy import allows
from compliance.access.session_store import SessionStore
from compliance.models import Person
from portal.viewer import theme_of
from recordings import queries

ON_A_PHONE = 4
MOST_SHOWN = 99


@dataclass(frozen=True)
class Place:
    """A page of the rail; verb is what opens it, None means everybody signed in.

    waiting: how much there waits for this person.
    """

    name: Promise
    url_name: str
    verb: Verb | None = None
    waiting: Callable[[Person], int] | None = None


def _approvals_waiting(person: Person) -> int:
    return len(approving.waiting_for(person, now=timezone.now()))


PLACES = (
    Place(_("Home"), "home"),
    Place(_("Calls"), "calls", Verb.VIEW),
    Place(_("Live"), "live", Verb.SEE_ALERTS),
    Place(_("Alerts"), "alerts", Verb.SEE_ALERTS, queries.alerts_waiting),
    Place(_("Emergencies"), "emergencies", Verb.EMERGENCY_LISTEN),
    Place(_("Consent"), "rules", Verb.VIEW),
    Place(_("Retention"), "policies", Verb.EDIT_POLICY),
    Place(_("Lists"), "lists", Verb.EDIT_LIST),
    Place(_("Holds"), "holds", Verb.VIEW_HOLD),
    Place(_("Productions"), "productions", Verb.PRODUCE),
    Place(_("Spills"), "spills", Verb.QUARANTINE),
    Place(_("Store"), "inventory", Verb.TAKE_INVENTORY),
    Place(_("Requests"), "requests", Verb.HANDLE_REQUEST),
    Place(_("Who listened"), "subjects", Verb.SEARCH_PERSON),
    Place(_("Approvals"), "approvals", Verb.APPROVE, _approvals_waiting),
    Place(_("Roles"), "roles", Verb.SEE_ROLES),
    Place(_("Audit"), "audit", Verb.READ_AUDIT),
    Place(_("SIEM"), "siem", Verb.FORWARD_AUDIT),
    Place(_("Keys"), "keys", Verb.MANAGE_KEYS),
    Place(_("Settings"), "admin:index", Verb.USE_ADMIN),
)


@dataclass(frozen=True)
class Door:
    """A link of the rail, ready to draw."""

    place: Place
    url: str
    here: bool
    person: Person | None

    @property
    def name(self) -> Promise:
        """What it is called."""
        return self.place.name

    @cached_property
    def waits(self) -> str:
        """How much waits behind it, asked for when it is drawn; '' for nothing."""
        if self.place.waiting is None or self.person is None:
            return ""
        count = self.place.waiting(self.person)
        if count > MOST_SHOWN:
            return f"{MOST_SHOWN}+"
        return str(count or "")


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: `frame` for templates/base.html."""
    doors = _doors(request)
    return {
        "frame": {
            "theme": theme_of(request),
            "session_left": _session_left(request),
            "is_demonstration": settings.DEBUG,
            "rail": doors,
            "tabs": doors[:ON_A_PHONE],
            "more": doors[ON_A_PHONE:],
            "search_url": _url("calls-search") if _may(request, Verb.VIEW) else "",
            "finds_people": _may(request, Verb.SEARCH_PERSON),
        }
    }


def _session_left(request: HttpRequest) -> int:
    """Seconds until the session is over if nothing happens; 0 where nobody signed in."""
    session = getattr(request, "session", None)
    if not isinstance(session, SessionStore) or not _may(request, None):
        return 0
    return session.seconds_left(now=timezone.now())


def _doors(request: HttpRequest) -> list[Door]:
    # the page of maintenance mode is drawn before anybody is known
    user = getattr(request, "user", None)
    person = user if isinstance(user, Person) else None
    doors = []
    for place in PLACES:
        url = _url(place.url_name)
        if url and _may(request, place.verb):
            here = _is_here(request.path, url)
            doors.append(Door(place, url, here=here, person=person))
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
