"""Calls as lines of a CSV file, a page at a time: memory stays flat however many.

What a line shows is what a list shows, less the names: numbers are masked, agents told
by kind. Callers choose some of the words, so cells that look like formulas are made
harmless.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import keyset
from compliance.cells import safe
from compliance.keyset import Order
from recordings import kept
from recordings.models import Call, CallLabel, Party, Recording

PAGE = 1_000
MS = 1000


def header() -> list[str]:
    """The names of the columns."""
    return [safe(str(name)) for name, _read in _COLUMNS]


def pages(calls: QuerySet[Call], *, order: Order) -> Iterator[list[Call]]:
    """These calls in this order, PAGE at a time, with what `line` reads.

    Pages go by position, so calls that come or go meanwhile neither repeat a line nor
    drop another.
    """
    rows = _fetched(calls)
    cursor = ""
    while True:
        page = keyset.page(rows, order=order, cursor=cursor, size=PAGE)
        yield page.rows
        cursor = page.next
        if not cursor:
            return


def line(call: Call) -> list[str]:
    """One call; reads only what `pages` fetched."""
    return [safe(read(call)) for _name, read in _COLUMNS]


def _fetched(calls: QuerySet[Call]) -> QuerySet[Call]:
    """With what a line shows, in a fixed number of queries a page; no names."""
    parties = Party.objects.select_related("number").only(
        "call_id", "role", "number", "number__e164", "number__country"
    )
    held = calls.annotate(is_held=kept.call(timezone.now()))
    return held.select_related("team").prefetch_related(
        Prefetch("parties", queryset=parties.order_by("joined_at", "id")),
        Prefetch("recordings", queryset=Recording.objects.only("call_id", "state")),
        Prefetch("labels", queryset=CallLabel.objects.order_by("key")),
    )


def _stamp(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if moment else ""


def _caller(call: Call) -> Party | None:
    return next((p for p in call.parties.all() if p.role == Party.Role.CALLER), None)


def _number(call: Call) -> str:
    caller = _caller(call)
    return caller.number.masked if caller and caller.number else _("withheld")


def _country(call: Call) -> str:
    caller = _caller(call)
    return caller.number.country if caller and caller.number else ""


def _agents(call: Call) -> str:
    kinds = {
        p.get_role_display()
        for p in call.parties.all()
        if p.role in (Party.Role.AGENT, Party.Role.STAFF)
    }
    return ", ".join(sorted(kinds))


def _seconds(call: Call) -> str:
    return "" if call.is_live else str(round(call.duration_ms / MS))


def _capture(call: Call) -> str:
    """As the list says it; quarantine is a matter of the parts."""
    states = {part.state for part in call.recordings.all()}
    for apart in (Recording.State.SEALED, Recording.State.QUARANTINED):
        if apart in states:
            return str(apart.label)
    return call.get_capture_display()


def _labels(call: Call) -> str:
    return "; ".join(f"{one.key}={one.value}" for one in call.labels.all())


def _ground(call: Call) -> str:
    """No more than that: which hold it is, no list tells."""
    return _("yes") if getattr(call, "is_held", False) else ""


_COLUMNS: tuple[tuple[Promise, Callable[[Call], str]], ...] = (
    (gettext_lazy("Call"), lambda call: str(call.id)),
    (gettext_lazy("When (UTC)"), lambda call: _stamp(call.started_at)),
    (gettext_lazy("Team"), lambda call: call.team.name),
    (gettext_lazy("Direction"), lambda call: call.get_direction_display()),
    (gettext_lazy("Caller"), _number),
    (gettext_lazy("Country"), _country),
    (gettext_lazy("Agent"), _agents),
    (gettext_lazy("Length (s)"), _seconds),
    (gettext_lazy("Recording"), _capture),
    (gettext_lazy("Consent"), lambda call: call.get_consent_display()),
    (gettext_lazy("Goes (UTC)"), lambda call: _stamp(call.expires_at)),
    (gettext_lazy("Kept on a legal ground"), _ground),
    (gettext_lazy("Labels"), _labels),
)
