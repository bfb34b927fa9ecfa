"""Do all clocks tell the same time as this machine's?

Leases go by the database's, links by the store's, and LiveKit's tokens are refused at
sixty seconds.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from recordings import clocks, figures
from recordings.finding import Finding, fail, ok, warn

WARN_SECONDS = 5
FAIL_SECONDS = 30
NAMES = {"database": "the database", "redis": "Redis", "store": "the store"}
_REMEDY = "Keep both machines in step by NTP (chrony)."


def findings() -> Iterator[Finding]:
    """Each clock against this machine's; one that cannot be read stops no other."""
    for code, name in NAMES.items():
        try:
            skew = clocks.skew(code)
        except Exception as error:  # noqa: BLE001  its own check says why
            told = f"{name}: not to be read ({type(error).__name__})"
            yield warn(told, f"See what is told of {name}.")
        else:
            yield _judged(name, skew.seconds if skew else None)
    yield _livekit()


def _judged(name: str, skew: float | None) -> Finding:
    if skew is None:
        return ok(f"{name}: goes by this machine's")
    told = f"{name}: {abs(skew):.1f} seconds {'ahead' if skew > 0 else 'behind'}"
    if abs(skew) > FAIL_SECONDS:
        return fail(told, _REMEDY)
    return warn(told, _REMEDY) if abs(skew) > WARN_SECONDS else ok(told)


def _livekit() -> Finding:
    """From when LiveKit signed its latest webhooks and when they came."""
    behind = figures.skew_seconds(now=datetime.now(UTC))
    if behind is None:
        minutes = figures.SKEW_SEEN_IN // timedelta(minutes=1)
        return ok(f"LiveKit: not known, no event came in the last {minutes} minutes")
    return _judged("LiveKit", -behind)
