"""The same in real transactions: nothing of an act is left when its entry fails."""

import pytest
from django.db import DatabaseError, transaction

from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import AuditEntry, Region, Team
from compliance.models.audit import NotInTransaction
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_audited_row_cannot_be_saved_in_autocommit(cast: Cast) -> None:
    with pytest.raises(NotInTransaction):
        Team.objects.create(name="Claims II", region=cast.north, seat="DE")

    assert not Team.objects.filter(name="Claims II").exists()


def test_entries_in_bulk_need_a_transaction_too(cast: Cast) -> None:
    with pytest.raises(NotInTransaction):
        AuditEntry.objects.bulk_create([AuditEntry(act="session.logout")])
    with transaction.atomic():
        (entry,) = AuditEntry.objects.bulk_create([AuditEntry(act="session.logout")])

    assert AuditEntry.objects.get(pk=entry.pk).is_authentic()


def test_a_broken_log_stops_the_change(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(AuditEntry, "save", broken)

    with pytest.raises(DatabaseError), transaction.atomic():
        Region.objects.create(name="West")

    assert not Region.objects.filter(name="West").exists()


def test_a_refusal_outlives_the_act_that_was_rolled_back(cast: Cast) -> None:
    refused = Refused(verb=Verb.LISTEN, code="no_role", reason="No.")
    before = Team.objects.count()

    @transaction.atomic
    def act() -> None:
        Team.objects.create(name="Claims II", region=cast.north, seat="DE")
        raise refused

    with pytest.raises(Refused):
        act()
    record(refused)

    assert Team.objects.count() == before
    entry = AuditEntry.objects.get(act="access.refused")
    assert (entry.outcome, entry.facts) == (
        "refused",
        {"verb": "listen", "reason": "no_role"},
    )


def test_a_refusal_is_not_recorded_inside_the_act(cast: Cast) -> None:
    refused = Refused(verb=Verb.LISTEN, code="no_role", reason="No.")

    with pytest.raises(RuntimeError), transaction.atomic():
        record(refused)
