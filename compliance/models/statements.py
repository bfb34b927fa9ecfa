"""Rows written in one statement, worded once for each model.

For what every webhook, listen and act of consent leaves, and for what a sweep changes by
the hundred: Django takes longer to word such a statement than PostgreSQL to carry it out.
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


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Store these fields of rows of one model, in one statement.

    For columns of plain types, and not for models whose changes auditlog follows. The
    caller holds their locks.
    """
    if not rows:
        return
    model = type(rows[0])
    columns = _columns(model, fields)
    cells = [
        [
            column.get_db_prep_save(getattr(row, column.attname), connection)
            for row in rows
        ]
        for column in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(_changes(model, tuple(fields)), cells)


@cache
def _changes(model: type[models.Model], fields: tuple[str, ...]) -> str:
    columns = _columns(model, fields)
    names = [sql.Identifier(str(column.column)) for column in columns]
    lists = [sql.SQL("%s::{}[]").format(sql.SQL(_type(one))) for one in columns]
    told = [sql.SQL("{0} = told.{0}").format(name) for name in names[1:]]
    statement = sql.SQL(
        "UPDATE {table} AS row SET {told} FROM unnest({lists}) AS told({names})"
        " WHERE row.{pk} = told.{pk}"
    ).format(
        table=sql.Identifier(model._meta.db_table),
        told=sql.SQL(", ").join(told),
        lists=sql.SQL(", ").join(lists),
        names=sql.SQL(", ").join(names),
        pk=names[0],
    )
    return statement.as_string()


def _columns(
    model: type[models.Model], fields: Sequence[str]
) -> "list[models.Field[Any, Any]]":
    """The key, then these."""
    named = {field.name: field for field in model._meta.concrete_fields}
    return [named[str(model._meta.pk.name)], *(named[name] for name in fields)]


def _type(column: "models.Field[Any, Any]") -> str:
    return str(column.rel_db_type(connection) or column.db_type(connection))


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
