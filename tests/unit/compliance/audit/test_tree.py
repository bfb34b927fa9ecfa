"""The Merkle tree, by the words of RFC 9162 and by published answers."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.audit import tree
from compliance.audit.canonical import leaf_hash

# leaves and roots of the test data of Certificate Transparency
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 700)


def _leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def _plain_root(leaves: list[bytes]) -> bytes:
    """The definition of the RFC, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    left, right = _plain_root(leaves[:half]), _plain_root(leaves[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


def _nodes(leaves: list[bytes]) -> tree.Nodes:
    def at(level: int, index: int) -> bytes:
        start, count = index << level, 1 << level
        assert start + count <= len(leaves), "the tree has no such complete subtree"
        return _plain_root(leaves[start : start + count])

    return at


def test_the_published_answers() -> None:
    frontier = tree.Frontier()
    assert frontier.root == hashlib.sha256(b"").digest()

    for text, root in zip(INPUTS, ROOTS, strict=True):
        frontier.append(leaf_hash(text))
        assert frontier.root.hex() == root


@given(SIZES)
def test_a_frontier_goes_on_from_where_it_was(size: int) -> None:
    leaves = _leaves(size)
    begun = size // 2
    nodes = _nodes(leaves[:begun])

    frontier = tree.Frontier(begun, [nodes(*peak) for peak in tree.peaks(begun)])
    closed = [one for leaf in leaves[begun:] for one in frontier.append(leaf)]

    assert frontier.size == size
    assert frontier.root == _plain_root(leaves)
    assert [(level, index) for level, index, _hash in closed] == [
        (8, index) for index in range(begun // 256, size // 256)
    ]
    assert all(
        found == _plain_root(leaves[index * 256 : (index + 1) * 256])
        for _level, index, found in closed
    )


def test_a_frontier_wants_the_peaks_of_its_size() -> None:
    with pytest.raises(ValueError, match="peaks"):
        tree.Frontier(3, [b""])


@given(SIZES, st.data())
def test_a_leaf_is_shown_to_be_in_the_tree_and_nothing_else_is(
    size: int, data: st.DataObject
) -> None:
    leaves = _leaves(size)
    position = data.draw(st.integers(0, size - 1))
    root = _plain_root(leaves)
    path = tree.inclusion_proof(_nodes(leaves), position, size)

    def holds(
        leaf: bytes = leaves[position],
        at: int = position,
        within: int = size,
        along: list[bytes] = path,
    ) -> bool:
        return tree.verify_inclusion(leaf, at, within, along, root)

    assert holds()
    assert not holds(leaf=leaf_hash(b"another"))
    assert not holds(along=[*path, root])
    assert not holds(at=size)
    assert not holds(at=-1)
    if path:
        assert not holds(along=path[:-1])
        assert not holds(along=[leaf_hash(b"x"), *path[1:]])
        assert not holds(at=position ^ 1)


@given(SIZES, st.data())
def test_the_older_tree_is_shown_to_be_the_beginning_of_the_newer(
    size: int, data: st.DataObject
) -> None:
    leaves = _leaves(size)
    older = data.draw(st.integers(0, size))
    old_root, new_root = _plain_root(leaves[:older]), _plain_root(leaves)
    path = tree.consistency_proof(_nodes(leaves), older, size)

    assert tree.verify_consistency(older, size, old_root, new_root, path)
    other = leaf_hash(b"another")
    assert not tree.verify_consistency(older, size, other, new_root, path)
    assert not tree.verify_consistency(older, size, old_root, new_root, [*path, other])
    if path:
        assert not tree.verify_consistency(older, size, old_root, other, path)
        assert not tree.verify_consistency(older, size, old_root, new_root, path[:-1])
        assert not tree.verify_consistency(size, older, old_root, new_root, path)


def test_what_is_asked_the_wrong_way_round_is_refused() -> None:
    nodes = _nodes(_leaves(4))

    with pytest.raises(ValueError, match="no leaf 4"):
        tree.inclusion_proof(nodes, 4, 4)
    with pytest.raises(ValueError, match="does not grow"):
        tree.consistency_proof(nodes, 4, 3)


def test_peaks_cover_the_tree_without_a_gap() -> None:
    for size in range(600):
        spans = [
            (index << level, index + 1 << level) for level, index in tree.peaks(size)
        ]
        assert all(left[1] == right[0] for left, right in pairwise(spans))
        assert not spans or (spans[0][0], spans[-1][1]) == (0, size)
