"""Named lists of numbers: made, filled, and what a change of one does to policies.

Which calls a policy covers that names a list is what is on it at present, so a change of
the list makes a new edition of the policies, as a new version would.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import (
    Approval,
    NumberList,
    NumberListChange,
    NumberListMember,
    Person,
    PhoneNumber,
    RetentionPolicy,
    Team,
)
from compliance.models.phone_number import normalise
from compliance.retention import changes, policies

KIND = "number_list"
"""Of the approval that a change takes which lets things go earlier."""
VERB = Verb.EDIT_NUMBER_LIST
AT_ONCE = 5_000
"""So many numbers a change has at most: its approval names each by its id."""


@dataclass(frozen=True)
class Typed:
    """What somebody pasted, sent as CSV, or told by API.

    numbers: E.164, each once, in their order. bad: lines without a whole number, each
    with the place of its line, from 1. twice: how often a number was there again.
    """

    numbers: tuple[str, ...] = ()
    bad: tuple[tuple[int, str], ...] = ()
    twice: int = 0


_NUMBER = re.compile(r"\+[\d ()./-]{6,24}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def read(*texts: str) -> Typed:
    """Read numbers, one a line, or in the first cell of a CSV that looks like one.

    A number is whole: it begins with +, for nothing here tells in which country it is
    dialled. A first line of a text without any digit is its header.
    """
    found: dict[str, None] = {}
    bad, seen = [], 0
    for place, line in _lines(texts):
        number = _number_in(line)
        if number is None:
            bad.append((place, line.strip()[:60]))
        else:
            seen += 1
            found[number] = None
    return Typed(tuple(found), tuple(bad), seen - len(found))


def _lines(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Each line that says something, with its place in its text."""
    for text in texts:
        for place, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
            is_header = place == 1 and not re.search(r"\d", line)
            if line.strip() and not is_header:
                yield place, line


def _number_in(line: str) -> str | None:
    for cell in re.split(r"[;,\t]", line):
        raw = cell.strip().strip("\"'").strip()
        if _NUMBER.fullmatch(raw):
            e164 = normalise(raw)[0]
            if _E164.fullmatch(e164):
                return e164
    return None


class ListRefused(ValueError):
    """A list that cannot be made or changed so; the message says why."""


@dataclass(frozen=True)
class ListChange:
    """Numbers that are to be added to a list, and numbers that are to leave it: ids."""

    number_list: NumberList
    added: frozenset[UUID] = frozenset()
    removed: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def fingerprint(self) -> str:
        """Equal while the change is: SHA-256 over the list and both sorted lists of ids."""
        told = hashlib.sha256(self.number_list.pk.bytes)
        for ids in (self.added, self.removed):
            told.update(b"|")
            for one in sorted(ids):
                told.update(one.bytes)
        return told.hexdigest()


def seen_by(person: Person) -> QuerySet[NumberList]:
    """The lists this person may see: those of his teams, and those of everybody."""
    scope = policy.scope_for(person, VERB)
    rows = NumberList.objects.select_related("team", "made_by")
    if scope.everything:
        return rows
    return rows.filter(Q(team=None) | Q(team__in=scope.team_ids))


def used_by(number_list: NumberList) -> list[RetentionPolicy]:
    """The policies in force that go by it."""
    return by_list().get(number_list.pk, [])


def by_list() -> dict[UUID, list[RetentionPolicy]]:
    """The policies in force that go by a list, by its id."""
    found: dict[UUID, list[RetentionPolicy]] = defaultdict(list)
    for one in policies.in_force():
        if one.number_list_id is not None:
            found[one.number_list_id].append(one)
    return found


@transaction.atomic
def make(*, name: str, team: Team | None, by: Person, now: datetime) -> NumberList:
    """Begin a list; nothing is on it. Raises Refused, ListRefused."""
    made = NumberList(name=name.strip(), team=team, made_by=by, made_at=now)
    policy.require(by, VERB, made)
    if not made.name:
        raise ListRefused(_("A list wants a name."))
    if NumberList.objects.filter(name__iexact=made.name).exists():
        raise ListRefused(_("There is a list of this name already."))
    made.save(force_insert=True)
    log.append(Action.NUMBER_LIST_MADE, subject=made, actor=by)
    return made


