"""Ways to change the audit log as a superuser of the database, past its triggers.

Each takes a cursor in whose transaction the triggers sleep, and does one thing. `WAYS`
says what either checker must say of it, and at which position first.
"""

import base64
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from compliance.audit import sealing_keys, stream
from compliance.audit.canonical import leaf_hash
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.findings import Kind
from compliance.audit.tree import Frontier
from compliance.keys import Key
from compliance.models import AuditSeal
from tests import evidence

SEALED = (300, 310, 320, 330)
"""The sizes at which the log of these tests was sealed."""
END = SEALED[-1]
FOREIGN = Key("foreign", bytes(range(32)))
_ENTRY, _LEAF = "compliance_auditentry", "compliance_auditleaf"
_COPIED = (
    "timestamp, act, outcome, actor_id, content_type_id, object_kind, object_pk,"
    " object_repr, team_id, action, facts, changes, remote_addr, request_id,"
    " mac_key_id, mac"
)
Cursor = Any
Act = Callable[[Cursor], None]


@dataclass(frozen=True)
class Way:
    """One way: what it does, what is found at which position, how the other says it."""

    act: Act
    found: Kind
    said: str
    at: int | None = None
    outside: bool = False
    """Whether it takes a seal held outside to find it."""


def _at(position: int) -> str:
    return f"(SELECT entry_id FROM {_LEAF} WHERE position = {position})"


def _set(position: int, change: str) -> Act:
    """Change something of the entry at that position."""

    def act(cursor: Cursor) -> None:
        cursor.execute(f"UPDATE {_ENTRY} SET {change} WHERE id = {_at(position)}")
        assert cursor.rowcount == 1

    return act


def _run(*statements: str) -> Act:
    def act(cursor: Cursor) -> None:
        for statement in statements:
            cursor.execute(statement)

    return act


def _delete(first: int, last: int) -> Act:
    chosen = f"SELECT entry_id FROM {_LEAF} WHERE position BETWEEN {first} AND {last}"
    return _run(f"DELETE FROM {_ENTRY} WHERE id IN ({chosen})")


def _insert(xid: str) -> Act:
    """A copy of an entry under an id of its own: a replay, or one with other facts."""
    new = uuid.UUID("01a1fcc4-48cb-796a-8112-06168cb98101")
    return _run(
        f"INSERT INTO {_ENTRY} (id, xid, {_COPIED}) SELECT '{new}', {xid}, {_COPIED} "
        f"FROM {_ENTRY} WHERE id = {_at(20)}"
    )


def _swap_entries(cursor: Cursor) -> None:
    """Two entries change places: each takes the other's id."""
    cursor.execute(f"SELECT {_at(10)}, {_at(11)}")
    one, two = cursor.fetchone()
    for old, new in ((one, uuid.UUID(int=1)), (two, one), (uuid.UUID(int=1), two)):
        cursor.execute(f"UPDATE {_ENTRY} SET id = %s WHERE id = %s", [new, old])


def _swap_leaves(cursor: Cursor) -> None:
    for old, new in ((10, -1), (11, 10), (-1, 11)):
        cursor.execute(f"UPDATE {_LEAF} SET position = {new} WHERE position = {old}")


def _retell(position: int) -> Act:
    """Change an entry and the leaf with it."""

    def act(cursor: Cursor) -> None:
        _set(position, "act = 'session.login'")(cursor)
        (here,) = stream.sealed(position, position + 1)
        assert here.leaf
        new = leaf_hash(here.leaf.sealed)
        cursor.execute(
            f"UPDATE {_LEAF} SET hash = %s WHERE position = %s", [new, position]
        )

    return act


