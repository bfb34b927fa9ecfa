"""Acts about the audit log itself: reading, counting, taking and forwarding it."""

from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from compliance import audit_packs, grounds, siem
from compliance.audit import population, restores, seals
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.selection import Selection
from compliance.models import AuditPack, Ground, Population, SiemTarget
from recordings import consultations, listeners, searching, trail
from recordings.models import SavedSearch
from tests.acts.of_law import page_of
from tests.acts.planted import NUMBER, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.sealing import tampering


def _seal() -> None:
    """All that was written until now."""
    while (sealed := seals.seal(now=timezone.now())) and not sealed.took_all:
        pass


def _counted(cast: Cast) -> Population:
    return population.count(
        selection=Selection(), team_ids=None, by=cast.auditor, now=timezone.now()
    )


def _counting(cast: Cast) -> Act:
    _seal()
    return lambda: _counted(cast)


def _taken(cast: Cast) -> Act:
    _seal()
    counted = _counted(cast)
    return lambda: population.taken(counted, by=cast.auditor)


def _drawn(cast: Cast) -> Act:
    _seal()
    counted = _counted(cast)
    return lambda: population.sample(counted, size=2, seed="1", by=cast.auditor)


def _pack_asked(cast: Cast) -> Act:
    return lambda: audit_packs.ask(
        since=None, until=None, by=cast.auditor, now=timezone.now()
    )


def _pack_taken(cast: Cast) -> Act:
    now = timezone.now()
    made = AuditPack.objects.create(
        owner=cast.auditor,
        state=AuditPack.State.READY,
        file_name="pack.zip",
        asked_at=now,
        made_at=now,
        expires_at=now + timedelta(hours=1),
    )
    storages["exports"].save(made.file_name, ContentFile(b"PK"))

    def act() -> None:
        _row, file = audit_packs.take(pack_id=made.pk, by=cast.auditor, now=now)
        file.close()

    return act


def _restore_acknowledged(_cast: Cast) -> Act:
    """The database is another than the one that made the seal which is held outside."""
    _seal()
    last = seals.latest()
    assert last
    held = Checkpoint.parse(seals.note_of(last))
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")
    _seal()
    return lambda: restores.acknowledge(held=held, approval=uuid4(), now=timezone.now())


def _mapped(cast: Cast) -> Act:
    part = part_of(hearable_call(cast.claims))
    return lambda: listeners.map_heard(
        part=part, by=cast.officer, reason=WORDS, now=timezone.now()
    )


def _search(cast: Cast) -> SavedSearch:
    hearable_call(cast.claims)
    return searching.by_person(NUMBER, by=cast.officer, now=timezone.now())


def _consulted(*, is_taken: bool, cast: Cast) -> Act:
    search = _search(cast)
    return lambda: consultations.report(
        search=search, by=cast.officer, now=timezone.now(), is_taken=is_taken
    )


def _named(cast: Cast) -> Act:
    search = _search(cast)
    return lambda: consultations.give_ground(
        search=search, by=cast.officer, text=WORDS, now=timezone.now()
    )


def _erased(cast: Cast) -> Act:
    search = _search(cast)
    ground = consultations.give_ground(
        search=search, by=cast.officer, text=WORDS, now=timezone.now()
    )
    Ground.objects.update(by=cast.lead)
    return lambda: grounds.erase(
        ground_id=ground.pk, by=cast.officer, now=timezone.now()
    )


def _receiver(cast: Cast) -> SiemTarget:
    target = SiemTarget(
        name="SIEM",
        kind=SiemTarget.Kind.OCSF,
        url="https://siem.example/",
        ca=WORDS,
        certificate=WORDS,
    )
    siem.make(
        target,
        secret="",
        whole=False,
        by=cast.administrator,
        now=timezone.now() - timedelta(seconds=1),
    )
    return target


def _tested(cast: Cast) -> Act:
    target = _receiver(cast)
    return lambda: siem.try_out(target, by=cast.administrator)


OF_SEALED = {
    Action.POPULATION_COUNTED,
    Action.POPULATION_TAKEN,
    Action.SAMPLE_DRAWN,
    Action.AUDIT_RESTORE_ACKNOWLEDGED,
}
"""They want entries of transactions that are over."""
ACTS: Table = {
    Action.AUDIT_BINDER_READ: lambda cast: page_of(cast.auditor, "audit-binder"),
    Action.AUDIT_PACK_ASKED: _pack_asked,
    Action.AUDIT_PACK_TAKEN: _pack_taken,
    Action.AUDIT_RESTORE_ACKNOWLEDGED: _restore_acknowledged,
    Action.POPULATION_COUNTED: _counting,
    Action.POPULATION_TAKEN: _taken,
    Action.SAMPLE_DRAWN: _drawn,
    Action.LISTENERS_MAPPED: _mapped,
    Action.PERSON_LISTENERS_VIEWED: lambda cast: _consulted(is_taken=False, cast=cast),
    Action.PERSON_LISTENERS_TAKEN: lambda cast: _consulted(is_taken=True, cast=cast),
    Action.PERSON_LISTENERS_NAMED: _named,
    Action.GROUND_ERASED: _erased,
    Action.SIEM_SECRET_SET: lambda cast: lambda: _receiver(cast),
    Action.SIEM_TESTED: _tested,
    Action.TRAIL_READ: lambda cast: (
        lambda: trail.page(person=cast.lead, kind=None, cursor="")
    ),
    Action.TRAIL_TAKEN: lambda cast: (
        lambda: list(trail.take(person=cast.lead, kind=None))
    ),
}
