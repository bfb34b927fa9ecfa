"""One line a figure."""

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter

ROUNDS = 5


def line(
    name: str, value: float, floor: float, *, ratio: float, target: float, unit: str
) -> None:
    """Print a figure beside its floor. ratio: how many times the floor's cost ours is."""
    verdict = "ok" if ratio <= target else "short"
    print(  # noqa: T201  this is what the command is for
        f"bench {name} value={value:.4g}{unit} floor={floor:.4g}{unit} "
        f"ratio={ratio:.2f} target={target:.2f} {verdict}",
        flush=True,
    )


def within(name: str, value: float, floor: float, *, limit: float, unit: str) -> None:
    """Print a figure that must not be above a limit, beside its floor."""
    verdict = "ok" if value <= limit else "short"
    print(  # noqa: T201  this is what the command is for
        f"bench {name} value={value:.4g}{unit} floor={floor:.4g}{unit} "
        f"ratio={value / floor:.2f} target={limit:g}{unit} {verdict}",
        flush=True,
    )


def rates(
    name: str, ours: Sequence[float], floors: Sequence[float], target: float
) -> None:
    """Report rates (a second): rounds taken in turn, the median of their ratios."""
    ratio = statistics.median(f / o for o, f in zip(ours, floors, strict=True))
    line(
        name,
        statistics.median(ours),
        statistics.median(floors),
        ratio=ratio,
        target=target,
        unit="/s",
    )


def times(
    name: str, ours: Callable[[], object], floor: Callable[[], object], target: float
) -> None:
    """Time two callables in turn and report medians in ms and of the ratios."""
    ours(), floor()
    mine, bare = [], []
    for _round in range(ROUNDS):
        mine.append(timed(ours))
        bare.append(timed(floor))
    ratio = statistics.median(m / b for m, b in zip(mine, bare, strict=True))
    line(
        name,
        statistics.median(mine) * 1000,
        statistics.median(bare) * 1000,
        ratio=ratio,
        target=target,
        unit="ms",
    )


def timed(act: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    begun = perf_counter()
    act()
    return perf_counter() - begun
