"""Every kind of trace that calls leave, in the order of erasing within each step."""

from compliance.requests import numbers, traces
from recordings.models import DoNotRecord
from recordings.traces import (
    calls,
    events,
    files,
    mentions,
    on_lists,
    parties,
    recipients,
)


def register() -> None:
    """Make them known; called once at start-up."""
    around: tuple[traces.Traces, ...] = (
        events.Events(),
        events.RoomNames(),
        *calls.ALL,
        on_lists.StandingConsents(),
        on_lists.OnTheList(),
        on_lists.OnNumberLists(),
        *mentions.ALL,
        *files.ALL,
        parties.Parties(),
    )
    for kind in around:
        traces.register(kind, of_the_call=kind in (calls.LABELS, calls.TOLD_EVENTS))
    traces.register_recipients(recipients.of)
    numbers.known_by_hash(DoNotRecord)
