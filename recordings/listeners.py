"""Who heard which second of a recording. Staff are data subjects too.

Asking takes a verb of its own and a written reason, which is kept and entered in the
log. Who may not know names is told totals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum

from compliance import grounds
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Ground, Person, Purpose
from recordings import heat, hold_listening
from recordings.heat import Stretch
from recordings.models import Call, Disclosure, Listen, Recording

SHORTEST = 5
"""Fewer characters are no reason."""


class NoReason(Exception):
    """Nothing was said of why."""


@dataclass(frozen=True)
class Heard:
    """What is known of one part. Served is proved, heard is what players reported."""

    part: Recording
    stretches: list[Stretch]
    served: int
    """People who were served it: each of them may have heard all of it."""
    reported: int
    """People whose player reported something heard."""
    copies: int
    """Copies that were taken: who heard those, nobody can tell."""
    names: Mapping[UUID, str] | None
    """None where this viewer is told totals alone."""

    @property
    def most(self) -> int:
        """By how many the most heard second was heard."""
        return heat.most(self.stretches)


def may_name(person: Person, call: Call) -> bool:
    """Whether this person is told which colleague heard what of this call."""
    if policy.allows(person, Verb.NAME_LISTENERS, call):
        return True
    trusted = call.team.leads_name_listeners
    return trusted and policy.allows(person, Verb.WHO_HEARD, call)


@dataclass(frozen=True)
class Total:
    """How often recordings were consulted for one purpose; nobody is named."""

    purpose: Purpose
    people: int = 0
    sittings: int = 0
    links: int = 0
    copies: int = 0


def totals(recording_ids: list[UUID], *, viewer: Person) -> list[Total]:
    """What a panel tells whoever is not told names: a line a purpose."""
    sat = Listen.objects.filter(recording__in=recording_ids)
    listens = hold_listening.known_to(viewer, sat)
    found: dict[str, dict[str, int]] = {
        purpose: {"people": people, "sittings": sittings, "links": links}
        for purpose, people, sittings, links in listens.values_list("purpose").annotate(
            people=Count("listener", distinct=True),
            sittings=Count("id"),
            links=Sum("links_served"),
        )
    }
    given = Disclosure.objects.filter(recording__in=recording_ids)
    copies = hold_listening.known_to(viewer, given)
    for purpose, count in copies.values_list("purpose").annotate(copies=Count("id")):
        found.setdefault(purpose, {})["copies"] = count
    return [Total(Purpose(name), **row) for name, row in sorted(found.items())]


def map_heard(*, part: Recording, by: Person, reason: str, now: datetime) -> Heard:
    """Tell which seconds of a part were heard, once the entry with the reason stands.

    Raises Refused, and NoReason where none was given.
    """
    policy.require(by, Verb.WHO_HEARD, part.call)
    if len(reason.strip()) < SHORTEST:
        raise NoReason
    named = may_name(by, part.call)
    with transaction.atomic():
        ground = grounds.take_down(
            Ground.Kind.WHO_HEARD, about=part.id, text=reason.strip(), by=by, now=now
        )
        log.append(
            Action.LISTENERS_MAPPED,
            subject=part,
            actor=by,
            facts={**grounds.facts_of(ground), "named": named},
        )
        return _heard(part, by, named=named)


def _heard(part: Recording, viewer: Person, *, named: bool) -> Heard:
    rows = list(
        hold_listening.known_to(
            viewer, Listen.objects.filter(recording=part)
        ).values_list("listener_id", "listener__name", "heard")
    )
    sittings = [(person, ranges) for person, _name, ranges in rows]
    return Heard(
        part=part,
        stretches=heat.of_sittings(sittings, length_ms=part.duration_ms or 0),
        served=len({person for person, _name, _ranges in rows}),
        reported=len({person for person, _name, ranges in rows if ranges}),
        copies=hold_listening.known_to(
            viewer, Disclosure.objects.filter(recording=part)
        ).count(),
        names={person: name for person, name, _ranges in rows} if named else None,
    )
