"""Lists of calls as files: asked for, taken by who asked, gone after a day.

A worker makes them in between (`exporting`). A file leaves the portal only to its
owner. Asking, making, taking and deleting are entries of the audit log.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from recordings import restricted, searching
from recordings.exporting import KIND
from recordings.filters import CallFilter
from recordings.models import Export, ExportedCall, Recording, SavedSearch

LIFE = timedelta(hours=24)
MOST_AT_ONCE = 3


TooMany, NotThere = packages.TooMany, packages.NotThere


def ask(*, query: str, within: SavedSearch | None, by: Person, now: datetime) -> Export:
    """Note that a list is wanted as a file; a worker makes it (`exporting.make`).

    query: filters and sort as in an address, with `since` and `until` as instants.
    within: the search for a person that they narrow; its words are kept sealed.
    Raises Refused and TooMany.
    """
    policy.require(by, Verb.EXPORT)
    terms = json.loads(within.filters) if within else {}
    if searching.looks_for_a_person(terms):
        policy.require(by, Verb.SEARCH_PERSON)
    key = uuid4()
    with transaction.atomic():
        packages.require_room(KIND, most=MOST_AT_ONCE, by=by)
        export = Export.objects.create(
            id=key,
            owner=by,
            filters=json.dumps({**terms, "query": query}),
            file_name=f"{key}.csv",
            asked_at=now,
            expires_at=now + LIFE,
        )
        facts = {"filters": _names(query, terms)}
        log.append(Action.EXPORT_ASKED, subject=export, actor=by, facts=facts)
    return export


def mine(person: Person) -> QuerySet[Export]:
    """A person's own files, newest first."""
    return packages.mine(KIND, person)


def take(*, export_id: UUID, by: Person, now: datetime) -> tuple[Export, "File[bytes]"]:
    """Open the file for its owner, once the entry stands.

    What was asked when it was made is asked again, of what is in it. Raises Refused;
    Hidden for somebody else's; NotThere.
    """
    policy.require(by, Verb.EXPORT)
    export = packages.owned(KIND, export_id, by, now=now)
    _require_reach(export, by)
    return export, packages.take(KIND, export, action=Action.EXPORT_TAKEN, by=by)


def sweep(*, now: datetime) -> int:
    """Delete for ever the files whose day is over, and blank what they were asked by.

    Returns how many went. A file that the store does not let go stays for the next run.
    """
    return packages.sweep(KIND, packages.over(KIND, now=now), filters="")


def _names(query: str, terms: dict[str, Any]) -> str:
    """Which filters are set, not to what: for the log."""
    named = {name for name in ("number", "name") if terms.get(name)}
    named |= QueryDict(query).keys() & CallFilter.base_filters.keys()
    return ",".join(sorted(named)) or "none"


def _require_reach(export: Export, by: Person) -> None:
    """Raise Refused where his roles no longer reach all that the file holds."""
    terms = json.loads(export.filters)
    if searching.looks_for_a_person(terms) and not policy.allows(
        by, Verb.SEARCH_PERSON
    ):
        raise _outgrown(
            export,
            _("This list is of one person, and you may no longer search for people."),
        )
    scopes = [policy.scope_for(by, verb) for verb in (Verb.VIEW, Verb.EXPORT)]
    if not all(scope.covers(team) for scope in scopes for team in export.team_ids):
        raise _outgrown(
            export, _("This file holds calls of teams that you no longer reach.")
        )
    if not all(scope.own.issuperset(export.staff) for scope in scopes):
        raise _outgrown(export, _("This file holds calls that are no longer your own."))
    now = Recording.objects.filter(restricted.part()).values("call")
    if ExportedCall.objects.filter(export=export, call__in=now).exists():
        reason = _("This file holds calls whose processing was restricted since.")
        raise _outgrown(export, reason)


def _outgrown(export: Export, reason: str) -> Refused:
    return Refused(
        verb=Verb.EXPORT,
        code="outgrown",
        reason=reason,
        ask=_("Make the list anew: it will hold what you may see now."),
        subject=export,
    )
