"""Celery's view of the use cases: load an id, call, hand on. Nothing is decided here.

Every task may run twice, late, or never: the rows carry the state, and the sweeps below
find what no task was published for. What is asked of stores: `store_tasks`.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance.publish import nudge_after_commit, publish_after_commit
from recordings import (
    capture,
    control,
    duties,
    emergency,
    exporting,
    exports,
    impact,
    indexing,
    ingest,
    mirror,
    presence,
    pulse,
    reconciliation,
    recorder,
    rendering,
    scopes,
    worklist,
)
from recordings import watch as watching
from recordings.outgoing import delivery, letters

logger = logging.getLogger(__name__)

PAGE = 200
SWEPT_EVERY = timedelta(seconds=10)
"""How often the sweep of waiting parts and calls runs: what waits longer, it finds."""


@shared_task(name="recordings.drain_inbox")
def drain_inbox() -> None:
    """Apply the events that wait, oldest first; each is taken by one worker."""
    waiting = ingest.due_events(now=timezone.now(), limit=PAGE)
    for event_id in waiting:
        _apply_event(event_id)
    if len(waiting) == PAGE:
        nudge_after_commit(drain_inbox)


def _apply_event(event_id: str) -> None:
    """Apply one event; one that throws is put back and holds up nobody."""
    now = timezone.now()
    try:
        for call_id in ingest.apply_event(event_id=event_id, now=now):
            reconsider(str(call_id))
    except Exception as error:
        ingest.put_back(event_id=event_id, error=error, now=now)
        logger.exception("inbox.event_failed", extra={"event_id": event_id})


@shared_task(name="recordings.reconsider")
def reconsider(call_id: str) -> None:
    """Decide anew about one call and hand on what that asks for."""
    decide(call_id)


def decide(call_id: str) -> capture.Work:
    """The same for who waits for it: what was decided, and on what."""
    work = _think(call_id)
    if work.look_into:
        publish_after_commit(look_into_room, room_sid=work.look_into)
    return work


def _think(call_id: str) -> capture.Work:
    work = capture.reconsider(call_id=UUID(call_id), now=timezone.now())
    for recording_id in work.begin:
        publish_after_commit(begin_recording, recording_id=str(recording_id))
    for recording_id in work.stop:
        publish_after_commit(stop_recording, recording_id=str(recording_id))
    for recording_id in work.check:
        publish_after_commit(index_recording, recording_id=str(recording_id))
    if work.tell_agents:
        publish_after_commit(mirror_state, call_id=call_id)
    if work.again_in is not None and work.again_in < SWEPT_EVERY:
        publish_after_commit(reconsider, after=work.again_in, call_id=call_id)
    scopes.look_at(UUID(call_id), now=timezone.now())
    return work


@shared_task(name="recordings.mirror_state")
def mirror_state(call_id: str) -> None:
    """Tell the agents of a call whether it is being recorded."""
    mirror.tell(call_id=UUID(call_id))


@shared_task(name="recordings.begin_recording")
def begin_recording(recording_id: str) -> None:
    """Ask LiveKit to start a planned part."""
    _reconsider_after(recorder.begin, recording_id)


@shared_task(name="recordings.stop_recording")
def stop_recording(recording_id: str) -> None:
    """Ask LiveKit to end a part."""
    _reconsider_after(recorder.stop, recording_id)


@shared_task(name="recordings.resolve_recording")
def resolve_recording(recording_id: str) -> None:
    """Ask LiveKit what became of an open part."""
    _reconsider_after(recorder.resolve, recording_id)


def _reconsider_after(step: Callable[..., UUID | None], recording_id: str) -> None:
    """Carry out a step of a part, and think about its call if it was taken."""
    call_id = step(recording_id=UUID(recording_id), now=timezone.now())
    if call_id is not None:
        reconsider(str(call_id))


@shared_task(name="recordings.index_recording")
def index_recording(recording_id: str) -> None:
    """Check a finished part against the store."""
    indexing.index(recording_id=UUID(recording_id), now=timezone.now())
    owed = duties.call_of(UUID(recording_id))
    if owed is not None:  # the check may have found that nothing was recorded
        reconsider(str(owed))


STEPS = {"begin": begin_recording, "stop": stop_recording, "resolve": resolve_recording}


@shared_task(name="recordings.answer")
def answer(question: str) -> None:
    """Show that workers take and finish tasks: what `doctor` asked is answered."""
    pulse.answer(question)


@shared_task(name="recordings.settle_recordings")
def settle_recordings() -> None:
    """Move on parts and calls whose time has come, or whose worker died."""
    pulse.beat()  # nobody but the beat asks for this sweep
    now = timezone.now()
    for recording_id, step in worklist.due(now=now, limit=PAGE):
        publish_after_commit(STEPS[step], recording_id=str(recording_id))
    for call_id in capture.restless_calls(now=now, limit=PAGE):
        publish_after_commit(reconsider, call_id=str(call_id))
    for recording_id in indexing.due(now=now, limit=PAGE):
        publish_after_commit(index_recording, recording_id=str(recording_id))


@shared_task(name="recordings.think_again")
def think_again() -> None:
    """Decide anew about live calls and open parts, those first that waited longest: time
    alone may have changed what should happen."""
    for room_sid in worklist.rooms(now=timezone.now(), limit=PAGE):
        for call_id in capture.unsettled_calls(room_sid=room_sid):
            publish_after_commit(reconsider, call_id=str(call_id))


@shared_task(name="recordings.reconcile")
def reconcile(because: str = presence.SWEEP) -> None:
    """Have rooms looked into that differ from LiveKit; all, unless the sweep asks."""
    everywhere = because != presence.SWEEP
    for room_sid in reconciliation.wanted(now=timezone.now(), everywhere=everywhere):
        publish_after_commit(look_into_room, room_sid=room_sid, because=because)


@shared_task(name="recordings.look_into_room")
def look_into_room(room_sid: str, because: str = presence.SWEEP) -> None:
    """Compare a room's parts, people and recorders with LiveKit; then think again."""
    now = timezone.now()
    for recording_id in worklist.quiet_parts(room_sid=room_sid, now=now):
        recorder.resolve(recording_id=recording_id, now=now)
    touched = presence.look(room_sid=room_sid, now=now, because=because)
    for call_id in touched | capture.unsettled_calls(room_sid=room_sid):
        _think(str(call_id))


