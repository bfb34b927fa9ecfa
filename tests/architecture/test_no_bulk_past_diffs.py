"""What people edit is told in diffs: no write in bulk goes past them.

A write that has to is listed here with what tells of it instead.
"""

import ast
import re
from textwrap import dedent

import pytest
from django.apps import apps

from compliance.audit import registered
from tests.architecture.bulk import Module, Write, statements
from tests.architecture.tree import ROOT, files, text

EXCEPTIONS = {
    "compliance/consent/shipped.py bulk_create": (
        "the law book as shipped: rule.versioned and duty.versioned for each that a"
        " later release adds, and the first load is the book"
    ),
    "compliance/models/audit.py bulk_create": "the entries themselves, each signed",
    "recordings/traces/of_calls.py update": (
        "an erasure, told by its request; no model with a trace is told in diffs"
        " (test_traces.py)"
    ),
    "compliance/packages.py update": "files being made: each step is its own entry",
}
"""By file and verb: what is told in place of diffs."""
WATCHED = {
    model.__name__: classes
    for model in apps.get_models()
    if (classes := registered.classes_of(model)) and classes.diffs
}
TABLES = {
    model._meta.db_table for model in apps.get_models() if model.__name__ in WATCHED
}
_WRITES = re.compile(
    r"\b(?:UPDATE(?:\s+ONLY)?|INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE)\s+"
    r"[\"']?(\w+)"
)


def _is_told(write: Write) -> bool:
    """Of a model whose diffs nobody keeps, or only of fields that stand in no diff."""
    if not write.model:
        return False
    if write.model not in WATCHED:
        return True
    silent = WATCHED[write.model].silent
    return write.fields is not None and write.fields <= silent


def _odd(source: str) -> list[Write]:
    return [w for w in Module(ast.parse(source)).writes() if not _is_told(w)]


def _sources() -> dict[str, str]:
    return {
        path.as_posix(): text(path)
        for path in files()
        if path.parts[0] in {"portal", "recordings", "compliance"}
        and path.suffix == ".py"
        and "migrations" not in path.parts
    }


def test_no_write_goes_past_the_diffs() -> None:
    found = [
        (f"{name} {write.verb}", f"line {write.line}: {write.model or 'which model?'}")
        for name, source in _sources().items()
        for write in _odd(source)
    ]

    odd = [one for one in found if one[0] not in EXCEPTIONS]
    assert odd == [], (
        "save such rows one by one, so that auditlog tells of them; or let the act"
        " append its own entry, and write it down in EXCEPTIONS"
    )
    assert set(EXCEPTIONS) <= {where for where, _line in found}, (
        "drop what is no exception any more"
    )


def test_no_sql_writes_what_people_edit() -> None:
    odd = [
        f"{name}:{line} {written}"
        for name, source in _sources().items()
        for line, words in statements(ast.parse(source))
        for written in _WRITES.findall(words)
        if written in TABLES
    ]
    assert odd == []


def test_the_models_that_people_edit_are_known() -> None:
    assert {"Person", "Team", "RoleGrant", "Trunk", "ServiceKey"} <= set(WATCHED)
    assert "compliance_team" in TABLES
    assert (ROOT / "compliance/consent/shipped.py").is_file()


@pytest.mark.parametrize(
    "source",
    [
        "Team.objects.filter(id=1).update(name='x')",
        "Person.objects.filter(id=1).update(last_login=None, email='x')",
        "def f():\n rows = RoleGrant.objects.all()\n rows.filter(id=1).update(role='x')",
        "def f(mine: 'QuerySet[Team]'): mine.update(**change)",
        "def f(mine: QuerySet[Team]): mine.update(seat='x')",
        "def g() -> QuerySet[Trunk]: ...\ndef f(): g().filter(a=1).update(name='x')",
        "person.grants.update(role='x')",
        "Team.objects.bulk_create(rows)",
        "Team.objects.bulk_update(rows, ['name'])",
        "insert(Team(name='x'))",
        "something.update(name='x')",
    ],
)
def test_it_finds_them(source: str) -> None:
    assert len(_odd(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Call.objects.update(why='x')",
        "Person.objects.update(last_login=None)",
        "seen.update({1, 2})",
        "def f():\n rows = Call.objects.all()\n rows.filter(id=1).update(why='x')",
        "call.parties.update(name='x')",
        "def f(team: Team): team.save()",
    ],
)
def test_and_nothing_else(source: str) -> None:
    assert _odd(dedent(source)) == []