def _rebuild(cursor: Cursor, *, key: Key, from_size: int = 0) -> None:
    """Make leaves, nodes and all later seals fit what the entries say, under that key."""
    tree, rows = Frontier(), stream.sealed(0, END)
    leaves, nodes, roots = [], [], {}
    for here in rows:
        leaf = leaf_hash(here.leaf.sealed) if here.leaf else here.hash or bytes(32)
        leaves.append((leaf, here.position))
        nodes += tree.append(leaf)
        roots[tree.size] = tree.root
    cursor.executemany(f"UPDATE {_LEAF} SET hash = %s WHERE position = %s", leaves)
    cursor.executemany(
        "UPDATE compliance_auditnode SET hash = %s WHERE level = %s AND index = %s",
        [(kept, level, index) for level, index, kept in nodes],
    )
    previous = ""
    for seal in AuditSeal.objects.order_by("id"):
        if seal.size >= from_size and seal.size in roots:
            _resign(cursor, seal, key, root=roots[seal.size], previous=previous)
            seal.refresh_from_db()
        previous = _said(seal).body_hash()


def _said(seal: AuditSeal) -> Checkpoint:
    """What a seal says, whoever signed it."""
    lines = seal.body.split("\n")
    return Checkpoint(
        origin=lines[0],
        size=int(lines[1]),
        root=base64.b64decode(lines[2]),
        previous=lines[3].removeprefix("previous ").replace("-", ""),
        horizon=seal.horizon,
        sealed_at=seal.sealed_at,
        more=tuple(lines[6:-1]),
    )


def _resign(cursor: Cursor, seal: AuditSeal, key: Key, **changed: Any) -> None:
    new = replace(_said(seal), **changed)
    cursor.execute(
        "UPDATE compliance_auditseal SET body = %s, root = %s, previous = %s,"
        " sealed_at = %s, signature = %s WHERE id = %s",
        [
            new.body(),
            new.root.hex(),
            new.previous,
            new.sealed_at,
            base64.b64encode(new.signature_by(key)).decode(),
            seal.id,
        ],
    )


def _rewrite(from_size: int) -> Act:
    """Change an entry, and everything above it, without having the key."""

    def act(cursor: Cursor) -> None:
        _set(305, "outcome = 'refused'")(cursor)
        _rebuild(cursor, key=FOREIGN, from_size=from_size)

    return act


def _rewrite_unsigned(cursor: Cursor) -> None:
    """The same, and leave the signatures as they were."""
    cursor.execute("SELECT id, signature FROM compliance_auditseal")
    signatures = cursor.fetchall()
    _rewrite(310)(cursor)
    cursor.executemany(
        "UPDATE compliance_auditseal SET signature = %s WHERE id = %s",
        [(signature, key) for key, signature in signatures],
    )


def _backdate(cursor: Cursor) -> None:
    seal = AuditSeal.objects.get(size=310)
    _resign(cursor, seal, FOREIGN, sealed_at=seal.sealed_at - timedelta(days=1))


def _cut(size: int) -> Act:
    """Take away all that came after that size, so that the rest is whole."""
    ids = f"SELECT entry_id FROM {_LEAF} WHERE position < {size}"
    return _run(
        f"DELETE FROM {_ENTRY} WHERE id NOT IN ({ids})",
        f"DELETE FROM {_LEAF} WHERE position >= {size}",
        f"DELETE FROM compliance_auditnode WHERE (index + 1) << level > {size}",
        f"DELETE FROM compliance_auditseal WHERE size > {size}",
    )


def _roll_back(cursor: Cursor) -> None:
    """A backup comes back, and the portal goes on writing and sealing on top of it.

    Every key is there and every MAC is true: only what lies outside can tell.
    """
    _cut(310)(cursor)
    last = AuditSeal.objects.get(size=310)
    evidence.fill(11, first=5_000)
    cursor.execute("SELECT pg_current_xact_id()::text::bigint")
    (xid,) = cursor.fetchone()
    tree = Frontier()
    for here in stream.sealed(0, 310):
        tree.append(here.hash or b"")
    for _id, _xid, leaf in list(stream.unsealed(xid)):
        assert leaf
        hashed = leaf_hash(leaf.sealed)
        row = [tree.size, leaf.id, hashed]
        cursor.execute(f"INSERT INTO {_LEAF} VALUES (%s, %s, %s)", row)
        tree.append(hashed)
    checkpoint = replace(
        _said(last),
        size=tree.size,
        root=tree.root,
        previous=_said(last).body_hash(),
        horizon=xid + 1,
        sealed_at=timezone.now(),
    )
    seal = sealing_keys.signed(checkpoint)
    seal.id, seal.epoch = last.id + 1, last.epoch
    seal.system_identifier = last.system_identifier
    seal.save(force_insert=True)


