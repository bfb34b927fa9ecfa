"""Which productions somebody may see, and how a volume leaves: each time is an entry."""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404

from compliance import packages
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person
from compliance.packages import NotThere
from recordings import hold_listening
from recordings.models import Production, Volume
from recordings.producing import papers, volumes
from recordings.producing.leaving import Leaving, given

State = Production.State


def seen_by(person: Person) -> QuerySet[Production]:
    """Those this person may see."""
    scope = policy.scope_for(person, Verb.PRODUCE)
    rows = hold_listening.productions_known_to(person).select_related(
        "team", "asked_by", "hold"
    )
    return scope.narrow(rows)


def find(production_id: UUID, by: Person) -> Production:
    """One that he may see. Raises Refused, Http404; Hidden for others."""
    policy.require(by, Verb.PRODUCE)
    found = seen_by(by).filter(pk=production_id).first()
    if found is None:
        _hide(Production.objects.filter(pk=production_id).first(), by)
    return found


def take(*, volume_id: UUID, by: Person, now: datetime) -> Leaving:
    """A link of minutes to a volume, or its file, once the entry stands.

    Raises Refused, Http404, NotThere.
    """
    policy.require(by, Verb.PRODUCE)
    volume = Volume.objects.select_related("production").filter(pk=volume_id).first()
    if volume is None or not seen_by(by).filter(pk=volume.production_id).exists():
        _hide(volume.production if volume else None, by)
    packages.require_ready(volume, now=now)
    if volume.production.state != State.READY:
        raise NotThere
    name = papers.volume_name(volume)
    with transaction.atomic():
        facts: dict[str, Fact] = {"production": str(volume.production_id)}
        facts |= {"number": volume.number, "items": volume.items}
        log.append(Action.PRODUCTION_TAKEN, subject=volume, actor=by, facts=facts)
        taken = {"times_taken": F("times_taken") + 1, "taken_at": now}
        Volume.objects.filter(pk=volume.pk).update(**taken)
        return given(volumes.KIND, volume, name)


def _hide(production: Production | None, by: Person) -> NoReturn:
    """What he may not see looks like what does not exist; the attempt is recorded."""
    if production is None:
        raise Http404
    raise Hidden(policy.refusal(by, Verb.PRODUCE, production))
