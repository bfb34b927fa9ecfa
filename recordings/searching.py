"""Find calls by what must never stand in an address: a number or a name.

The words are kept sealed in a SavedSearch; its opaque id is what a link carries.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from compliance.models.phone_number import LAST_FOUR
from recordings.models import SavedSearch

SHORTEST_NUMBER = 7
ERASED = "erased"
"""Stands among filters in place of a number or a name that was erased."""
NUMBER_SIGNS = frozenset("+0123456789 ()-./•")


def by_person(words: str, *, by: Person, now: datetime) -> SavedSearch:
    """Keep a search for a number or a name, and enter in the log that it was made.

    Which of the two it is, the words tell: four digits and no letters are a number.
    Raises Refused.
    """
    policy.require(by, Verb.SEARCH_PERSON)
    kind = "number" if is_number(words) else "name"
    with transaction.atomic():
        log.append(Action.PERSON_SEARCHED, actor=by, facts={"by": kind})
        return SavedSearch.objects.create(
            owner=by, filters=json.dumps({kind: words}), made_at=now
        )


def keep(
    *,
    name: str,
    query: str,
    within: SavedSearch | None,
    shared: bool,
    by: Person,
    now: datetime,
) -> SavedSearch:
    """Keep the filters of a list under a name, for oneself or for everybody.

    query: the filters as they stand in an address. within: the search for a person
    they narrow; its words are taken along, sealed. Raises Refused.
    """
    terms = json.loads(within.filters) if within else {}
    if looks_for_a_person(terms):
        policy.require(by, Verb.SEARCH_PERSON)
    return SavedSearch.objects.create(
        owner=by,
        name=name,
        is_shared=shared,
        filters=json.dumps({**terms, "query": query}),
        made_at=now,
    )


def looks_for_a_person(terms: Mapping[str, Any]) -> bool:
    """Whether a search holds a number or a name, or held one that was erased."""
    return any(terms.get(name) for name in ("number", "name", ERASED))


def is_number(words: str) -> bool:
    """Whether these words can only be a telephone number, or the end of one."""
    digits = sum(character.isdigit() for character in words)
    return digits >= LAST_FOUR and set(words) <= NUMBER_SIGNS


def is_whole_number(words: str) -> bool:
    """Whether they can be a number one could dial: seven digits or more."""
    return is_number(words) and sum(map(str.isdigit, words)) >= SHORTEST_NUMBER


def described(search: SavedSearch) -> str:
    """What a saved search looks for, as a page may say it: numbers by their end."""
    terms = json.loads(search.filters)
    return sought(terms) if looks_for_a_person(terms) else str(search.name)


def sought(terms: Mapping[str, Any]) -> str:
    """The number or name of a search in words: numbers by their end."""
    if terms.get(ERASED):
        return _("a person whose data was erased")
    if number := terms.get("number"):
        digits = "".join(c for c in number if c.isdigit())
        return _("number ending in %(end)s") % {"end": digits[-LAST_FOUR:]}
    return _("name %(name)s") % {"name": terms.get("name", "")}
