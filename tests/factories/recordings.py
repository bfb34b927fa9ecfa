"""Factories of calls and what belongs to them."""

from datetime import UTC, datetime, timedelta

from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory

from compliance.models import Announce, Purpose
from recordings.models import (
    Alert,
    Call,
    ConsentRecord,
    ConsentVerdict,
    Disclosure,
    EventKind,
    EventSubscription,
    Listen,
    LiveKitEvent,
    Party,
    Recording,
    Room,
    Trunk,
)
from tests.factories.base import Factory
from tests.factories.compliance import PersonFactory, PhoneNumberFactory, TeamFactory

STARTED = datetime(2026, 11, 2, 14, 32, 7, tzinfo=UTC)
LENGTH = timedelta(minutes=3, seconds=12)
LENGTH_MS = 192_000


class RoomFactory(Factory[Room]):
    """A room that is over."""

    class Meta:
        model = Room

    sid = Sequence(lambda n: f"RM_{n:012d}")
    name = "call-room"
    started_at = STARTED
    finished_at = STARTED + LENGTH


class TrunkFactory(Factory[Trunk]):
    """A trunk of some team."""

    class Meta:
        model = Trunk

    livekit_id = Sequence(lambda n: f"ST_{n:012d}")
    name = Sequence(lambda n: f"Trunk {n}")
    team = SubFactory(TeamFactory)


class CallFactory(Factory[Call]):
    """An inbound call of three minutes that is over and was recorded."""

    class Meta:
        model = Call

    room = SubFactory(RoomFactory)
    sip_call_id = Sequence(lambda n: f"SCL_{n:012d}")
    team = SubFactory(TeamFactory)
    direction = Call.Direction.INBOUND
    purposes = [Purpose.EVIDENCE, Purpose.QUALITY]
    started_at = STARTED
    noticed_at = SelfAttribute("started_at")
    ended_at = STARTED + LENGTH
    duration_ms = LENGTH_MS
    consent = Call.Consent.GRANTED
    capture = Call.Capture.RECORDED


class PartyFactory(Factory[Party]):
    """The caller."""

    class Meta:
        model = Party

    call = SubFactory(CallFactory)
    room = SelfAttribute("call.room")
    participant_sid = Sequence(lambda n: f"PA_{n:012d}")
    role = Party.Role.CALLER
    number = SubFactory(PhoneNumberFactory)
    sip_call_id = SelfAttribute("call.sip_call_id")
    joined_at = STARTED


class RecordingFactory(Factory[Recording]):
    """The first part of a call, checked and kept."""

    class Meta:
        model = Recording

    call = SubFactory(CallFactory)
    part = 1
    state = Recording.State.AVAILABLE
    store = "local"
    object_key = LazyAttribute(
        lambda o: f"recordings/{o.call.team_id}/2026/11/02/{o.call.id}/{o.part}.ogg"
    )
    bytes = 96_000
    sha256 = "5e" * 32
    hashed_at = STARTED + LENGTH + timedelta(seconds=20)
    duration_ms = LENGTH_MS
    channels = 2
    container = "ogg"
    codec = "opus"
    egress_id = Sequence(lambda n: f"EG_{n:012d}")
    egress_status = "EGRESS_COMPLETE"
    planned_at = STARTED
    started_at = STARTED + timedelta(seconds=10)
    ended_at = STARTED + LENGTH


class ConsentRecordFactory(Factory[ConsentRecord]):
    """Everybody on the line agreed, by voice."""

    class Meta:
        model = ConsentRecord

    call = SubFactory(CallFactory)
    kind = ConsentRecord.Kind.GRANTED
    occurred_at = STARTED + timedelta(seconds=9)
    reported_by = SubFactory(PersonFactory)
    idempotency_key = Sequence(lambda n: f"{n:064d}")


class ConsentVerdictFactory(Factory[ConsentVerdict]):
    """The law asks for an announcement for two purposes."""

    class Meta:
        model = ConsentVerdict

    call = SubFactory(CallFactory)
    number = 1
    levels = {Purpose.EVIDENCE.value: "notice", Purpose.QUALITY.value: "notice"}
    announce = Announce.BEFORE
    reasons: list[object] = []
    fingerprint = "0f" * 32


class ListenFactory(Factory[Listen]):
    """Somebody was served a recording once."""

    class Meta:
        model = Listen

    recording = SubFactory(RecordingFactory)
    listener = SubFactory(PersonFactory)
    purpose = Purpose.QUALITY
    opened_at = STARTED + timedelta(days=1)
    last_served_at = STARTED + timedelta(days=1)


class DisclosureFactory(Factory[Disclosure]):
    """A copy for a court."""

    class Meta:
        model = Disclosure

    recording = SubFactory(RecordingFactory)
    by = SubFactory(PersonFactory)
    purpose = Purpose.LEGAL_DUTY
    recipient = "Court clerk"
    reason = "Court order"
    at = STARTED + timedelta(days=2)


class AlertFactory(Factory[Alert]):
    """A recording was lost."""

    class Meta:
        model = Alert

    kind = Alert.Kind.RECORDING_LOST
    subject = Sequence(lambda n: f"subject-{n}")
    opened_at = STARTED


class EventSubscriptionFactory(Factory[EventSubscription]):
    """Somebody who is told of everything, at an address where nobody listens."""

    class Meta:
        model = EventSubscription

    name = Sequence(lambda n: f"Subscriber {n}")
    url = "https://subscriber.example/events"
    kinds = [kind for kind in EventKind if kind is not EventKind.TEST]
    secret = "whsec_c2VjcmV0LW9mLXRoaXJ0eS10d28tbGV0dGVycy1vci1zbw=="
    secret_key_id = "test"


class LiveKitEventFactory(Factory[LiveKitEvent]):
    """An event in the inbox that nobody has applied yet."""

    class Meta:
        model = LiveKitEvent

    id = Sequence(lambda n: f"EV_{n:012d}")
    name = "room_started"
    api_key = "key"
    payload = "{}"
    happened_at = STARTED
    received_at = STARTED
