"""Brings restrictions back that a restored database has forgotten, and their end.

The journal holds ids and the code of the ground; the words are with whoever wrote them.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from compliance import custody
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Item
from compliance.models import JournalEntry, Restriction, SubjectRequest
from compliance.retention import restrictions


def place_again(entry: JournalEntry) -> bool:
    """Restrict the thing once more, from the commit on; False where it is known, or where
    there is nothing left to restrict."""
    key, item = entry.said["restriction"], Item(entry.item_kind, entry.item_id)
    if item.kind not in custody.kinds():
        return False
    keeper = custody.custodian_of(item.kind)
    with transaction.atomic():
        is_going = bool(keeper.lock([item])) or not keeper.related(item.id)
        if is_going or Restriction.objects.filter(pk=key).exists():
            return False
        row = Restriction.objects.create(
            pk=key,
            kind=item.kind,
            item_id=item.id,
            request=_known(entry.said["request"]),
            ground=entry.said["ground"],
            why=_("Brought back from the journal: the database was restored."),
            placed_at=entry.at,
        )
        facts = restrictions.facts_of(row)
        facts |= {"ground": row.ground, "too_late": False}
        log.append(Action.ITEM_RESTRICTED, subject=row, facts=facts)
    return True


def lift_again(entry: JournalEntry) -> bool:
    """End it once more; False where that is known."""
    with transaction.atomic():
        rows = Restriction.objects.select_for_update(no_key=True)
        row = rows.filter(pk=entry.said["restriction"], lifted_at=None).first()
        if row is None:
            return False
        row.end, row.lifted_at = Restriction.End.LIFTED, entry.at
        row.save(update_fields=["end", "lifted_at"])
        facts = restrictions.facts_of(row)
        log.append(Action.RESTRICTION_LIFTED, subject=row, facts=facts)
    return True


def _known(request: str) -> SubjectRequest | None:
    """The request, if the backup has it."""
    return SubjectRequest.objects.filter(pk=request).first() if request else None