@shared_task(name="recordings.make_export")
def make_export(export_id: str) -> None:
    """Make the file of a list of calls."""
    exporting.make(export_id=UUID(export_id), now=timezone.now())


@shared_task(name="recordings.settle_exports")
def settle_exports() -> None:
    """Make files whose task was lost, and delete those whose day is over."""
    now = timezone.now()
    for export_id in exporting.due(now=now, limit=PAGE):
        publish_after_commit(make_export, export_id=str(export_id))
    exports.sweep(now=now)


@shared_task(name="recordings.look_into_impact")
def look_into_impact(impact_id: str) -> None:
    """Judge the next calls by a draft of a rule; the rest is another task's."""
    if impact.advance(impact_id=UUID(impact_id), now=timezone.now()):
        publish_after_commit(look_into_impact, impact_id=impact_id)


@shared_task(name="recordings.settle_impacts")
def settle_impacts() -> None:
    """Go on with runs whose worker or task was lost."""
    for impact_id in impact.due(now=timezone.now(), limit=PAGE):
        publish_after_commit(look_into_impact, impact_id=str(impact_id))


@shared_task(name="recordings.make_rendition")
def make_rendition(rendition_id: str) -> None:
    """Make a file of another kind of a recording; then it is the next one's turn."""
    now = timezone.now()
    if rendering.make(rendition_id=UUID(rendition_id), now=now):
        for waiting in rendering.due(now=now, limit=1):
            publish_after_commit(make_rendition, rendition_id=str(waiting))


@shared_task(name="recordings.settle_renditions")
def settle_renditions() -> None:
    """Make files whose task was lost, and delete those whose day is over."""
    now = timezone.now()
    for rendition_id in rendering.due(now=now, limit=PAGE):
        publish_after_commit(make_rendition, rendition_id=str(rendition_id))
    rendering.sweep(now=now)


@shared_task(name="recordings.blank_payloads")
def blank_payloads() -> None:
    """Blank the payloads of events applied over a week ago."""
    blanked = ingest.blank_payloads(now=timezone.now())
    logger.info("inbox.blanked", extra={"events": blanked})


@shared_task(name="recordings.deliver_events", soft_time_limit=90, time_limit=110)
def deliver_events(subscription_id: str) -> None:
    """Send a subscriber what waits for it; a receiver that dawdles is cut off."""
    delivery.to_subscriber(subscription_id=UUID(subscription_id), now=timezone.now())


@shared_task(name="recordings.deliver_mail", soft_time_limit=90, time_limit=110)
def deliver_mail(person_id: str) -> None:
    """Send a person one mail about what waits for him."""
    delivery.to_person(person_id=UUID(person_id), now=timezone.now())


@shared_task(name="recordings.settle_deliveries")
def settle_deliveries() -> None:
    """Hand on what waits in the outbox, one task a receiver."""
    letters.write(now=timezone.now())
    for receiver in delivery.due(now=timezone.now(), limit=PAGE):
        if subscriber := receiver.subscription_id:
            publish_after_commit(deliver_events, subscription_id=str(subscriber))
        else:
            publish_after_commit(deliver_mail, person_id=str(receiver.person_id))


@shared_task(name="recordings.watch")
def watch() -> None:
    """Judge what no single act shows: what is overdue, off, or refused too often."""
    emergency.find_overdue(now=timezone.now())
    for burst in watching.judge(now=timezone.now()):
        publish_after_commit(reconcile, because=burst)


@shared_task(name="recordings.watch_control", soft_time_limit=40, time_limit=50)
def watch_control() -> None:
    """Look whether control itself works: guards of the log, its forwarding, clocks."""
    control.judge(now=timezone.now())


@shared_task(name="recordings.sweep_outbox")
def sweep_outbox() -> None:
    """Forget messages that were sent, or given up, a month ago."""
    logger.info("outbox.swept", extra={"events": delivery.sweep(now=timezone.now())})
