"""What the check of a finished part finds odd, and which of it waits for a person."""

from collections.abc import Iterator

from recordings.audio import AudioFacts
from recordings.models import Alert, Party, Recording

SIZE_MISMATCH = "size_mismatch"
EMPTY = "empty"
NOT_AUDIO = "not_audio"
TRUNCATED = "truncated"
SILENT_AGENT = "silent_agent"
SILENT_CALLER = "silent_caller"
ONE_CHANNEL = "one_channel"
UNENCRYPTED = "unencrypted"

_ALERTS = {
    Alert.Kind.FILE_MISMATCH: {SIZE_MISMATCH, EMPTY, NOT_AUDIO, TRUNCATED},
    Alert.Kind.SILENT_SIDE: {SILENT_AGENT, SILENT_CALLER},
    Alert.Kind.UNENCRYPTED: {UNENCRYPTED},
}
_SIDES = (SILENT_AGENT, SILENT_CALLER)


def of(
    part: Recording,
    facts: AudioFacts | None,
    *,
    size: int,
    problem: str,
    is_unencrypted: bool,
) -> list[str]:
    """The codes of all that is odd, in order; `endings.finding` words them.

    facts: None where the file is no audio; size in bytes; problem: EMPTY, NOT_AUDIO,
    TRUNCATED or ''. What LiveKit's events told before is kept.
    """
    found = set(part.findings)
    if problem:
        found.add(problem)
    if part.promised_bytes is not None and part.promised_bytes != size:
        found.add(SIZE_MISMATCH)
    if is_unencrypted:
        found.add(UNENCRYPTED)
    if facts is not None:
        found |= _of_sides(part, facts)
    return sorted(found)


def matters(part: Recording) -> Iterator[tuple[Alert.Kind, str]]:
    """What of this part waits for a person: the kind of alert, and its detail."""
    if part.state == Recording.State.QUARANTINED:
        yield Alert.Kind.UNLAWFUL_PART, part.reason
    for kind, findings in _ALERTS.items():
        found = sorted(findings & set(part.findings))
        if found:
            yield kind, found[0]


def _of_sides(part: Recording, facts: AudioFacts) -> set[str]:
    """What is odd about the two sides, where they are apart and both had somebody."""
    sides = _apart(part)
    if not sides:
        return set()
    if len(facts.channels) < len(sides):
        return {ONE_CHANNEL}
    silent = zip(sides, facts.channels, strict=False)
    return {finding for finding, channel in silent if channel.is_silent}


def _apart(part: Recording) -> tuple[str, ...]:
    """What silence on the left and on the right would be; () where all share a side.

    LiveKit's SDK alone tells an AGENT apart; media routes tell callers from staff.
    """
    if part.sides == Recording.Sides.TOGETHER:
        return ()
    routed = part.sides == Recording.Sides.CALLER_LEFT
    other = Party.Role.STAFF if routed else Party.Role.AGENT
    took_part = Party.objects.filter(call_id=part.call_id, role=other).exists()
    if not took_part or (not routed and part.source_is_sdk is False):
        return ()
    return (SILENT_CALLER, SILENT_AGENT) if routed else (SILENT_AGENT, SILENT_CALLER)