_TRIGGER = "audit_refuses_change ON compliance_auditentry"
_LENIENT = """
CREATE OR REPLACE FUNCTION earwitness_refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$
"""
_CHANGED = "is not what was sealed here"
_GONE = "an entry is gone"
_BY_MAKER = "the maker of the pack saw"

WAYS: Mapping[str, Way] = {
    "another act": Way(_set(7, "act = 'session.login'"), Kind.CHANGED, _CHANGED, 7),
    "another time": Way(
        _set(8, "timestamp = timestamp - interval '1 hour'"), Kind.CHANGED, _CHANGED, 8
    ),
    "a microsecond": Way(
        _set(8, "timestamp = timestamp + interval '1 microsecond'"),
        Kind.CHANGED,
        _CHANGED,
        8,
    ),
    "another actor": Way(
        _set(9, "actor_id = gen_random_uuid()"), Kind.CHANGED, _CHANGED, 9
    ),
    "no actor": Way(_set(9, "actor_id = NULL"), Kind.CHANGED, _CHANGED, 9),
    "another outcome": Way(
        _set(329, "outcome = 'refused'"), Kind.CHANGED, _CHANGED, 329
    ),
    "another fact": Way(
        _set(0, "facts = jsonb_set(facts, '{keep_days}', '900')"),
        Kind.CHANGED,
        _CHANGED,
        0,
    ),
    "another change": Way(
        _set(12, """changes = '{"seat": ["DE", "FR"]}'"""), Kind.CHANGED, _CHANGED, 12
    ),
    "what we never write": Way(
        _set(13, """facts = '{"version": 1.5}'"""), Kind.UNREADABLE, _CHANGED, 13
    ),
    "about something else": Way(
        _set(14, "object_pk = 'x'"), Kind.CHANGED, _CHANGED, 14
    ),
    "another team": Way(_set(14, "team_id = NULL"), Kind.CHANGED, _CHANGED, 14),
    "another address": Way(
        _set(15, "remote_addr = '192.0.2.8'"), Kind.CHANGED, _CHANGED, 15
    ),
    "another request": Way(_set(15, "request_id = ''"), Kind.CHANGED, _CHANGED, 15),
    "another MAC": Way(_set(16, "mac = repeat('0', 64)"), Kind.CHANGED, _CHANGED, 16),
    "another MAC key": Way(_set(16, "mac_key_id = 'old'"), Kind.CHANGED, _CHANGED, 16),
    "another transaction": Way(_set(305, "xid = '3'"), Kind.CHANGED, _CHANGED, 305),
    "another id": Way(_set(17, "id = gen_random_uuid()"), Kind.ENTRY_GONE, _GONE, 17),
    "the first deleted": Way(_delete(0, 0), Kind.ENTRY_GONE, _GONE, 0),
    "one deleted": Way(_delete(150, 150), Kind.ENTRY_GONE, _GONE, 150),
    "the last deleted": Way(_delete(329, 329), Kind.ENTRY_GONE, _GONE, 329),
    "many deleted": Way(_delete(100, 250), Kind.ENTRY_GONE, _GONE, 100),
    "all deleted": Way(_delete(0, END), Kind.ENTRY_GONE, _GONE, 0),
    "one put in between": Way(
        _insert("'3'"), Kind.INSERTED, "was put in below the last seal"
    ),
    "one said again now": Way(_insert("pg_current_xact_id()"), Kind.FORGED, _BY_MAKER),
    "two entries swapped": Way(_swap_entries, Kind.CHANGED, _CHANGED, 10),
    "two leaves swapped": Way(_swap_leaves, Kind.ORDER, "not in its place", 11),
    "a leaf deleted": Way(
        _run(f"DELETE FROM {_LEAF} WHERE position = 18"),
        Kind.LEAF_GONE,
        _GONE,
        18,
    ),
    "another leaf": Way(
        _run(f"UPDATE {_LEAF} SET hash = sha256('x') WHERE position = 18"),
        Kind.CHANGED,
        _CHANGED,
        18,
    ),
    "a leaf too many": Way(
        _run(f"INSERT INTO {_LEAF} VALUES ({END}, gen_random_uuid(), sha256('x'))"),
        Kind.EXTRA_LEAF,
        _BY_MAKER,
        END,
    ),
    "an entry with its leaf": Way(
        _retell(305), Kind.ROOT, "the log is not what was sealed"
    ),
    "another node": Way(
        _run("UPDATE compliance_auditnode SET hash = sha256('x')"),
        Kind.NODE,
        "is not what its leaves give",
        255,
    ),
    "a node deleted": Way(
        _run("DELETE FROM compliance_auditnode"),
        Kind.NODE,
        "is not what its leaves give",
        255,
    ),
    "a node too many": Way(
        _run("INSERT INTO compliance_auditnode VALUES (8, 77, sha256('x'))"),
        Kind.NODE,
        _BY_MAKER,
    ),
    "a seal deleted": Way(
        _run("DELETE FROM compliance_auditseal WHERE size = 310"),
        Kind.SEAL_CHAIN,
        "does not follow the one before",
        319,
    ),
    "the last seal deleted": Way(
        _run(f"DELETE FROM compliance_auditseal WHERE size = {END}"),
        Kind.EXTRA_LEAF,
        _BY_MAKER,
        320,
    ),
    "a seal of another size": Way(
        _run("UPDATE compliance_auditseal SET size = 311 WHERE size = 310"),
        Kind.SEAL_ROW,
        _BY_MAKER,
    ),
    "a seal unreadable": Way(
        _run("UPDATE compliance_auditseal SET body = 'x' WHERE size = 310"),
        Kind.SIGNATURE,
        "is no checkpoint",
        309,
    ),
    "a seal backdated": Way(_backdate, Kind.SIGNATURE, "is not signed by a key", 309),
    "the signature of another": Way(
        _run(
            "UPDATE compliance_auditseal SET signature = (SELECT signature FROM"
            " compliance_auditseal WHERE size = 320) WHERE size = 310"
        ),
        Kind.SIGNATURE,
        "is not signed by a key",
        309,
    ),
    "no signature": Way(
        _run("UPDATE compliance_auditseal SET signature = '' WHERE size = 310"),
        Kind.SIGNATURE,
        "",
        309,
    ),
    "the id of another key": Way(
        _run("UPDATE compliance_auditseal SET key_id = 'x' WHERE size = 310"),
        Kind.NO_KEY,
        "",
        309,
    ),
    "a range and its seal rewritten without the key": Way(
        _rewrite_unsigned, Kind.SIGNATURE, "is not signed by a key"
    ),
    "sealed again from some point with another key": Way(
        _rewrite(310), Kind.SIGNATURE, "is not signed by a key"
    ),
    "all sealed again with another key": Way(
        _rewrite(0), Kind.SIGNATURE, "is not signed by a key"
    ),
    "the end cut off": Way(
        _cut(310), Kind.CUT, "the end was removed", 310, outside=True
    ),
    "back to a backup": Way(
        _roll_back, Kind.CONTRADICTED, "contradicts the log", 319, outside=True
    ),
    "triggers disabled": Way(
        _run(f"ALTER TABLE {_ENTRY} DISABLE TRIGGER ALL"), Kind.GUARD_OFF, _BY_MAKER
    ),
    "a trigger dropped": Way(
        _run(f"DROP TRIGGER {_TRIGGER}"), Kind.GUARD_OFF, _BY_MAKER
    ),
    "a trigger that does nothing": Way(_run(_LENIENT), Kind.GUARD_OFF, _BY_MAKER),
}
