"""Seals are written once."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from compliance.models import AuditLeaf, AuditNode, AuditSeal, Installation

TABLES = {
    AuditLeaf: "hash = ''",
    AuditNode: "hash = ''",
    AuditSeal: "size = 0",
    Installation: "made_at = now()",
}


@pytest.fixture
def sealed(db: None) -> None:
    now = timezone.now()
    Installation.objects.create(made_at=now)
    AuditLeaf.objects.create(position=0, entry_id=uuid.uuid4(), hash=bytes(32))
    AuditNode.objects.create(level=8, index=0, hash=bytes(32))
    AuditSeal.objects.create(
        id=1,
        epoch=1,
        size=1,
        root="",
        horizon=1,
        system_identifier=1,
        key_id="k",
        sealed_at=now,
        body="",
        signature="",
    )


@pytest.mark.usefixtures("sealed")
@pytest.mark.parametrize("model", TABLES)
@pytest.mark.parametrize("act", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_their_tables_take_inserts_only(
    model: type[AuditLeaf | AuditNode | AuditSeal | Installation], act: str
) -> None:
    statement = act.format(model._meta.db_table, TABLES[model])

    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert model.objects.count() == 1


@pytest.mark.usefixtures("sealed")
def test_there_is_one_installation() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Installation.objects.create(made_at=timezone.now())
