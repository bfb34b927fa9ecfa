"""Every text that somebody can write holds a name and a number: the log holds neither.

Each act of these tables is done once. What it wrote into tables shows that the words
were planted; its entries, what leaves of them for a SIEM and in a pack, and what the
portal logged meanwhile, are searched for them.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from compliance.audit import registered
from compliance.audit.actions import Action
from compliance.audit.canonical import canonical
from compliance.audit.forward import shapes
from compliance.models import AuditEntry, SiemTarget
from portal.log_config import JsonFormatter
from recordings.livekit import client
from tests.acts import of_log
from tests.acts.planted import SEARCHED, WORD
from tests.acts.test_no_entry_no_act import ACTS
from tests.cast import assemble

Field = tuple[type[models.Model], str]
pytestmark = pytest.mark.django_db

NOT_PLANTED = {
    "PersonSession.address": "an IP address, no words",
    "PersonSession.browser": "told by a browser's header: tests/integration",
    "FormEntry.content": "confirmed or deleted, it is emptied before any entry",
    "RetentionPolicy.calls": "ids of calls, no words",
    "Purge.scope": "written as the scope of a hold is, which is planted",
    "SavedSearch.name": "kept by a page that leaves no entry",
}
"""Texts that no act here can fill, each with its reason."""


def _personal() -> Iterator[Field]:
    """Every field of every model that is classed as somebody's."""
    for model in apps.get_models():
        classes = registered.classes_of(model)
        for name in sorted(classes.personal if classes else ()):
            yield model, name


def _holds(text: str) -> bool:
    return any(one in text.lower() for one in SEARCHED)


def _planted(fields: Iterable[Field]) -> set[Field]:
    """Those of which a row holds the words now, read as the product reads them."""
    return {
        (model, name)
        for model, name in fields
        if any(
            _holds(str(value))
            for value in model._default_manager.values_list(name, flat=True)
        )
    }


@contextmanager
def _undone() -> Iterator[None]:
    """What is done here is taken back; acts find it to be no transaction of the product."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


@pytest.fixture
def lines() -> Iterator[Callable[[], str]]:
    """All that the portal logs, as the log has it."""
    kept: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(JsonFormatter().format(record))

    handler, root = Keep(), logging.getLogger()
    root.addHandler(handler)
    yield lambda: "\n".join(kept)
    root.removeHandler(handler)


@pytest.fixture
def _no_livekit(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no keys, so it is not asked to start; of a recorder it knows nothing."""

    def forgotten(*_: object) -> None:
        raise client.EgressUnknown

    monkeypatch.setattr(client, "stop", forgotten)


def _entries() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM compliance_auditentry t")
        return "\n".join(row for (row,) in cursor.fetchall())


def _leaving() -> str:
    """What receivers are sent of the entries, in each shape, and what a pack holds."""
    entries = list(AuditEntry.objects.all())
    sent = [shapes.message(kind, entries)[0] for kind in SiemTarget.Kind]
    packed = [canonical(entry.leaf_content()) for entry in entries]
    return b"\n".join([*sent, *packed]).decode()


@pytest.mark.usefixtures("_no_livekit")
def test_no_words_in_the_log(lines: Callable[[], str]) -> None:
    bare = set(_personal())
    leaks: set[str] = set()
    for action, arrange in ACTS.items():
        if action in of_log.OF_SEALED:  # no words are said there
            continue
        with _undone():
            arrange(assemble())()
            assert AuditEntry.objects.filter(act=action).exists(), action
            bare -= _planted(bare)
            leaks |= {f"entries of {action}"} if _holds(_entries()) else set()
            leaks |= {f"what leaves of {action}"} if _holds(_leaving()) else set()
    leaks |= {line for line in lines().splitlines() if _holds(line)}

    assert leaks == set()
    missing = {f"{model.__name__}.{name}" for model, name in bare}
    assert missing == set(NOT_PLANTED), "plant the words in an act of tests/acts"


def test_the_search_finds_them(lines: Callable[[], str]) -> None:
    """In a line of the log, and in an entry that quotes where it should not."""
    logging.getLogger("portal").warning("quoted", extra={"note": WORD})
    assert _holds(lines())

    with transaction.atomic():
        AuditEntry(act=Action.LOGIN, facts={"who": WORD}).save(force_insert=True)
    assert _holds(_entries())
    assert _holds(_leaving())
