"""A seal as text, and the vectors that docs/audit-log.md gives to others."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from compliance.audit import tree
from compliance.audit.canonical import canonical, leaf_hash
from compliance.audit.checkpoint import (
    Checkpoint,
    NotACheckpoint,
    fingerprint,
    public_of,
)
from compliance.keys import Key
from compliance.models import AuditEntry
from tests.architecture.tree import ROOT

KEY = Key("2026s", bytes(range(32, 64)))
ORIGIN = "earwitness/0b1c2d3e-4f50-4a6b-8c7d-8e9fa0b1c2d3/1"


def _vectors() -> dict[str, Any]:
    page = (ROOT / "docs" / "audit-log.md").read_text()
    block = page.split("```json\n")[1].split("```")[0]
    found: dict[str, Any] = json.loads(block)
    return found


def _checkpoint(**changes: Any) -> Checkpoint:
    fields: dict[str, Any] = {
        "origin": ORIGIN,
        "size": 3,
        "root": bytes.fromhex(_vectors()["root"]),
        "previous": "",
        "horizon": 743,
        "sealed_at": datetime(2026, 11, 2, 14, 32, 5, 250_000, tzinfo=UTC),
    }
    return Checkpoint(**fields | changes)


def test_the_entries_of_the_document_have_its_macs_and_hashes() -> None:
    vectors = _vectors()
    for text, hashed in zip(vectors["leaves"], vectors["leaf_hashes"], strict=True):
        content = json.loads(text)
        assert canonical(content) == text.encode()
        assert leaf_hash(text.encode()).hex() == hashed
        mac = content.pop("mac")
        del content["xid"]
        key = bytes.fromhex(vectors["mac_key"])
        assert hmac.new(key, canonical(content), hashlib.sha256).hexdigest() == mac


def test_an_entry_of_ours_has_the_members_of_the_document() -> None:
    ours = AuditEntry(act="session.login", xid=1, mac="").leaf_content()

    for text in _vectors()["leaves"]:
        assert json.loads(text).keys() == ours.keys()


def test_the_tree_of_the_document_has_its_root() -> None:
    vectors = _vectors()
    hashes = [bytes.fromhex(text) for text in vectors["leaf_hashes"]]
    frontier = tree.Frontier()
    for hashed in hashes:
        frontier.append(hashed)

    assert frontier.root.hex() == vectors["root"]
    path = [bytes.fromhex(text) for text in vectors["path_of_position_1"]]
    assert tree.verify_inclusion(hashes[1], 1, 3, path, frontier.root)


def test_the_seal_of_the_document_is_ours() -> None:
    vectors = _vectors()
    checkpoint = _checkpoint()

    assert KEY.secret.hex() == vectors["seal_seed"]
    assert checkpoint.note(KEY) == vectors["note"]
    assert checkpoint.body_hash() == vectors["body_hash"]
    assert fingerprint(public_of(KEY)) == vectors["fingerprint"]


def test_the_seal_of_the_document_is_checked_without_our_code() -> None:
    vectors = _vectors()
    body, _, signature = vectors["note"].partition("\n\n")
    origin = body.split("\n")[0]
    blob = base64.b64decode(signature.split()[-1])
    public = base64.b64decode(vectors["public"])

    key = Ed25519PublicKey.from_public_bytes(public)
    key.verify(blob[4:], f"{body}\n".encode())
    named = hashlib.sha256(f"{origin}\n".encode() + b"\1" + public).digest()
    assert blob[:4] == named[:4]


@given(
    st.integers(0, 2**62),
    st.binary(min_size=32, max_size=32),
    st.booleans(),
    st.datetimes(datetime(2024, 1, 1), datetime(2999, 1, 1)),  # noqa: DTZ001
)
def test_what_was_written_is_read(
    size: int, root: bytes, opens: bool, moment: datetime
) -> None:
    checkpoint = _checkpoint(
        size=size,
        root=root,
        sealed_at=moment.replace(tzinfo=timezone(timedelta(hours=2))),
        previous=root.hex() if opens else "",
        more=(f"epoch 2 after 3 {root.hex()} of {ORIGIN}",) if opens else (),
    )
    read = Checkpoint.parse(checkpoint.note(KEY))

    assert read == _signed(checkpoint)
    assert read.body() == checkpoint.body()
    assert read.verify(public_of(KEY))
    assert not read.verify(public_of(Key("other", bytes(32))))


def _signed(checkpoint: Checkpoint) -> Checkpoint:
    """As it is read back: with its signature, and in UTC."""
    blob = base64.b64decode(checkpoint.note(KEY).split()[-1])
    return Checkpoint(
        **{
            **vars(checkpoint),
            "sealed_at": checkpoint.sealed_at.astimezone(UTC),
            "signature": blob[4:],
            "key_hash": blob[:4],
        }
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n4\n"),
        ("horizon 743", "horizon 744"),
        ("previous -", f"previous {'0' * 64}"),
        (".250000Z", ".250001Z"),
        ("l19/", "l19+"),
        ("Z\n\n", "Z\nmore\n\n"),
    ],
)
def test_a_changed_seal_is_not_genuine(old: str, new: str) -> None:
    note = _checkpoint().note(KEY)
    assert old in note

    assert not Checkpoint.parse(note.replace(old, new, 1)).verify(public_of(KEY))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n3\n", "\n03\n"),
        ("\n3\n", "\n-3\n"),
        ("previous -", "previous "),
        (".250000Z", "Z"),
        ("2026-11-02", "2026-13-02"),
        ("\u2014 ", "- "),
        ("\u2014 earwitness", "\u2014 another"),
        ("l19/", "l1"),
        ("\n\n", "\n"),
    ],
)
def test_what_is_no_seal_is_not_read(old: str, new: str) -> None:
    note = _checkpoint().note(KEY)
    assert old in note

    with pytest.raises(NotACheckpoint):
        Checkpoint.parse(note.replace(old, new, 1))
