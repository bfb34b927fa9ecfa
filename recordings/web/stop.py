"""What stands where the player would, when a part cannot be heard."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Stop:
    """A block that stands where the player would: title, sentences, and its mark.

    decision: where somebody who may decide about the part does so. asks, ways: where it is
    asked for out of an archive, and how fast it comes (code, words, time). percent: of the
    promised time that has passed.
    """

    title: str | Promise
    text: str | Promise = ""
    more: str | Promise = ""
    mark: str = "none"
    tone: str = ""
    is_passing: bool = False
    decision: str = ""
    asks: str = ""
    ways: Sequence[tuple[str, str, str]] = ()
    percent: int | None = None
