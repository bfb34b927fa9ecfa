"""Where a plan has one person silenced, and the others go on being heard."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from compliance import redaction
from compliance.custody import Item
from compliance.models import PlanItem, SubjectRequest
from compliance.redaction import Outcome

Fate = PlanItem.Fate
Ground = PlanItem.Ground
AGAIN = timedelta(days=1)
_STAYS = {
    Outcome.HELD: Ground.LEGAL,
    Outcome.FLOORED: Ground.DUTY,
    Outcome.UNABLE: Ground.OTHERS,
}
"""On what the whole of it stays. What two people agreed to silence is not destroyed
instead: the others on it are not asked."""


def why_not(
    items: Collection[PlanItem], *, request: SubjectRequest, now: datetime
) -> dict[int, str]:
    """Those of these in which the person cannot be silenced alone: by key, in words."""
    told: dict[int, str] = {}
    for kind in {one.kind for one in items}:
        mine = {one.pk: Item(kind, one.item_id) for one in items if one.kind == kind}
        redactor = redaction.redactor_of(kind)
        if redactor is None:
            told |= dict.fromkeys(mine, _("nobody can be told apart in it"))
            continue
        found = redactor.why_not(mine.values(), request=request.pk, now=now)
        told |= {pk: found[item] for pk, item in mine.items() if item in found}
    return told


def is_possible(one: PlanItem, *, request: SubjectRequest, now: datetime) -> bool:
    """Whether the person could be silenced in it now."""
    return not why_not([one], request=request, now=now)


def carry_out(one: PlanItem, *, request: SubjectRequest, now: datetime) -> None:
    """Silence the person in one thing, and note what came of it. May be repeated."""
    redactor = redaction.redactor_of(one.kind)
    outcome = Outcome.UNABLE
    if redactor is not None:
        item = Item(one.kind, one.item_id)
        outcome = redactor.redact(item, request=request.pk, now=now)
    _note(one, outcome, now)


@transaction.atomic
def _note(one: PlanItem, outcome: Outcome, now: datetime) -> None:
    if outcome in _STAYS:
        one.treatment, one.ground = PlanItem.Treatment.KEEP, _STAYS[outcome]
        one.fate, one.until = Fate.KEPT, now + AGAIN
    elif outcome == Outcome.REDACTED:
        one.fate = Fate.REDACTED
    else:
        one.fate = Fate.GONE if outcome == Outcome.GONE else Fate.FAILED
    one.save(update_fields=["treatment", "ground", "fate", "until"])
