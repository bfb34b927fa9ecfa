"""Are the settings fit for production? The checks that also guard every start."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import Tags, run_checks

from recordings.finding import Finding, fail, ok, warn


def findings() -> Iterator[Finding]:
    """Each problem of the settings; its hint is what to do."""
    if settings.DEBUG:
        yield warn(
            "development settings: nothing unsafe is refused",
            "Unset EARWITNESS_DEBUG in production.",
        )
        return
    problems = [
        problem
        for problem in run_checks(tags=[Tags.security])
        if not problem.is_silenced()
    ]
    for problem in problems:
        level = fail if problem.is_serious() else warn
        yield level(problem.msg.rstrip("."), problem.hint or "")
    if not problems:
        yield ok("nothing unsafe")
