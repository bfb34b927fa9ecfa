"""Where seals are held outside the database, for whoever compares them with the log.

Whoever puts seals somewhere (the vault, a log stream) registers a source when it
starts; it tells what lies there now, and with `note=None` what ought to.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    """A signed note as it is held outside; None: it was put there and is gone.

    place: in a few words, for people; name: by which it is found there.
    """

    place: str
    name: str
    note: str | None


Source = Callable[[], Iterable[Held]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Make a place known; called at start-up."""
    if source not in _sources:
        _sources.append(source)


def held() -> Iterator[Held]:
    """All that is held outside, place by place."""
    for source in _sources:
        yield from source()
