"""Why somebody looked at what concerns colleagues: taken down, read, and erased.

The words lie in a row of their own. The log holds its id and a keyed commitment to
the words, which stay when they are erased: who kept a copy can still prove what he
wrote, and nobody can tell the words from the log.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log, registered
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Ground, Person


class AlreadyErased(Exception):
    """The words are gone."""


def take_down(
    kind: Ground.Kind, *, about: UUID, text: str, by: Person, now: datetime
) -> Ground:
    """Keep the words; the entry that tells of it is the caller's, in this transaction."""
    return Ground.objects.create(kind=kind, about=about, by=by, text=text, at=now)


def facts_of(ground: Ground) -> Mapping[str, Fact]:
    """What the entry tells of a ground just given."""
    return {"ground": str(ground.id), "commitment": registered.commitment(ground.text)}


def erase(*, ground_id: UUID, by: Person, now: datetime) -> None:
    """Erase the words of a ground, never one's own; everything else of it stays.

    Raises Refused, AlreadyErased, and Ground.DoesNotExist.
    """
    policy.require(by, Verb.ERASE_GROUND)
    with transaction.atomic():
        ground = Ground.objects.select_for_update().get(pk=ground_id)
        if ground.by_id == by.pk:
            raise _own(ground)
        if ground.erased_at:
            raise AlreadyErased
        ground.text, ground.erased_at, ground.erased_by = "", now, by
        ground.save(update_fields=["text", "erased_at", "erased_by"])
        facts: Mapping[str, Fact] = {"kind": ground.kind}
        log.append(Action.GROUND_ERASED, subject=ground, actor=by, facts=facts)


def _own(ground: Ground) -> Refused:
    return Refused(
        verb=Verb.ERASE_GROUND,
        code="oneself",
        reason=_("Nobody erases a reason that he gave himself."),
        ask=_("Somebody else who may erase it can do so."),
        subject=ground,
    )
