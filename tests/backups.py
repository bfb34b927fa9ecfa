"""A backup of the test database, and its restore: by PostgreSQL's own copies."""

import io
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection


@contextmanager
def backup() -> Iterator["Backup"]:
    """A copy of the database as it is now, which may be restored before the block ends."""
    made = Backup()
    made.run(f'CREATE DATABASE "{made.copy}" TEMPLATE "{made.name}"')
    try:
        yield made
    finally:
        made.run(f'DROP DATABASE IF EXISTS "{made.copy}"')


class Backup:
    """The copy lies in the same server, under another name."""

    def __init__(self) -> None:
        self.name = str(connection.settings_dict["NAME"])
        self.copy = f"{self.name}_backup"

    def restore(self) -> None:
        """Put the copy in the place of the database: what came later is forgotten."""
        self.run(
            f'DROP DATABASE "{self.name}" WITH (FORCE)',
            f'ALTER DATABASE "{self.copy}" RENAME TO "{self.name}"',
        )

    def run(self, *statements: str) -> None:
        """Carry these out from beside: nobody may be connected to either database."""
        given: dict[str, Any] = connection.get_connection_params()
        connection.close()
        given = {
            key: given[key]
            for key in ("host", "port", "user", "password")
            if key in given
        }
        beside = psycopg.connect(**given, dbname="postgres", autocommit=True)
        with closing(beside), beside.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def replayed(*options: str) -> dict[str, int]:
    """What the journal brought back to a restored database, counted."""
    out = io.StringIO()
    call_command("replay_journal", "--json", *options, stdout=out)
    return dict(json.loads(out.getvalue()))
