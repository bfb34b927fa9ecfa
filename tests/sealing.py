"""What tests of the seals share: entries to seal, tampering, somebody else's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry


def write(count: int = 1) -> list[AuditEntry]:
    """Commit so many entries in one transaction."""
    with transaction.atomic():
        return [log.append(Action.LOGOUT) for _number in range(count)]


@contextmanager
def tampering() -> Iterator[Any]:
    """A cursor of somebody with a superuser's rights: no trigger stops him."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor


@contextmanager
def other_transaction(database: str = "") -> Iterator[Any]:
    """A transaction that writes, of somebody else; of this database if none is named."""
    known = connection.get_connection_params()
    names = ("user", "password", "host", "port", "dbname")
    given = {name: known[name] for name in names if name in known}
    given["dbname"] = database or given["dbname"]
    with psycopg.connect(**given) as other:
        other.execute("SELECT pg_current_xact_id()")
        yield other
        other.rollback()
