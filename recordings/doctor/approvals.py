"""Is there a second person for what takes two?"""

from collections.abc import Iterator

from compliance.access import approving
from recordings.finding import Finding, ok, warn


def findings() -> Iterator[Finding]:
    """One line for each kind of act that one person could do alone."""
    thin = approving.thin_kinds()
    for kind, places in thin:
        yield warn(
            f"fewer than two people can approve: {kind.name}"
            + (f" ({places} teams)" if kind.of_a_team else ""),
            "Give a second person the role: until then one alone does it.",
        )
    if not thin:
        yield ok("two people or more for everything that takes two")
