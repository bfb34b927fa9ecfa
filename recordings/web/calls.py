"""The list of calls, and the search that leads into it."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Person, PhoneNumber
from recordings import queries, searching
from recordings.filters import CallFilter
from recordings.listed import ListedCall
from recordings.models import Call, SavedSearch
from recordings.web import chips, listing, words

PAGE_SIZE = 50
ACTS = (Verb.PLACE_HOLD, Verb.PRODUCE, Verb.PURGE)
"""What the menu of the list offers; a certificate besides, where it shows what is gone."""


@require_safe
@never_cache
@guarded(Verb.VIEW)
def calls(request: HttpRequest) -> HttpResponse:
    """The calls a person may see, filtered, sorted, fifty at a time."""
    shown = listing.read(request)
    page = shown.page(size=PAGE_SIZE)
    is_swap = "HX-Request" in request.headers
    context = {
        "listing": shown,
        "chips": chips.of(shown, is_swap=is_swap),
        "more": chips.more(shown),
        "mistakes": shown.mistakes,
        "rows": [Row(call) for call in page.rows],
        "count": shown.count(),
        "count_up_to": listing.COUNT_UP_TO,
        "older_url": _page_url(shown, page.next),
        "newer_url": _page_url(shown, page.previous),
        "list_query": shown.query(),
        "sorts": sorts(shown),
        "is_filtered": bool(shown.query(sort="")),
        "saved": _saved(shown),
        "hold_query": _query_for(shown, Verb.PLACE_HOLD),
        "produce_query": _query_for(shown, Verb.PRODUCE),
        "purge_query": _query_for(shown, Verb.PURGE),
        "certify_query": _certify_query(shown),
        "acts": any(_query_for(shown, verb) for verb in ACTS),
        "may_export": policy.allows(shown.person, Verb.EXPORT),
        "found_by": searching.described(shown.search) if shown.search else "",
    }
    response = render(request, "recordings/calls.html", context)
    if is_swap:
        # the address without the filters that are empty
        cursor = request.GET.get("cursor", "")
        response.headers["HX-Push-Url"] = _url(shown.query(cursor=cursor))
    return response


@dataclass(frozen=True)
class Row:
    """A call as the page draws it: worded, and unsealed, when it is drawn."""

    call: ListedCall

    @property
    def number(self) -> PhoneNumber | None:
        """Of the party at the other end, if it was told."""
        caller = words.caller(self.call)
        return caller.number if caller else None

    @property
    def agents(self) -> list[str]:
        """Who spoke for the team."""
        return words.agents(self.call)

    @cached_property
    def capture(self) -> words.Wording:
        """What became of the recording."""
        return words.capture(self.call)

    @property
    def verified(self) -> bool:
        """Whether every part was hashed and found in order."""
        return words.is_verified(self.call)

    @cached_property
    def consent(self) -> words.Wording:
        """Where consent stands."""
        return words.consent(self.call)


def sorts(shown: listing.Listing) -> dict[str, dict[str, str]]:
    """For each sortable column: the address that sorts by it, and how it stands now."""
    columns = {}
    for column, first, second in (
        ("started", "-started", "started"),
        ("length", "-length", "length"),
        ("goes", "goes", "goes"),
    ):
        wanted = second if shown.sort == first else first
        columns[column] = {
            "url": _url(shown.query(sort=wanted)),
            "now": _direction(shown.sort) if column in shown.sort else "",
        }
    return columns


@require_POST
@guarded(Verb.VIEW)
def search(request: HttpRequest) -> HttpResponse:
    """Go to what the words name: a call's id, a reference, a number or a name.

    Numbers and names become an opaque token, so that no address ever holds them.
    """
    person = person_of(request)
    text = request.POST.get("words", "").replace("\0", "").strip()[:200]
    if not text:
        return redirect("calls")
    found = _call_of_id(text, person)
    if found:
        return redirect("call", found.id)
    if _is_reference(text, person):
        return redirect(_url(urlencode({"reference": text, "when": "all"})))
    saved = searching.by_person(text, by=person, now=timezone.now())
    return redirect(_url(urlencode({"search": saved.id})))


def _call_of_id(text: str, person: Person) -> Call | None:
    try:
        key = UUID(text)
    except ValueError:
        return None
    return queries.calls(person).filter(id=key).first()


def _is_reference(text: str, person: Person) -> bool:
    """Whether a call carries it as a ticket or the like; a whole number never counts."""
    if searching.is_whole_number(text):
        return False
    rows = CallFilter({"reference": text}, queryset=queries.calls(person)).qs
    return bool(rows.exists())


def _saved(shown: listing.Listing) -> dict[str, list[SavedSearch]]:
    """The named searches, one's own and those of others."""
    found = queries.searches(shown.person)
    named = sorted(found, key=lambda search: search.name.casefold())
    mine = [search for search in named if search.owner_id == shown.person.id]
    return {"mine": mine, "shared": [one for one in named if one not in mine]}


def _query_for(shown: listing.Listing, verb: Verb) -> str:
    """The list as holds and purges take it, its period too; '' for who may not."""
    may = policy.allows(shown.person, verb)
    return shown.query(when=shown.period.choice) if may else ""


def _certify_query(shown: listing.Listing) -> str:
    """The list as a certificate takes it, where it shows what is gone; else ''."""
    gone = str(Call.Capture.GONE) in shown.params.getlist("capture")
    may = gone and policy.allows(shown.person, Verb.CERTIFY)
    return shown.query(when=shown.period.choice) if may else ""


def _page_url(shown: listing.Listing, cursor: str) -> str:
    return _url(shown.query(cursor=cursor)) if cursor else ""


def _url(query: str) -> str:
    return reverse("calls") + (f"?{query}" if query else "")


def _direction(sort: str) -> str:
    return "descending" if sort.startswith("-") else "ascending"
