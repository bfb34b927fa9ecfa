"""The path of an entry to the root, as a small tree: what is known joins its sibling."""

from dataclasses import dataclass

from compliance.audit.proofs import ShownProof

STEP, MIDDLE, ASIDE = 26, 60, 40
"""Height of a level; where what is known stands, and how far off its sibling."""
MARGIN = 12


@dataclass(frozen=True)
class Node:
    """A circle of the picture."""

    x: int
    y: int
    kind: str


@dataclass(frozen=True)
class Edge:
    """A line up to the parent."""

    x: int
    y: int
    to_x: int
    to_y: int


@dataclass(frozen=True)
class Tree:
    """The picture; its table beside it has the hashes."""

    height: int
    nodes: list[Node]
    edges: list[Edge]
    width: int = 2 * MIDDLE


def drawn(shown: ShownProof) -> Tree:
    """The leaf at the bottom, the root at the top, a sibling on its side at each level."""
    levels = len(shown.steps)
    bottom = MARGIN + levels * STEP
    nodes, edges = [Node(MIDDLE, bottom, "leaf")], []
    for step in shown.steps:
        y = bottom - step.level * STEP
        aside = MIDDLE - ASIDE if step.is_left else MIDDLE + ASIDE
        kind = "root" if step.level == levels - 1 else "node"
        nodes += [Node(aside, y, "sibling"), Node(MIDDLE, y - STEP, kind)]
        edges += [Edge(x, y, MIDDLE, y - STEP) for x in (MIDDLE, aside)]
    return Tree(bottom + MARGIN, nodes, edges)
