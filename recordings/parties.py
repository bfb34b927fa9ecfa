"""Takes over what LiveKit tells of somebody in a room, in whatever order it comes.

Who somebody is stands as first heard: identity, number, SIP ids. What may change while
they are there (labels, language) is what the newest event says, by LiveKit's own time
of it, unless somebody who knows better has said so through the API.
"""

import logging
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import Q

from compliance.keys import keyring
from compliance.models import PhoneNumber
from compliance.models.phone_number import name_form
from recordings.livekit.facts import Direction, ParticipantFacts, ParticipantKind
from recordings.models import CallLabel, Party, Room, Trunk

logger = logging.getLogger(__name__)

LANGUAGE = "language"
LONGEST_LABEL = 120
LONGEST_LANGUAGE = 12
_STRANGERS = {ParticipantKind.RECORDER, ParticipantKind.UNSTATED}
_WITHHELD = {"", "anonymous", "restricted", "unavailable", "unknown"}
_ANY = Q()
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def is_party(person: ParticipantFacts | None) -> bool:
    """Whether this tells of somebody who takes part: no recorder, nobody unnamed."""
    return person is not None and bool(person.sid) and person.kind not in _STRANGERS


def learn(room: Room, person: ParticipantFacts, *, told_at: datetime | None) -> None:
    """Write what LiveKit tells of a participant into all of its rows.

    It takes the place of what was only declared. told_at: the time of the telling, by
    LiveKit's clock. The caller holds the room's row lock and asks `rooms.regroup`
    afterwards.
    """
    rows = _rows(room, person, by_call=Q(is_declared=True))
    if not rows:
        rows = [Party(room=room, participant_sid=person.sid, role=_role(person))]
    for party in rows:
        if party.is_declared:
            _forget(party)
            party.participant_sid, party.role = person.sid, _role(person)
            party.is_declared = False
        _fill(party, person)
        _follow(party, person, told_at or _UNDATED)
        party.save()


def declare(room: Room, person: ParticipantFacts, *, told_at: datetime) -> None:
    """Write what a voice agent says of a caller, until LiveKit tells of the same one.

    The same: by participant sid or by SIP call id. What LiveKit told stands; of labels
    and language the newest telling counts, whoever told. The caller holds the room's
    row lock and asks `rooms.regroup` afterwards.
    """
    rows = _rows(room, person)
    if not rows:
        rows = [Party(room=room, participant_sid=person.sid, role=_role(person))]
        rows[0].is_declared = True
    for party in rows:
        if party.is_declared:
            since = party.joined_at
            _forget(party)
            _fill(party, person)
            party.joined_at = _earlier(since, person.joined_at)
        _follow(party, person, told_at)
        party.save()


def _rows(room: Room, person: ParticipantFacts, *, by_call: Q = _ANY) -> list[Party]:
    """The rows of this participant, else those of its SIP call of which `by_call` holds."""
    rows = Party.objects.filter(room=room)
    same = list(rows.filter(participant_sid=person.sid))
    if same or not person.sip_call_id:
        return same
    return list(rows.filter(by_call, sip_call_id=person.sip_call_id))


def _forget(party: Party) -> None:
    """Drop what was only declared, but for labels and language."""
    party.sip_call_id = party.trunk_livekit_id = party.provider_call_id = ""
    party.direction, party.number = "", None
    party.joined_at = party.gone_at = None


def _fill(party: Party, person: ParticipantFacts) -> None:
    """Fill what is empty; of two times the earlier stands, whichever came first."""
    party.identity = party.identity or person.identity
    if person.name and not party.name:
        party.name = person.name
        party.name_lookup = keyring("number_lookup").digest(name_form(person.name))
    party.sip_call_id = party.sip_call_id or person.sip_call_id[:128]
    party.trunk_livekit_id = party.trunk_livekit_id or person.trunk_id[:64]
    party.provider_call_id = party.provider_call_id or person.provider_call_id[:200]
    if person.direction and party.direction != Direction.INBOUND:
        party.direction = person.direction  # that no rule was named proves nothing
    if party.number_id is None:
        party.number = _number(person)
    party.joined_at = _earlier(party.joined_at, person.joined_at)
    party.left_at = _earlier(party.left_at, person.left_at)


def _follow(party: Party, person: ParticipantFacts, told_at: datetime) -> None:
    """Let each attribute that may change be what the newest event says it is."""
    for key in settings.CALL_LABELS:
        value = person.attributes.get(key, "")[:LONGEST_LABEL]
        if not CallLabel.is_code(value):
            logger.warning(
                "label.dropped", extra={"label": key, "party": str(party.id)}
            )
            continue
        if _is_newer(party, key, value, party.labels.get(key, ""), told_at):
            party.labels[key] = value
            party.told_at[key] = told_at.isoformat()
    value = person.attributes.get(LANGUAGE, "")[:LONGEST_LANGUAGE]
    if _is_newer(party, LANGUAGE, value, party.language, told_at):
        party.language = value
        party.told_at[LANGUAGE] = told_at.isoformat()


def _is_newer(
    party: Party, key: str, value: str, known: str, told_at: datetime
) -> bool:
    """Whether a value takes the place of the known one, which may be a person's word.

    LiveKit's times are whole seconds: of two values of one second the greater stands,
    so that the order of their coming does not matter.
    """
    if not value or not known:
        return bool(value)
    if key not in party.told_at:
        return False
    return (told_at, value) > (
        datetime.fromisoformat(party.told_at[key]),
        known,
    )


def _role(person: ParticipantFacts) -> Party.Role:
    return {
        ParticipantKind.CALLER: Party.Role.CALLER,
        ParticipantKind.AGENT: Party.Role.AGENT,
        ParticipantKind.STAFF: Party.Role.STAFF,
    }.get(person.kind, Party.Role.OTHER)


def _number(person: ParticipantFacts) -> PhoneNumber | None:
    """The outside party's number; one without + is read in the country of the trunk."""
    raw = person.phone_number
    if raw is None or raw.strip().lower() in _WITHHELD:
        return None
    trunks = Trunk.objects.select_related("team").filter(livekit_id=person.trunk_id)
    return PhoneNumber.from_raw(raw, country=_country(trunks.first()))


def _country(trunk: Trunk | None) -> str:
    """Where a trunk is: its own country, else where its team works from."""
    return (trunk.country or trunk.team.seat) if trunk else ""


def _earlier(known: datetime | None, told: datetime | None) -> datetime | None:
    if known is None or told is None:
        return known or told
    return min(known, told)
