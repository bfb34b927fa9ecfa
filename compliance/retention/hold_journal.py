"""What the journal says of legal holds: ids and codes, no matter, no reason, no filter.

A filter may hold a name, so only that there was one is said. A hold that is brought back
without its filter catches more than before, never less.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Scope
from compliance.journal import Act, Kind
from compliance.models import Hold, JournalEntry, Person, Team
from compliance.retention import held

ITEM = "hold"


def placed(hold: Hold) -> Act:
    """That it was placed, and on what."""
    scope = held.scope_of(hold)
    said = {
        "scope": replace(scope, filters="").as_json(),
        "filtered": bool(scope.filters),
        "confidential": hold.is_confidential,
        "placed_by": str(hold.placed_by_id or ""),
    }
    return Act(Kind.HOLD_PLACED, ITEM, hold.pk, said)


def released(hold: Hold) -> Act:
    """That two people released it, and until when its items stay."""
    until = hold.cools_until.isoformat() if hold.cools_until else ""
    return Act(Kind.HOLD_RELEASED, ITEM, hold.pk, {"until": until})


def place_again(entry: JournalEntry) -> bool:
    """Bring a hold back that this database has forgotten: in force from the commit on.

    Returns False where it is known. Its matter and reason are with whoever placed it.
    """
    said = entry.said
    scope = Scope.from_json(said["scope"])
    with transaction.atomic():
        if Hold.objects.filter(pk=entry.item_id).exists():
            return False
        hold = Hold.objects.create(
            pk=entry.item_id,
            team_id=_known_team(scope.team),
            matter=_("Brought back from the journal"),
            reason=_(
                "The database was restored. Its matter is known to who placed it."
            ),
            scope=scope.as_json(),
            is_confidential=said["confidential"],
            placed_by_id=_known(said["placed_by"]),
            placed_at=entry.at,
        )
        facts: dict[str, Fact] = {"by": scope.names or "everything"}
        facts |= {"confidential": hold.is_confidential}
        log.append(Action.HOLD_PLACED, subject=hold, facts=facts)
    return True


def release_again(entry: JournalEntry) -> bool:
    """Bring back that a hold was released; returns False where that is known."""
    until = datetime.fromisoformat(entry.said["until"])
    with transaction.atomic():
        rows = Hold.objects.select_for_update(no_key=True)
        hold = rows.filter(pk=entry.item_id, state=Hold.State.IN_FORCE).first()
        if hold is None:
            return False
        hold.state, hold.released_at = Hold.State.COOLING, entry.at
        hold.cools_until = until
        hold.save(update_fields=["state", "released_at", "cools_until"])
        facts = {"until": until.date().isoformat()}
        log.append(Action.HOLD_RELEASED, subject=hold, facts=facts)
    return True


def _known_team(team: UUID | None) -> UUID | None:
    """The team, if the backup has it; else the hold is on every team: keeping is safe."""
    known = team is not None and Team.objects.filter(pk=team).exists()
    return team if known else None


def _known(person: Any) -> UUID | None:
    found = Person.objects.filter(pk=person).first() if person else None
    return found.pk if found else None
