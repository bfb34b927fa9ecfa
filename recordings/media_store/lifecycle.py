"""What a store does by itself, as people see it: rules of ours, and rules of others."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

OURS = "earwitness-"
"""How the names of our rules begin; whatever is named otherwise is left as it is."""
TIER = "earwitness-tier"
SWEEP = "earwitness-sweep"
MARKS = (TIER, SWEEP)
"""What an object carries for a rule of ours to meet it. Nothing on hold carries either."""


@dataclass(frozen=True)
class StoreRule:
    """One rule: its name, what it says (in the store's own words, always written alike),
    and whether it may destroy recordings past the portal."""

    id: str
    text: str
    destroys: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the portal wrote it, and may change it."""
        return self.id.startswith(OURS)


def fingerprint(rules: Iterable[StoreRule]) -> str:
    """Equal while the rules are, in whatever order the store tells them."""
    lines = sorted(f"{one.id}\n{one.text}" for one in rules)
    return hashlib.sha256("\n\n".join(lines).encode()).hexdigest()
