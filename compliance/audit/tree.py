"""The Merkle tree of RFC 9162 (section 2.1): pure arithmetic over hashes.

A tree of n leaves is made of complete subtrees, one for each bit of n. `Nodes` gives
their hashes by (level, index): level 0 are the leaves, and a node of level l covers
the leaves from index * 2^l up to (index + 1) * 2^l. Whoever stores some levels can
give all of them; the ragged right edge is worked out here.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE = 8
"""Every so many levels the nodes are kept: 256 of them make one of the next."""

Nodes = Callable[[int, int], bytes]
"""Hash of the complete subtree at (level, index)."""
Node = tuple[int, int, bytes]
"""A complete subtree: level, index, hash."""


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children."""
    return hashlib.sha256(b"\1" + left + right).digest()


def peaks(size: int) -> list[tuple[int, int]]:
    """The complete subtrees that make a tree of that size, largest first."""
    found, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            found.append((level, start >> level))
            start += 1 << level
    return found


class Frontier:
    """The right edge of a growing tree: all it takes to append and to tell the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """hashes: those of `peaks(size)`, in that order."""
        self.size = size
        self._peaks = list(hashes)
        if len(self._peaks) != size.bit_count():
            raise ValueError("These are not the peaks of a tree of that size.")

    def append(self, leaf: bytes) -> list[Node]:
        """Add one leaf hash; returns the complete subtrees it closed that are kept."""
        closed: list[Node] = []
        rest, level, known = self.size, 0, self._peaks
        while rest & 1:
            leaf = node_hash(known.pop(), leaf)
            level += 1
            rest >>= 1
            if not level % TILE:
                closed.append((level, rest, leaf))
        known.append(leaf)
        self.size += 1
        return closed

    @property
    def root(self) -> bytes:
        """The hash of the whole tree; an empty one has one, too."""
        return _folded(self._peaks)


def root_of(nodes: Nodes, size: int) -> bytes:
    """The root of the first `size` leaves."""
    return _folded([nodes(*peak) for peak in peaks(size)])


def inclusion_proof(nodes: Nodes, position: int, size: int) -> list[bytes]:
    """The path from a leaf to the root of the tree of that size (2.1.3.1).

    Raises ValueError where the tree has no such leaf.
    """
    if not 0 <= position < size:
        raise ValueError(f"no leaf {position} in a tree of {size}")
    return _path(nodes, position, 0, size)


def consistency_proof(nodes: Nodes, older: int, newer: int) -> list[bytes]:
    """What shows that the older tree is the beginning of the newer (2.1.4.1).

    Nothing, for trees of one size or for an empty one. Raises ValueError for sizes
    the wrong way round.
    """
    if not 0 <= older <= newer:
        raise ValueError(f"a tree of {older} does not grow into one of {newer}")
    if older in (0, newer):
        return []
    return _subproof(nodes, older, 0, newer, known=True)


def verify_inclusion(
    leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether that leaf hash stands at that position below that root (2.1.3.2)."""
    if not 0 <= position < size:
        return False
    index, last, found = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    older: int, newer: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the older tree is the beginning of the newer (2.1.4.2)."""
    if not 0 <= older <= newer:
        return False
    if older in (0, newer):
        return not path and old_root == (new_root if older else EMPTY_ROOT)
    hashes = list(path)
    if older & (older - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    return _both_roots(older - 1, newer - 1, hashes) == (old_root, new_root)


def _both_roots(
    index: int, last: int, hashes: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The older and the newer root that a proof leads to; None where it has no end."""
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if index & 1 or index == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        index, last = index >> 1, last >> 1
    return (old, new) if last == 0 else None


def _folded(hashes: Sequence[bytes]) -> bytes:
    """One root over complete subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for larger in reversed(hashes[:-1]):
        found = node_hash(larger, found)
    return found


def _range(nodes: Nodes, start: int, size: int) -> bytes:
    """The hash over `size` leaves from `start`, which such a subtree may begin at."""
    return _folded(
        [nodes(level, (start >> level) + index) for level, index in peaks(size)]
    )


def _split(size: int) -> int:
    """The largest power of two below the size: where a tree parts."""
    return 1 << (size - 1).bit_length() - 1


def _path(nodes: Nodes, position: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if position < left:
        below = _path(nodes, position, start, left)
        return [*below, _range(nodes, start + left, size - left)]
    below = _path(nodes, position - left, start + left, size - left)
    return [*below, _range(nodes, start, left)]


def _subproof(
    nodes: Nodes, older: int, start: int, size: int, *, known: bool
) -> list[bytes]:
    if older == size:
        return [] if known else [_range(nodes, start, size)]
    left = _split(size)
    if older <= left:
        below = _subproof(nodes, older, start, left, known=known)
        return [*below, _range(nodes, start + left, size - left)]
    below = _subproof(nodes, older - left, start + left, size - left, known=False)
    return [*below, _range(nodes, start, left)]
