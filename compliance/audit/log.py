"""Append an act to the audit log, in the transaction of the act itself."""

from collections.abc import Iterable, Mapping
from enum import Enum

from django.db import models, transaction

from compliance.audit.actions import ACTIONS, Action
from compliance.audit.facts import Fact, check
from compliance.models import AuditEntry, Person
from compliance.models.audit import NotInTransaction
from compliance.models.statements import insert


def append(
    action: Action,
    *,
    subject: models.Model | None = None,
    facts: Mapping[str, Fact] | None = None,
    actor: Person | None = None,
) -> AuditEntry:
    """Write one entry beside the act it tells of.

    subject: the row it is about, named by kind and key; its `team_id`, where it has
    one, says whose entry it is. actor: who acted, else the one of the context.
    Raises NotInTransaction outside `atomic()`, BadEntry when the facts do not fit.
    If it raises, the act must not happen: let the exception undo it.
    """
    _require_own_transaction()
    entry = _entry(action, subject, facts or {}, actor)
    insert(entry)
    return entry


def append_several(
    action: Action, told: Iterable[tuple[models.Model, Mapping[str, Fact]]]
) -> None:
    """Write an entry for each of these subjects with its facts, in one statement.

    Raises what `append` raises.
    """
    _require_own_transaction()
    AuditEntry.objects.bulk_create(
        _entry(action, subject, facts, None) for subject, facts in told
    )


def _entry(
    action: Action,
    subject: models.Model | None,
    facts: Mapping[str, Fact],
    actor: Person | None,
) -> AuditEntry:
    plain = {name: _plain(value) for name, value in facts.items()}
    spec = check(action, ACTIONS.get(action), plain)
    entry = AuditEntry(act=action.value, outcome=spec.outcome, facts=plain, actor=actor)
    if subject is not None:
        entry.speak_of(subject)
        entry.team_id = getattr(subject, "team_id", None)
    return entry


def _plain(value: Fact) -> Fact:
    """A member of a choices enum is written as its value."""
    return value.value if isinstance(value, Enum) else value


def _require_own_transaction() -> None:
    """Like `models.audit.require_transaction`, and not fooled by a test's wrapper.

    Django marks the transaction that a TestCase opens around each test, for the
    sake of `atomic(durable=True)`; counting it would hide a missing `atomic()`.
    """
    blocks = transaction.get_connection().atomic_blocks
    if not any(not block._from_testcase for block in blocks):
        raise NotInTransaction(
            "log.append() was called outside transaction.atomic(): "
            "the entry would not stand or fall with its act."
        )
