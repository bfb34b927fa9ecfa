"""Count before you choose: a signed statement of how many entries there are, and a
sample of them that anybody can draw again.

Only sealed entries count, those below the size of the newest checkpoint: the set can
neither grow nor shrink afterwards, and each of it has a proof. The sample is the first
of them in the order of SHA-256 over the seed, a colon and the entry's id.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL

from compliance.audit import log, sealing_keys, seals
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.audit.selection import Selection
from compliance.canonical import canonical_text
from compliance.models import AuditEntry, AuditLeaf, Person, Population

VERSION = 1
MOST = 500
_ORDER = f"sha256(convert_to(%s || ':' || {AuditEntry._meta.db_table}.id, 'UTF8'))"


class NothingSealed(Exception):
    """There is no checkpoint yet to count under."""


def count(
    *,
    selection: Selection,
    team_ids: Collection[UUID] | None,
    by: Person,
    now: datetime,
) -> Population:
    """Count the sealed entries that fit, and sign the statement of it.

    team_ids: whose entries the auditor may read; None is everybody's. Raises
    NothingSealed.
    """
    newest = seals.latest()
    if newest is None:
        raise NothingSealed
    found = Population(
        id=uuid4(),
        filters=selection.as_json(),
        team_ids=None if team_ids is None else sorted(team_ids),
        size=newest.size,
        made_by=by,
        made_at=now,
    )
    with transaction.atomic():
        found.count = entries(found).count()
        found.statement = _statement(found, checkpoint=seals.note_of(newest))
        found.key_id, found.signature = sealing_keys.sign(found.statement)
        found.save(force_insert=True)
        facts: dict[str, Fact] = {
            "entries": found.count,
            "filters": ",".join(sorted(found.filters)) or "none",
        }
        log.append(Action.POPULATION_COUNTED, subject=found, actor=by, facts=facts)
    return found


def entries(population: Population) -> QuerySet[AuditEntry]:
    """The very entries that were counted."""
    leaves = AuditLeaf.objects.filter(
        entry_id=OuterRef("id"), position__lt=population.size
    )
    rows = AuditEntry.objects.filter(Exists(leaves))
    if population.team_ids is not None:
        rows = rows.filter(team_id__in=population.team_ids)
    return Selection.from_json(population.filters).narrow(rows)


def sample(
    population: Population, *, size: int, seed: str, by: Person
) -> list[AuditEntry]:
    """So many of them at random, the same for the same seed; drawing is an entry.

    seed: a code of letters and digits. At most MOST.
    """
    order = RawSQL(  # noqa: S611  only the name of our own table is put in
        _ORDER, (seed,), models.BinaryField()
    )
    with transaction.atomic():
        rows = entries(population).order_by(order, "id")
        drawn = list(rows[: min(size, MOST)])
        facts: dict[str, Fact] = {"entries": len(drawn), "seed": seed}
        log.append(Action.SAMPLE_DRAWN, subject=population, actor=by, facts=facts)
    return drawn


def taken(population: Population, *, by: Person) -> dict[str, object]:
    """The signed statement to be handed over; taking it is an entry."""
    with transaction.atomic():
        log.append(Action.POPULATION_TAKEN, subject=population, actor=by)
    return {
        "statement": population.statement,
        "key": population.key_id,
        "signature": population.signature,
        "read": json.loads(population.statement),
    }


def _statement(population: Population, *, checkpoint: str) -> str:
    """What is signed: RFC 8785 text, which says everything the count depends on."""
    teams = population.team_ids
    return canonical_text(
        {
            "kind": "earwitness audit population",
            "version": VERSION,
            "id": str(population.id),
            "filters": population.filters,
            "teams": None if teams is None else [str(one) for one in teams],
            "entries": population.count,
            "log_size": population.size,
            "checkpoint": checkpoint,
            "made_at": f"{population.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "made_by": str(population.made_by_id),
        }
    )
