"""Reads, already scoped to the person asking."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Max, Min, Prefetch, Q, QuerySet, Sum, When
from django.db.models.functions import TruncHour

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.custody import Scope
from compliance.keys import keyring
from compliance.keyset import Order
from compliance.models import Person, PhoneNumber
from compliance.models.phone_number import LAST_FOUR, name_form, normalise
from recordings import kept, restricted
from recordings.models import Alert, Call, Export, Listen, Party, Recording, SavedSearch

ORDERS = {
    "-started": Order("started_at"),
    "started": Order("started_at", descending=False),
    "-length": Order("duration_ms"),
    "length": Order("duration_ms", descending=False),
    "goes": Order("expires_at", descending=False, filled=True),
}
"""The sorts of the calls list, each backed by an index."""
COUNT_UP_TO = 100
NEARLY_MS = 2_000
"""Whoever stopped this close to the end has heard it."""
GRAVITY = Case(
    When(kind__in=Alert.CRITICAL, then=0),
    When(kind__in=Alert.URGENT, then=1),
    default=2,
)
"""How an open alert ranks by its severity."""


def calls(person: Person) -> QuerySet[Call]:
    """The calls this person may see."""
    scope = policy.scope_for(person, Verb.VIEW)
    rows = scope.narrow(Call.objects.all(), staff="staff")
    return restricted.calls_for(person, rows)


def known_calls(person: Person) -> QuerySet[Call]:
    """All but the restricted ones that there are not for this person. Whether he may do
    something to one of them, `guards.load_or_404` asks."""
    return restricted.calls_for(person, Call.objects.all())


def known_parts(person: Person) -> QuerySet[Recording]:
    """The same for recordings, each with its call and team."""
    rows = Recording.objects.select_related("call__team")
    return restricted.of_calls_for(person, rows)


def for_list(rows: QuerySet[Call]) -> QuerySet[Call]:
    """Fetch with the calls what a list shows of them, in a fixed number of queries."""
    return rows.select_related("team", "trunk").prefetch_related(
        Prefetch(
            "parties",
            queryset=Party.objects.select_related("number")
            .defer("identity")
            .order_by("joined_at"),
        ),
        Prefetch(
            "recordings",
            queryset=kept.parts()
            .annotate(is_restricted=restricted.part())
            .order_by("part"),
        ),
    )


def for_page(rows: QuerySet[Call]) -> QuerySet[Call]:
    """Fetch with a call what its own page shows."""
    return (
        for_list(rows)
        .select_related("room", "do_not_record")
        .prefetch_related(
            "labels",
            "consents__party",
            "consents__standing",
            "verdicts",
            "recordings__waveform",
        )
    )


def live_calls(person: Person) -> QuerySet[Call]:
    """Calls in progress of the teams whose calls or alerts one sees, the newest first."""
    scope = policy.scope_for(person, Verb.VIEW) | policy.scope_for(
        person, Verb.SEE_ALERTS
    )
    rows = scope.narrow(Call.objects.filter(ended_at=None), staff="staff")
    rows = restricted.calls_for(person, rows)
    return for_list(rows).prefetch_related("pauses").order_by("-started_at", "-id")


def matching(
    rows: QuerySet[Call], search: SavedSearch | Export | Scope
) -> QuerySet[Call]:
    """Narrow calls by the number or name that a search, an export or a hold holds."""
    terms: Mapping[str, Any] = json.loads(search.filters)
    if terms.get("number"):
        rows = rows.filter(parties__number__in=_numbers(str(terms["number"])))
    if terms.get("name"):
        form = name_form(str(terms["name"]))
        rows = rows.filter(
            parties__name_lookup__in=keyring("number_lookup").digests(form)
        )
    return rows.distinct()


def _numbers(term: str) -> QuerySet[PhoneNumber]:
    """A whole number, or its last four digits."""
    digits = "".join(c for c in term if c.isdigit())
    if len(digits) == LAST_FOUR:
        hashes = keyring("last_four_lookup").digests(digits)
        return PhoneNumber.objects.filter(last_four_lookup__in=hashes)
    e164, _country = normalise(term)
    return PhoneNumber.objects.filter(lookup__in=keyring("number_lookup").digests(e164))


def searches(person: Person) -> QuerySet[SavedSearch]:
    """A person's own named searches, and those others share."""
    return SavedSearch.objects.filter(Q(owner=person) | Q(is_shared=True)).exclude(
        name=""
    )


def agents(person: Person, *, since: datetime, only: str = "") -> list[tuple[str, str]]:
    """(keyed hash, name) of the agents on recent calls this person may see.

    only: the keyed hash of the one that is asked about.
    """
    parties = Party.objects.filter(
        call__in=calls(person).filter(started_at__gte=since),
        role__in=(Party.Role.AGENT, Party.Role.STAFF),
    )
    named = (
        parties.filter(name_lookup=only) if only else parties.exclude(name_lookup="")
    )
    newest = named.order_by("name_lookup", "-joined_at").distinct("name_lookup")
    found = newest.values_list("name_lookup", "name")
    return sorted(found, key=lambda pair: pair[1].casefold())


