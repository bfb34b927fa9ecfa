"""What the tests of the checks ask of findings."""

from collections.abc import Iterable

from recordings.finding import Finding, Level


def told(findings: Iterable[Finding], level: Level) -> dict[str, str]:
    """What was found of that level, and what to do about each."""
    return {one.what: one.remedy for one in findings if one.level is level}


def only(findings: Iterable[Finding]) -> Finding:
    """The one finding there is."""
    (finding,) = findings
    return finding
