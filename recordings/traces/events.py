"""LiveKit's own words about a person's calls, and the names of the rooms they were in.

A room may hold calls of several people, one after another. What tells of one of them by
its ids goes with that call; what tells of the room alone goes once every call in it may.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property
from itertools import islice
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.custody import Subject
from compliance.requests.traces import Found, Step, Told
from recordings import about, alerts
from recordings.models import Alert, Call, LiveKitEvent, Party, Recording, Room
from recordings.traces import theirs
from recordings.traces.words import Words

State = LiveKitEvent.State
PAGE = 500
ERASED = "erased"
"""Why such an event is not applied any more."""


class Fate(Enum):
    """What becomes of something in a room."""

    GOES = "goes"
    STAYS = "stays"
    OTHERS = "others"


@dataclass(frozen=True)
class Rooms:
    """The rooms of a person's calls: who was in them, and what stays there."""

    subject: Subject
    spare: Collection[UUID]

    @cached_property
    def sids(self) -> set[str]:
        """Every room they were in."""
        calls = about.calls(self.subject).values_list("room", flat=True)
        return set(calls) | set(
            about.parties(self.subject).values_list("room", flat=True)
        )

    @cached_property
    def of_others(self) -> set[str]:
        """Those that held other people's calls, or others in the same call, too."""
        calls = Call.objects.filter(room__in=self.sids)
        ours = about.calls(self.subject).values("pk")
        own = about.parties(self.subject).values("pk")
        people = Party.objects.filter(room__in=self.sids, role__in=about.OUTSIDE)
        known = people.exclude(pk__in=own).exclude(number=None, name="")
        return {
            *calls.exclude(pk__in=ours).values_list("room", flat=True),
            *known.values_list("room", flat=True),
        }

    @cached_property
    def staying(self) -> set[str]:
        """Those with a call of theirs that stays."""
        calls = about.calls(self.subject).filter(theirs.staying(self.spare))
        return set(calls.values_list("room", flat=True))

    @cached_property
    def words(self) -> Words:
        """By which they are found in texts."""
        return Words.of(self.subject)

    @cached_property
    def marks(self) -> dict[Fate, set[str]]:
        """The ids under which LiveKit tells of their calls that go, and that stay."""
        calls = about.calls(self.subject).filter(theirs.staying(self.spare))
        staying = set(calls.values_list("pk", flat=True))
        found: dict[Fate, set[str]] = {Fate.GOES: set(), Fate.STAYS: set()}
        own = about.parties(self.subject)
        told = own.values_list("call", "participant_sid", "sip_call_id")
        for call, *ids in told:
            found[Fate.STAYS if call in staying else Fate.GOES].update(ids)
        parts = Recording.objects.filter(call__in=about.calls(self.subject))
        for call, egress_id in parts.values_list("call", "egress_id"):
            found[Fate.STAYS if call in staying else Fate.GOES].add(egress_id)
        return {fate: ids - {""} for fate, ids in found.items()}

    def fate(self, sid: str, said: str, *, at: datetime | None) -> Fate:
        """What becomes of something that was said of a room at a time."""
        if _names(said, self.marks[Fate.STAYS]):
            return Fate.STAYS
        if _names(said, self.marks[Fate.GOES]):
            return Fate.GOES
        is_theirs = sid not in self.of_others or self.words.on(at).are_in(said)
        if not is_theirs:
            return Fate.OTHERS
        return Fate.STAYS if sid in self.staying else Fate.GOES


class Events:
    """What the inbox still holds of what LiveKit said."""

    kind = "events"
    models = (LiveKitEvent,)
    step = Step.AROUND

    def label(self) -> str:
        """What a page calls it."""
        return _("What LiveKit told of calls, word for word")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Events whose words are still there."""
        count = kept = 0
        when: list[datetime | None] = []
        for event, fate in _fates(Rooms(subject, spare)):
            count, kept = count + 1, kept + (fate is Fate.STAYS)
            when.append(event.happened_at)
        oldest, newest = theirs.dates(when)
        return Found(count, oldest, newest, kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Blank the words; what was not applied yet is not applied any more."""
        told = _fates(Rooms(subject, spare))
        going = (event.pk for event, fate in told if fate is Fate.GOES)
        ids = list(islice(going, limit))
        with transaction.atomic():
            rows = LiveKitEvent.objects.filter(pk__in=ids)
            rows.update(payload="")
            waiting = rows.filter(state__in=(State.RECEIVED, State.FAILED))
            for pk in waiting.values_list("pk", flat=True):
                alerts.close(Alert.Kind.EVENT_STUCK, subject=pk, now=now)
            waiting.update(state=State.FAILED, error=ERASED)
        return len(ids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Which events there are: their words tell of everybody in the room."""
        for event, _fate in _fates(Rooms(subject, ())):
            yield theirs.plain({"event": event.name, "when": event.happened_at})


class RoomNames:
    """The names of rooms: LiveKit puts numbers into them."""

    kind = "rooms"
    models = (Room,)
    step = Step.AROUND

    def label(self) -> str:
        """What a page calls it."""
        return _("Names of the rooms in which calls took place")

    def find(self, subject: Subject, *, spare: Collection[UUID] = ()) -> Found:
        """Rooms with a name."""
        found = list(_named(Rooms(subject, spare)))
        oldest, newest = theirs.dates(room.started_at for room, _fate in found)
        kept = sum(fate is Fate.STAYS for _room, fate in found)
        return Found(len(found), oldest, newest, kept)

    def erase(
        self, subject: Subject, *, spare: Collection[UUID], now: datetime, limit: int
    ) -> int:
        """Blank the name where the room held calls of theirs alone, or names them."""
        named = _named(Rooms(subject, spare))
        sids = [room.pk for room, fate in named if fate is Fate.GOES][:limit]
        Room.objects.filter(pk__in=sids).update(name="", name_lookup="")
        return len(sids)

    def tell(self, subject: Subject) -> Iterator[Told]:
        """Rooms that were theirs alone, or bear their number or name."""
        for room, _fate in _named(Rooms(subject, ())):
            yield theirs.plain({"room": room.name, "since": room.started_at})


def _fates(rooms: Rooms) -> Iterator[tuple[LiveKitEvent, Fate]]:
    """Every event with words of theirs, the oldest first."""
    egresses = rooms.marks[Fate.GOES] | rooms.marks[Fate.STAYS]
    rows = LiveKitEvent.objects.filter(
        Q(room_sid__in=rooms.sids) | Q(egress_id__in=egresses)
    )
    rows = rows.exclude(payload="").order_by("happened_at", "pk")
    for event in rows.iterator(chunk_size=PAGE):
        fate = rooms.fate(event.room_sid, str(event.payload), at=event.happened_at)
        if fate is not Fate.OTHERS:
            yield event, fate


def _named(rooms: Rooms) -> Iterator[tuple[Room, Fate]]:
    """Every room with a name of theirs."""
    rows = Room.objects.filter(pk__in=rooms.sids).exclude(name="")
    for room in rows.order_by("started_at", "pk"):
        fate = rooms.fate(room.pk, str(room.name), at=room.started_at)
        if fate is not Fate.OTHERS:
            yield room, fate


def _names(said: str, ids: set[str]) -> bool:
    """Whether one of these ids stands in what was said."""
    return any(one in said for one in ids)
