"""A production is asked for: its list is frozen, and a second person agrees to it.

What is frozen is calls, recordings and their hashes; the second person sees its extent
and its fingerprint, and nothing else can be made of it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Scope
from compliance.models import Approval, Hold, Person, Team
from compliance.retention import held
from recordings import queries, restricted, scopes
from recordings.models import Call, ProducedItem, Production
from recordings.productions import course

KIND = course.KIND
MOST_ITEMS = 50_000
"""So many recordings one production holds at most."""
PAGE = 2_000


class NotProduced(ValueError):
    """It cannot be asked for like this; the message says why."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for. hold: whose calls they are; else the scope says which."""

    to: Production.To
    recipient: str
    matter: str
    basis: str
    due_at: datetime
    scope: Scope
    hold: Hold | None = None


def ask(*, wanted: Wanted, by: Person, now: datetime) -> Production:
    """Freeze the list and ask a second person to agree; nothing is made yet.

    Raises Refused, also where nobody is left who could agree, and NotProduced.
    """
    policy.require(by, Verb.PRODUCE)
    if wanted.hold:
        policy.require(by, Verb.VIEW_HOLD, wanted.hold)
    calls = _calls(wanted, by)
    with transaction.atomic():
        production = Production(
            id=uuid4(),
            team=_team(calls),
            hold=wanted.hold,
            to=wanted.to,
            recipient=wanted.recipient.strip(),
            matter=wanted.matter.strip(),
            basis=wanted.basis.strip(),
            due_at=wanted.due_at,
            calls=0,
            recordings=0,
            bytes=0,
            asked_by=by,
            asked_at=now,
        )
        policy.require(by, Verb.PRODUCE, production)
        production.save(force_insert=True)
        _freeze(production, calls)
        facts: dict[str, Fact] = {"to": production.to, "list": production.list_sha256}
        facts |= {"calls": production.calls, "recordings": production.recordings}
        log.append(Action.PRODUCTION_ASKED, subject=production, actor=by, facts=facts)
        asked = approving.ask(
            kind=PRODUCTION,
            content=_content(production),
            team=production.team,
            by=by,
            now=now,
        )
        production.approval = asked.pk
        production.save()
    return production


def asked(production: Production) -> Approval | None:
    """The open approval of it, if it waits for one."""
    found = course.approval_of(production)
    return found if found and found.state in Approval.OPEN else None


def _calls(wanted: Wanted, by: Person) -> QuerySet[Call]:
    """What is meant, as far as he may produce it: what is restricted, for legal claims
    alone, by who may hear it. Raises NotProduced."""
    scope = held.scope_of(wanted.hold) if wanted.hold else wanted.scope
    if not scope.names:
        raise NotProduced(_("Say which calls: a hold, a filter, or calls by name."))
    within = scopes.calls(scope).order_by().values("pk")
    mine = policy.scope_for(by, Verb.PRODUCE).narrow(queries.calls(by))
    mine = restricted.calls_for(by, mine, verb=Verb.HEAR_RESTRICTED)
    found = mine.filter(pk__in=within)
    if wanted.hold and found.count() < within.distinct().count():
        raise NotProduced(_("The hold keeps calls that are out of your reach."))
    if not found.exists():
        raise NotProduced(_("There is no such call."))
    return found


def _team(calls: QuerySet[Call]) -> Team | None:
    """Whose calls they all are; None where they are of several teams."""
    ids = list(calls.order_by().values_list("team", flat=True).distinct()[:2])
    return Team.objects.get(pk=ids[0]) if len(ids) == 1 else None


def _freeze(production: Production, calls: QuerySet[Call]) -> None:
    """Write the list down, and its hash: call, recording and SHA-256, a line each."""
    digest, seen, size, parts = hashlib.sha256(), set(), 0, 0
    items = _listed(calls)
    while page := list(islice(items, PAGE)):
        rows = []
        for position, (call, part, length, sha256) in page:
            digest.update(f"{call} {part or '-'} {sha256 or '-'}\n".encode())
            seen.add(call)
            parts += part is not None
            size += length or 0
            rows.append(
                ProducedItem(
                    production=production,
                    position=position,
                    call_id=call,
                    recording_id=part,
                )
            )
        ProducedItem.objects.bulk_create(rows)
    production.calls, production.recordings = len(seen), parts
    production.bytes, production.list_sha256 = size, digest.hexdigest()


def _listed(calls: QuerySet[Call]) -> Iterator[tuple[int, Any]]:
    """Each recording of these calls, or the call alone where it has none, by time."""
    rows = Call.objects.filter(pk__in=calls.order_by().values("pk"))
    rows = rows.order_by("started_at", "id", "recordings__part")
    told = rows.values_list(
        "id", "recordings__id", "recordings__bytes", "recordings__sha256"
    )
    for position, row in enumerate(told.iterator(chunk_size=PAGE)):
        if position >= MOST_ITEMS:
            raise NotProduced(
                _("More than %(most)s recordings: make several of it.")
                % {"most": MOST_ITEMS}
            )
        yield position, row


def _content(production: Production) -> Content:
    """What the second person agrees to: the very list, and its extent."""
    return {
        "production": str(production.pk),
        "to": production.to,
        "calls": production.calls,
        "recordings": production.recordings,
        "bytes": production.bytes,
        "list": production.list_sha256,
    }


def _begin(approval: Approval, now: datetime) -> None:
    rows = Production.objects.select_for_update(no_key=True)
    current = rows.get(pk=approval.content["production"])
    asked = current.state == Production.State.ASKED
    if not asked or dict(_content(current)) != approval.content:
        raise approvals.NotOpen(_("Something else was decided about it meanwhile."))
    course.begin(current, by=approval.asked_by, now=now)


def _tell(content: Content) -> list[tuple[str, str]]:
    rows = Production.objects.select_related("team")
    found = rows.filter(pk=content["production"]).first()
    if found is None:
        return []
    return [
        (_("For"), found.get_to_display()),
        (_("Recipient"), str(found.recipient)),
        (_("Matter"), str(found.matter)),
        (_("Legal basis"), str(found.basis)),
        (_("Calls of"), found.team.name if found.team else _("several teams")),
        (_("Calls"), str(content["calls"])),
        (_("Recordings"), str(content["recordings"])),
        (_("Fingerprint of the list"), str(content["list"])),
    ]


PRODUCTION = Kind(
    name=KIND,
    label=gettext_lazy("produce recordings for others"),
    verb=Verb.PRODUCE,
    tell=_tell,
    carry_out=_begin,
    of_a_team=True,
)