def listens(recording_ids: list[UUID]) -> QuerySet[Listen]:
    """Who was served these recordings, newest first."""
    return (
        Listen.objects.filter(recording__in=recording_ids)
        .select_related("listener", "recording")
        .order_by("-opened_at")
    )


def all_alerts(person: Person) -> QuerySet[Alert]:
    """Open and closed alerts of this person's teams, and, for operators, of none."""
    scope = policy.scope_for(person, Verb.SEE_ALERTS)
    if scope.everything:
        return Alert.objects.all()
    mine = Q(team__in=scope.team_ids)
    if policy.allows(person, Verb.OPERATE):
        mine |= Q(team=None)
    return Alert.objects.filter(mine)


def alerts(person: Person) -> QuerySet[Alert]:
    """What waits for somebody, the urgent first, then the oldest."""
    rows = all_alerts(person).filter(closed_at=None)
    rows = rows.annotate(is_restricted=restricted.call(ref="call_id"))
    return rows.select_related("team", "call", "recording", "assigned_to").order_by(
        GRAVITY, "opened_at", "id"
    )


def alert_groups(rows: QuerySet[Alert]) -> list[dict[str, Any]]:
    """Open alerts by kind and team, the gravest first, then the oldest."""
    groups = rows.order_by().values("kind", "team", "team__name")
    return as_rows(
        groups.annotate(
            gravity=GRAVITY,
            count=Count("id"),
            unseen=Count("id", filter=Q(acknowledged_at=None)),
            since=Min("opened_at"),
            newest=Max("opened_at"),
        ).order_by("gravity", "since", "kind")
    )


def alerts_waiting(person: Person) -> int:
    """How many alerts are open, counted no further than a badge shows."""
    rows = all_alerts(person).filter(closed_at=None).order_by()
    return rows[:COUNT_UP_TO].count()


def alerts_by_kind(person: Person) -> dict[str, int]:
    """How many open alerts there are of each kind that has any."""
    rows = all_alerts(person).filter(closed_at=None).order_by()
    return dict(rows.values_list("kind").annotate(Count("id")))


def closed_alerts(person: Person, *, since: datetime) -> QuerySet[Alert]:
    """What was closed since then, by whom; unordered."""
    rows = all_alerts(person).filter(closed_at__gte=since)
    rows = rows.annotate(is_restricted=restricted.call(ref="call_id"))
    return rows.select_related("team", "call", "recording", "closed_by")


def captures_by_hour(
    person: Person, *, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """What became of the calls of each hour: rows of hour, capture and their number."""
    rows = calls(person).filter(started_at__gte=since, started_at__lt=until)
    return as_rows(
        rows.annotate(hour=TruncHour("started_at"))
        .values("hour", "capture")
        .annotate(calls=Count("id"))
        .order_by("hour", "capture")
    )


def missed_by_team(
    person: Person, *, since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """What each team had to record and what it missed of that, in ms, the worst first.

    Rows of team, name, calls, recorded and missed; calls that were not to be recorded
    count for nothing.
    """
    rows = calls(person).filter(started_at__gte=since, started_at__lt=until)
    return as_rows(
        rows.filter(Q(recorded_ms__gt=0) | Q(missed_ms__gt=0))
        .values("team", name=F("team__name"))
        .annotate(
            calls=Count("id"), recorded=Sum("recorded_ms"), missed=Sum("missed_ms")
        )
        .order_by("-missed", "name")
    )


def undated(person: Person, *, limit: int) -> Counter[tuple[UUID, str]]:
    """(team's id, its name) of the recordings that no policy will ever delete, counted
    for who may write policies, up to `limit` together."""
    kept = Recording.objects.filter(
        state__in=(*Recording.HEARABLE, *Recording.SHUT), expires_at=None
    )
    mine = policy.scope_for(person, Verb.EDIT_POLICY).narrow(kept, "call__team_id")
    teams = mine.order_by().values_list("call__team_id", "call__team__name")
    return Counter(teams[:limit])


def as_rows(values: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Plain dictionaries, read in one query."""
    return [dict(row) for row in values]


def unassigned(person: Person) -> list[dict[str, Any]]:
    """Trunks nobody owns, with the number of calls that came over them."""
    if not policy.allows(person, Verb.OPERATE):
        return []
    rows = Call.objects.filter(team__is_unassigned=True)
    return as_rows(
        rows.values("trunk_livekit_id")
        .annotate(calls=Count("id"), newest=Max("started_at"))
        .order_by("-newest")
    )


def has_listened(person: Person) -> bool:
    """Whether this person was ever served a recording to hear."""
    return Listen.objects.filter(listener=person).exists()


def left_off(person: Person, *, limit: int = 5) -> list[Listen]:
    """Recordings this person began to hear and did not finish, newest first."""
    newest = (
        Listen.objects.filter(
            listener=person,
            recording__state__in=Recording.HEARABLE,
            recording__call__in=calls(person),
        )
        .order_by("recording", "-opened_at")
        .distinct("recording")
    )
    return list(
        Listen.objects.filter(
            id__in=newest.values("id"),
            position_ms__gt=0,
            position_ms__lt=F("recording__duration_ms") - NEARLY_MS,
        )
        .select_related("recording__call__team")
        .order_by("-opened_at")[:limit]
    )
