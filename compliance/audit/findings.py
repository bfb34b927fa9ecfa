"""What a check of the audit log can find, in words, and the report it makes."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

KEPT = 20
"""Findings that are kept in full; the rest are counted."""


class Kind(models.TextChoices):
    """One way in which the log is not what was sealed."""

    CHANGED = "changed", _("an entry is not what was sealed")
    FORGED = "forged", _("an entry does not carry the MAC of its contents")
    UNREADABLE = "unreadable", _("an entry holds what we never write")
    ENTRY_GONE = "entry_gone", _("a sealed entry is gone")
    LEAF_GONE = "leaf_gone", _("the leaf of an entry is gone")
    INSERTED = "inserted", _("an entry was put in where all was sealed already")
    ORDER = "order", _("an entry does not stand in its place in the log's order")
    EXTRA_LEAF = "extra_leaf", _("leaves follow that no seal covers")
    NODE = "node", _("a kept node of the tree is not what its leaves give")
    ROOT = "root", _("up to here, the log is not what this seal says")
    SIGNATURE = "signature", _("a seal is not signed by its key")
    NO_KEY = "no_key", _("the key of a seal is not in the ring")
    SEAL_CHAIN = "seal_chain", _("a seal does not follow the one before it")
    SEAL_ROW = "seal_row", _("the row of a seal says something else than its body")
    GUARD_OFF = "guard_off", _("a trigger that refuses changes is off or gone")
    CUT = "cut", _("the end was removed: a seal held outside knows more entries")
    CONTRADICTED = "contradicted", _("a seal held outside contradicts the log")
    ANCHOR_GONE = "anchor_gone", _("a seal that was put outside is no longer there")
    ANCHOR_FALSE = "anchor_false", _("a seal held outside is not signed by our key")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: at which position (None: of the whole), and why."""

    kind: str
    position: int | None = None
    entry_id: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        """In words, for people."""
        words = str(Kind(self.kind).label)
        return f"{words} ({self.detail})" if self.detail else words


@dataclass
class Report:
    """What a check saw.

    first, size: the positions looked at, the second not counted. unsealed: entries that
    no seal covers yet, the oldest of them written at unsealed_since. macs_unchecked:
    entries whose MAC key the ring no longer has. outside_*: of the newest seal that is
    held outside the database, what was removed after it nobody can prove.
    """

    first: int = 0
    size: int = 0
    seals: int = 0
    epochs: int = 0
    sealed_at: datetime | None = None
    unsealed: int = 0
    unsealed_since: datetime | None = None
    macs_unchecked: int = 0
    outside_at: datetime | None = None
    outside_size: int = 0
    outside_place: str = ""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def entries(self) -> int:
        """How many sealed entries were looked at."""
        return self.size - self.first

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    @property
    def first_bad(self) -> Finding | None:
        """The finding at the lowest position; one of the whole log comes last."""
        return min(self.findings, key=_place, default=None)

    def find(self, kind: Kind, position: int | None = None, **told: str) -> None:
        """Something is wrong. told: `entry_id`, `detail`."""
        self.found += 1
        if len(self.findings) < KEPT:
            self.findings.append(Finding(kind.value, position, **told))

    def in_order(self) -> list[Finding]:
        """The findings that were kept, by position."""
        return sorted(self.findings, key=_place)

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        told = asdict(self)
        first = self.first_bad
        told["findings"] = [
            {**asdict(one), "reason": one.reason} for one in self.in_order()
        ]
        return {**told, "sound": self.is_sound, "first_bad": first and asdict(first)}


def _place(finding: Finding) -> tuple[bool, int]:
    return finding.position is None, finding.position or 0
