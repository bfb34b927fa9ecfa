"""One new row in one statement, worded once for each model.

For the rows every webhook, listen and act of consent leaves: Django takes longer to
word such an INSERT than PostgreSQL to carry it out.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED
from django.db.models.signals import pre_save
from psycopg import sql


def insert(row: models.Model, *, unless_there: bool = False) -> None:
    """Store a new row. What the database fills in by itself is not read back.

    unless_there: where its key is taken, the row that is there stays as it is. Not for
    models whose changes auditlog follows: nothing is told after the statement. Raises
    IntegrityError.
    """
    model = type(row)
    pre_save.send(sender=model, instance=row, raw=False, using=connection.alias)
    cells = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in _fields(model)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, unless_there=unless_there), cells)
    row._state.adding, row._state.db = False, connection.alias


@cache
def _fields(model: type[models.Model]) -> "Sequence[models.Field[Any, Any]]":
    fields = model._meta.concrete_fields
    return [field for field in fields if field.db_default is NOT_PROVIDED]


@cache
def _statement(model: type[models.Model], *, unless_there: bool) -> str:
    names = [sql.Identifier(str(field.column)) for field in _fields(model)]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(sql.Placeholder() for _name in names),
    )
    return statement.as_string() + (" ON CONFLICT DO NOTHING" if unless_there else "")
