"""The tree as the database keeps it: leaves, and nodes at level 8, 16, 24 …

A tile is up to 256 of one kept level, read in one query; so a root or a proof costs at
most two or three tiles a level, however long the log.
"""

from collections.abc import Iterable

from django.db import connection

from compliance.audit import tree
from compliance.audit.tree import TILE, Frontier, Node
from compliance.models import AuditLeaf, AuditNode

_WIDTH = 1 << TILE


class Missing(LookupError):
    """A leaf or a node that ought to be there is not: the tables were tampered with."""


class StoredTree:
    """`tree.Nodes` over the tables; remembers the tiles it has read."""

    def __init__(self) -> None:
        """Nothing is read before it is asked for."""
        self._tiles: dict[tuple[int, int], dict[int, bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree at (level, index). Raises Missing."""
        kept = level - level % TILE
        first, count = index << level - kept, 1 << level - kept
        hashes = [self._kept(kept, at) for at in range(first, first + count)]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [tree.node_hash(left, right) for left, right in pairs]
        return hashes[0]

    def frontier(self, size: int) -> Frontier:
        """The right edge of the tree of that size. Raises Missing."""
        return Frontier(size, [self(*peak) for peak in tree.peaks(size)])

    def _kept(self, level: int, index: int) -> bytes:
        tile = level, index >> TILE
        if tile not in self._tiles:
            self._tiles[tile] = _read(level, tile[1] << TILE)
        try:
            return self._tiles[tile][index]
        except KeyError as error:
            raise Missing(f"{level}/{index}") from error


def add(leaves: "list[tuple[int, str, bytes]]", nodes: list[Node]) -> None:
    """Store leaves (position, id of the entry, hash) and the nodes that they closed."""
    with connection.cursor() as cursor:
        with cursor.copy(_COPY_LEAVES) as copy:
            copy.write(
                "".join(f"{at}\t{key}\t\\\\x{h.hex()}\n" for at, key, h in leaves)
            )
        if nodes:
            with cursor.copy(_COPY_NODES) as copy:
                copy.write(
                    "".join(f"{at}\t{i}\t\\\\x{h.hex()}\n" for at, i, h in nodes)
                )


_COPY_LEAVES = f"COPY {AuditLeaf._meta.db_table} (position, entry_id, hash) FROM STDIN"
_COPY_NODES = f"COPY {AuditNode._meta.db_table} (level, index, hash) FROM STDIN"


def _read(level: int, first: int) -> dict[int, bytes]:
    """One tile: hashes by index."""
    span = range(first, first + _WIDTH)
    rows: Iterable[tuple[int, bytes | memoryview]]
    if level == 0:
        leaves = AuditLeaf.objects.filter(
            position__gte=span.start, position__lt=span.stop
        )
        rows = leaves.values_list("position", "hash")
    else:
        nodes = AuditNode.objects.filter(
            level=level, index__gte=span.start, index__lt=span.stop
        )
        rows = nodes.values_list("index", "hash")
    return {index: bytes(found) for index, found in rows}