def change(
    number_list: NumberList, *, add: Iterable[UUID] = (), remove: Iterable[UUID] = ()
) -> ListChange:
    """What of that is a change: numbers that are not on it yet, and such as are."""
    wanted, unwanted = frozenset(add), frozenset(remove)
    on_it = _on(number_list, wanted | unwanted)
    return ListChange(number_list, wanted - on_it, unwanted & on_it)


def known(numbers: Collection[str]) -> frozenset[UUID]:
    """The ids of those that we have heard of already; of the rest nothing is kept."""
    return frozenset(row.pk for row in PhoneNumber.known(numbers).values())


def kept(numbers: Collection[str]) -> frozenset[UUID]:
    """The ids of numbers, E.164, which are kept from now on. Raises ListRefused."""
    if len(numbers) > AT_ONCE:
        raise ListRefused(_("At most %(n)s numbers at once.") % {"n": AT_ONCE})
    there = PhoneNumber.known(numbers)
    new = [PhoneNumber.from_raw(one).pk for one in numbers if one not in there]
    return frozenset([*new, *(row.pk for row in there.values())])


def may_shorten(wanted: ListChange) -> bool:
    """Whether anything could go earlier by it: through the policies in force."""
    return any(
        changes.may_shorten_by_list(
            one, adds=bool(wanted.added), removes=bool(wanted.removed)
        )
        for one in used_by(wanted.number_list)
    )


def takes_two(wanted: ListChange, *, by: Person) -> bool:
    """Whether it takes a second person, and there is one."""
    team = wanted.number_list.team
    return may_shorten(wanted) and approving.needed(VERB, team, by=by)


@transaction.atomic
def carry_out(
    *, wanted: ListChange, by: Person, now: datetime, approved: Approval | None = None
) -> NumberListChange | None:
    """Change the list; None where it says so already.

    approved: what a second person agreed to, where it takes one. A number that was
    erased meanwhile is left out. Raises Refused.
    """
    policies.in_line()
    rows = NumberList.objects.select_for_update(of=("self",)).select_related("team")
    held = rows.get(pk=wanted.number_list.pk)
    policy.require(by, VERB, held)
    wanted = change(held, add=_known(wanted.added), remove=wanted.removed)
    if not wanted:
        return None
    shortens = may_shorten(wanted)
    if shortens:
        approving.refuse_alone(VERB, held.team, kind=KIND, by=by, approved=approved)
    _write(wanted, by, now)
    going_by_it = used_by(held)
    made = NumberListChange.objects.create(
        number_list=held,
        added=len(wanted.added),
        removed=len(wanted.removed),
        edition=policies.edition() + 1 if going_by_it else 0,
        keeps_longer=bool(going_by_it) and not shortens,
        changed_by=by,
        changed_at=now,
    )
    facts = {"added": made.added, "removed": made.removed, "edition": made.edition}
    log.append(Action.NUMBER_LIST_CHANGED, subject=held, actor=by, facts=facts)
    return made


def _write(wanted: ListChange, by: Person, now: datetime) -> None:
    held = wanted.number_list
    held.members.filter(number__in=wanted.removed).delete()
    NumberListMember.objects.bulk_create(
        NumberListMember(number_list=held, number_id=one, added_by=by, added_at=now)
        for one in sorted(wanted.added)
    )


def _on(number_list: NumberList, ids: Collection[UUID]) -> frozenset[UUID]:
    rows = number_list.members.filter(number__in=ids)
    return frozenset(rows.values_list("number", flat=True))


def _known(ids: Collection[UUID]) -> frozenset[UUID]:
    rows = PhoneNumber.objects.filter(pk__in=ids)
    return frozenset(rows.values_list("pk", flat=True))
