"""The checker that is handed out: its own Ed25519 and tree, in any Python from 3.9."""

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from hypothesis import given
from hypothesis import strategies as st

from compliance.audit import check_audit, pack, tree

# RFC 8032, 7.1: secret key, public key, message, signature
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
            "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
            "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
            "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
L = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_signatures_of_the_standard(public: str, message: str, signature: str) -> None:
    key = check_audit.Key(bytes.fromhex(public))
    told, signed = bytes.fromhex(message), bytes.fromhex(signature)
    s = int.from_bytes(signed[32:], "little")

    assert key.signed(told, signed)
    assert not key.signed(told + b"x", signed)
    assert not key.signed(told, signed[:32] + (s + L).to_bytes(32, "little")), (
        "malleable"
    )
    assert not key.signed(told, signed[:63])


@given(
    seed=st.binary(min_size=32, max_size=32),
    message=st.binary(),
    flip=st.integers(0, 511),
)
def test_it_agrees_with_the_library(seed: bytes, message: bytes, flip: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    good = private.sign(message)
    bad = (int.from_bytes(good, "little") ^ 1 << flip).to_bytes(64, "little")
    key = check_audit.Key(public)

    assert key.signed(message, good)
    assert key.signed(message, bad) == _accepts(public, message, bad)


def _accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("data", [b"\xff" * 32, b"\x02" + bytes(31), bytes(31)])
def test_what_is_no_point_is_no_key(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a public key"):
        check_audit.Key(data)


@given(st.lists(st.binary(max_size=3), max_size=600), st.integers(0, 600))
def test_its_tree_is_that_of_the_seals(leaves: list[bytes], cut: int) -> None:
    hashes = [hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves]
    ours, theirs = tree.Frontier(), check_audit.Tree()
    for leaf in hashes:
        ours.append(leaf)
        theirs.append(leaf)
    assert theirs.root() == ours.root

    nodes = dict(enumerate(hashes))
    jumped = check_audit.Tree()
    cut = min(cut, len(hashes))
    for level, index in [*tree.peaks(cut), *pack._between(cut, len(hashes))]:
        span = range(index << level, (index + 1) << level)
        whole = tree.Frontier()
        for at in span:
            whole.append(nodes[at])
        jumped.append(whole.root, level)
    assert jumped.root() == ours.root


def test_a_subtree_fits_in_one_place_only() -> None:
    whole = check_audit.Tree()
    whole.append(bytes(32))
    with pytest.raises(ValueError, match="does not fit"):
        whole.append(bytes(32), level=1)


def test_it_is_python_of_2020_without_anything_else() -> None:
    parsed = ast.parse(pack.CHECKER.read_text(), feature_version=(3, 9))

    used = {
        name.split(".")[0]
        for node in ast.walk(parsed)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert used <= set(sys.stdlib_module_names)


def test_what_is_no_pack_is_said_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", pack.CHECKER, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "no pack that can be read" in done.stdout
    assert not done.stderr
