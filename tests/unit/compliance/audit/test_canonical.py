"""The bytes under every MAC and every leaf, against another's RFC 8785."""

from typing import Any

import pytest
import rfc8785
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from compliance.audit.canonical import COLUMNS, Leaf, canonical, leaf_of
from compliance.canonical import NotCanonical
from compliance.models import AuditEntry
from tests.cast import Cast

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(max_codepoint=127), max_size=12)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_the_bytes_are_those_of_another_rfc_8785(content: Any) -> None:
    assert canonical(content) == rfc8785.dumps(content)


@pytest.mark.parametrize(
    "odd",
    [1.5, float("nan"), 2**53, -(2**53), {"é": 1}, {1: 2}, b"x", "\ud800", {1, 2}],
)
def test_what_two_might_write_differently_is_refused(odd: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical({"facts": [odd]})


def _leaf(entry: AuditEntry) -> Leaf:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM compliance_auditentry WHERE id = %s",  # noqa: S608
            [entry.pk],
        )
        return leaf_of(cursor.fetchone())


def _require_same(entry: AuditEntry) -> None:
    leaf = _leaf(entry)
    assert leaf.signed == canonical(entry.signed_content())
    assert leaf.sealed == canonical(entry.leaf_content())
    assert (leaf.id, leaf.xid, leaf.mac) == (str(entry.pk), entry.xid, entry.mac)


def test_columns_and_rows_give_the_same_bytes(cast: Cast) -> None:
    for entry in AuditEntry.objects.all():
        _require_same(entry)


@pytest.mark.parametrize(
    "odd",
    [
        {"facts": {"b": 1, "a": [True, None, {"z": "é\u2028\x7f\u0007", "y": -3}]}},
        {"facts": {"a": '"\\/\n'}, "changes": {"name": ["", 'a "b"']}},
        {"remote_addr": "2001:db8::1", "object_pk": 'ü"\\'},
        {"remote_addr": "::ffff:192.0.2.7", "request_id": "\t"},
        {"remote_addr": "192.0.2.7"},
    ],
)
def test_so_they_do_for_what_is_odd(db: None, odd: dict[str, Any]) -> None:
    made = AuditEntry.objects.create(act="session.login", **odd)

    _require_same(AuditEntry.objects.get(pk=made.pk))
