"""Asks LiveKit who and what is in a room, where its events may have been lost.

LiveKit sends an event for some fifteen seconds and then forgets it: without this, a call
whose end was told while nobody listened would be live for ever. What is found missing is
kept apart from what is told (`Party.gone_at`), so that the end which LiveKit tells after
all stands instead. No answer changes nothing.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from recordings import alerts, parties
from recordings.livekit import client
from recordings.livekit.facts import EgressFacts, ParticipantFacts
from recordings.models import Alert, Call, Party, Recording, Room
from recordings.rooms import regroup

logger = logging.getLogger(__name__)

QUIET = timedelta(minutes=3)
"""A call must be this old before its end is looked for: news may be on its way."""
DOUBTED = timedelta(seconds=30)
"""The same, where LiveKit has said that the room is gone: it may not be there yet."""
ROOM_GONE = "room_gone"
NOT_OURS = "not_ours"
SWEEP = "sweep"
"""Why a room is looked into when no event is known to be lost."""


def look(*, room_sid: str, now: datetime, because: str = SWEEP) -> set[UUID]:
    """Compare what we know of a room with what LiveKit says of it now.

    Ends the calls whose callers are gone, at the time that can be told best, and alerts
    about recorders that we did not start. because: a code for the audit log, which says
    of each call what was found so; any other than SWEEP means that events were lost, and
    young calls are doubted too. Returns the calls to reconsider.
    """
    room = Room.objects.get(sid=room_sid)
    if not room.name:
        return set()
    touched: set[UUID] = set()
    try:
        if _is_doubtful(room, now, after=QUIET if because == SWEEP else DOUBTED):
            touched = _compare_people(room, now, because)
        _compare_recorders(room, now)
    except (client.LiveKitUnavailable, ImproperlyConfigured) as error:
        logger.warning("presence.no_answer", extra={"error": type(error).__name__})
    return touched


def _is_doubtful(room: Room, now: datetime, *, after: timedelta) -> bool:
    """Whether a call has been live for so long that its end may have been missed, or
    the room is open without one: its beginning may have been."""
    live = Call.objects.filter(room=room, ended_at=None)
    refused = Q(recordings__reason=ROOM_GONE) & Q(noticed_at__lt=now - DOUBTED)
    if live.filter(Q(noticed_at__lt=now - after) | refused).exists():
        return True
    return room.finished_at is None and not live.exists()


def _compare_people(room: Room, now: datetime, because: str) -> set[UUID]:
    """Let in whom we had not heard of, and mark who is there no more."""
    # who comes while LiveKit is asked is not in its answer: only these can be missing
    present_before = {*_sids(staying().filter(room=room))}
    people = _people_in(room)
    there = {person.sid: person for person in people or ()}
    with transaction.atomic():
        locked = Room.objects.select_for_update().get(sid=room.sid)
        newcomers = there.keys() - {*_sids(Party.objects.filter(room=room))}
        for sid in newcomers:
            parties.learn(locked, there[sid], told_at=now)
        missing = staying().filter(
            room=room, participant_sid__in=present_before - there.keys()
        )
        gone = missing.update(gone_at=_gone_at(room, now, is_closed=people is None))
        back = Party.objects.filter(room=room, participant_sid__in=there)
        found = back.exclude(gone_at=None).update(gone_at=None)
        changes = {"joined": len(newcomers), "left": gone, "back": found}
        return (
            _regroup(locked, changes, because, now) if any(changes.values()) else set()
        )


def _regroup(
    room: Room, changes: Mapping[str, int], because: str, now: datetime
) -> set[UUID]:
    """Bring the room's calls in line, and enter what was found of each, and how."""
    before = dict(Call.objects.filter(room=room).values_list("id", "ended_at"))
    touched = regroup(room, now=now)
    for call in Call.objects.filter(id__in=touched).order_by("id"):
        if before.get(call.id) is not None:
            continue  # it was over before
        found = ["call"] if call.id not in before else []
        found += [what for what, count in changes.items() if count]
        found += [] if call.is_live else ["end"]
        facts: dict[str, Fact] = {"found": ",".join(found), "because": because}
        log.append(Action.CALL_RECONCILED, subject=call, facts=facts)
    return touched


def staying() -> QuerySet[Party]:
    """Those who came, and of whom it is neither told nor found that they left."""
    return Party.objects.filter(joined_at__isnull=False, left_at=None, gone_at=None)


def _sids(rows: QuerySet[Party]) -> Iterable[str]:
    return rows.values_list("participant_sid", flat=True)


def _people_in(room: Room) -> list[ParticipantFacts] | None:
    """Who takes part in this very room now; None when it is closed.

    LiveKit knows rooms by name, and a name comes again: people are asked for first, so
    that they were in our room if it is our room that is open afterwards.
    """
    people = client.participants(room.name)
    current = client.live_room(room.name)
    if current is None or current.sid != room.sid:
        return None
    return [person for person in people if parties.is_party(person)]


def _gone_at(room: Room, now: datetime, *, is_closed: bool) -> datetime:
    """When they were gone at the latest: now, or when the recorder found itself alone.

    A recorder that nobody stopped ends with its room.
    """
    calls = Call.objects.filter(room=room, ended_at=None)
    at = max((call.now(now) for call in calls), default=now)
    ended = Recording.objects.filter(
        call__in=calls, reason="complete", stop_wanted=""
    ).aggregate(last=Max("ended_at"))["last"]
    return min(at, ended) if is_closed and ended else at


def _compare_recorders(room: Room, now: datetime) -> None:
    """Alert, once each, about recorders in this room that are not ours."""
    listed = [one for one in client.find(room_name=room.name) if _is_in(room, one)]
    strange = {one.egress_id for one in listed} - _ours(listed)
    for egress_id in sorted(strange):
        alerts.open_once(
            Alert.Kind.FOREIGN_RECORDER,
            subject=egress_id,
            now=now,
            call=room.calls.order_by("-started_at").first(),
            detail=NOT_OURS,
            ever=True,
        )


def _is_in(room: Room, egress: EgressFacts) -> bool:
    return bool(egress.egress_id) and egress.room_sid == room.sid


def _ours(listed: Collection[EgressFacts]) -> set[str]:
    """Ids of those we know: by id, or, where a start had no answer, by the key asked for."""
    by_id = Recording.objects.filter(egress_id__in=[one.egress_id for one in listed])
    paths = {one.request_filepath for one in listed}
    unanswered = Recording.objects.filter(object_key__in=paths, egress_id="")
    keys = set(unanswered.values_list("object_key", flat=True))
    return {*by_id.values_list("egress_id", flat=True)} | {
        one.egress_id for one in listed if one.request_filepath in keys
    }
