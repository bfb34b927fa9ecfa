"""LiveKit: does it know our key, can it record, and how are its trunks guarded?"""

from collections.abc import Collection, Iterator

from django.conf import settings

from recordings.finding import Finding, fail, ok, warn
from recordings.livekit import client
from recordings.livekit.client import LiveKitUnavailable, Refusal
from recordings.livekit.facts import TrunkFacts
from recordings.livekit.trunks import trunks
from recordings.models import Trunk

NOBODYS_ROOM = "earwitness-doctor"
MOST_NAMED = 5

_REMEDIES = {
    Refusal.UNREACHABLE: "LIVEKIT_URL: is it right, and reachable from here?",
    Refusal.UNSUPPORTED: "LIVEKIT_URL does not lead to LiveKit's API.",
    Refusal.NO_EGRESS: "Give livekit-server and egress the same Redis.",
}


def findings() -> Iterator[Finding]:
    """Rooms first: who may not even ask for them need not ask further."""
    if not settings.LIVEKIT_URL or not settings.LIVEKIT_API_KEYS:
        yield fail("is not configured", "Set LIVEKIT_URL and LIVEKIT_API_KEYS.")
        return
    try:
        client.live_room(NOBODYS_ROOM)
    except LiveKitUnavailable as error:
        yield fail(f"does not tell of rooms ({error})", _remedy(error, "roomList"))
        return
    yield ok("knows our key and tells of rooms")
    yield _egress()
    yield from _trunks()


def _egress() -> Finding:
    """What can be known without a recording: whether it may be asked for one."""
    try:
        running = len(client.running())
    except LiveKitUnavailable as error:
        return fail(f"does not tell of egress ({error})", _remedy(error, "roomRecord"))
    return ok(
        f"tells of egress ({running} at work); whether a recorder is free shows only at "
        "a start"
    )


def _remedy(error: LiveKitUnavailable, grant: str) -> str:
    if error.reason is Refusal.FORBIDDEN:
        return (
            "LIVEKIT_API_KEYS: LiveKit does not know the first key, or its secret is "
            f"another, or it may not {grant}."
        )
    return _REMEDIES.get(error.reason, "Look at LiveKit's log.")  # type: ignore[arg-type]


def _trunks() -> Iterator[Finding]:
    try:
        found = trunks()
    except LiveKitUnavailable as error:
        told = f"does not tell of trunks ({error})"
        yield warn(told, _remedy(error, "sip admin"))
        return
    yield ok(f"tells of trunks ({len(found)})")
    yield from _guarded(found)
    yield from _owned(found)


def _guarded(found: list[TrunkFacts]) -> Iterator[Finding]:
    if clear := [trunk.id for trunk in found if not trunk.is_encrypted]:
        yield warn(
            f"voices travel unencrypted on {_named(clear)}",
            "Set media_encryption on the trunk, if the carrier can.",
        )
    if open_to_all := [trunk.id for trunk in found if trunk.takes_anybody]:
        yield warn(
            f"calls are taken from any address on {_named(open_to_all)}",
            "Set allowed_addresses to the carrier's: caller ids can be forged.",
        )


def _owned(found: list[TrunkFacts]) -> Iterator[Finding]:
    ours = set(Trunk.objects.values_list("livekit_id", flat=True))
    theirs = {trunk.id for trunk in found}
    inbound = {trunk.id for trunk in found if trunk.is_inbound}
    if nobodys := sorted(inbound - ours):
        yield warn(
            f"calls over {_named(nobodys)} go to Unassigned",
            "Add the trunk in the admin site, with its team.",
        )
    if gone := sorted(ours - theirs):
        yield warn(
            f"LiveKit does not know {_named(gone)}",
            "Correct the trunk's LiveKit id in the admin site.",
        )


def _named(ids: Collection[str]) -> str:
    """The first few ids, and how many more."""
    shown = ", ".join(list(ids)[:MOST_NAMED])
    more = len(ids) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
