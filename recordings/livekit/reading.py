"""Read LiveKit's messages field by field, out of JSON as protobuf writes it.

Every reader takes what is there and gives a default for what is missing, mistyped or out of
range. The protobuf JSON mapping allows lowerCamelCase and original names: both are read.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from recordings.livekit.facts import (
    Direction,
    EgressFacts,
    EgressStatus,
    FileFacts,
    ParticipantFacts,
    ParticipantKind,
    RoomFacts,
)
from recordings.livekit.scrubbing import without_secrets

Json = Mapping[str, Any]

_LONGEST_WORD = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 1_000_000 * int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())
"""In microseconds. Near the year 9999 a time has no place in every zone."""
_STATUS = {
    "EGRESS_STARTING": EgressStatus.STARTING,
    "EGRESS_ACTIVE": EgressStatus.ACTIVE,
    "EGRESS_ENDING": EgressStatus.ENDING,
    "EGRESS_COMPLETE": EgressStatus.COMPLETE,
    "EGRESS_FAILED": EgressStatus.FAILED,
    "EGRESS_ABORTED": EgressStatus.ABORTED,
    "EGRESS_LIMIT_REACHED": EgressStatus.LIMIT_REACHED,
}
_STATUS_NUMBERS = dict(enumerate(_STATUS.values()))
_KINDS = {
    "STANDARD": ParticipantKind.STAFF,
    "INGRESS": ParticipantKind.OTHER,
    "EGRESS": ParticipantKind.RECORDER,
    "SIP": ParticipantKind.CALLER,
    "AGENT": ParticipantKind.AGENT,
}
_KIND_NUMBERS = {0: "STANDARD", 1: "INGRESS", 2: "EGRESS", 3: "SIP", 4: "AGENT"}
# By these a carrier finds the call in its own records; the SIP Call-ID serves everywhere else.
_PROVIDER_IDS = (
    "sip.twilio.callSid",
    "sip.telnyx.callSessionID",
    "sip.telnyx.callLegID",
    "sip.amazon.contactId",
    "sip.callIDFull",
)
_REQUESTS = ("roomComposite", "egress", "web", "participant", "trackComposite", "track")


def value(message: Json | None, key: str) -> Any:
    """Return a field by its lowerCamelCase name, or by its original one; None if absent."""
    if message is None:
        return None
    if key in message:
        return message[key]
    return message.get(re.sub(r"(?=[A-Z])", "_", key).lower())


def part(message: Json | None, key: str) -> Json | None:
    """Return a nested message, or None where there is none."""
    found = value(message, key)
    return found if isinstance(found, Mapping) else None


def text(message: Json | None, key: str) -> str:
    """Return a text, "" where there is none."""
    found = value(message, key)
    return found if isinstance(found, str) else ""


def whole(message: Json | None, key: str) -> int:
    """Return a number; protobuf writes 64-bit ones as text. 0 where there is none."""
    found = value(message, key)
    if isinstance(found, bool) or not isinstance(found, int | str):
        return 0
    try:
        return int(found)
    except ValueError:
        return 0


def seconds(message: Json | None, key: str) -> datetime | None:
    """Read a time given in seconds since 1970."""
    return moment(whole(message, key) * 1_000_000)


def milliseconds(message: Json | None, key: str) -> datetime | None:
    """Read a time given in milliseconds since 1970."""
    return moment(whole(message, key) * 1_000)


def nanoseconds(message: Json | None, key: str) -> datetime | None:
    """Read a time given in nanoseconds since 1970, in whole numbers, to the microsecond."""
    return moment(whole(message, key) // 1_000)


def moment(microseconds: int) -> datetime | None:
    """Read a time in microseconds since 1970; None where it is none that can be."""
    if not 0 < microseconds < _LATEST:
        return None
    return _EPOCH + timedelta(microseconds=microseconds)


def room(message: Json | None) -> RoomFacts | None:
    """Read a Room. Track and egress events carry its sid and name only."""
    if message is None:
        return None
    return RoomFacts(
        sid=text(message, "sid"),
        name=text(message, "name"),
        created_at=milliseconds(message, "creationTimeMs")
        or seconds(message, "creationTime"),
        has_recorder=value(message, "activeRecording") is True,
    )


def participant(
    message: Json | None, *, left_at: datetime | None = None
) -> ParticipantFacts | None:
    """Read a ParticipantInfo; `left_at` comes from the event around it."""
    if message is None:
        return None
    attributes = _attributes(message)
    kind, kind_raw = _kind(message)
    return ParticipantFacts(
        sid=text(message, "sid"),
        identity=text(message, "identity"),
        name=text(message, "name"),
        kind=kind,
        kind_raw=kind_raw,
        joined_at=milliseconds(message, "joinedAtMs") or seconds(message, "joinedAt"),
        left_at=left_at,
        attributes=attributes,
        sip_call_id=attributes.get("sip.callID", ""),
        phone_number=_number(attributes.get("sip.phoneNumber")),
        trunk_number=_number(attributes.get("sip.trunkPhoneNumber")),
        trunk_id=attributes.get("sip.trunkID", ""),
        provider_call_id=next(
            (attributes[a] for a in _PROVIDER_IDS if attributes.get(a)), ""
        ),
        direction=_direction(kind, attributes),
    )


def _attributes(message: Json) -> dict[str, str]:
    found = part(message, "attributes") or {}
    return {key: item for key, item in found.items() if isinstance(item, str)}


def _kind(message: Json) -> tuple[ParticipantKind, str]:
    raw = value(message, "kind")
    if raw is None:
        # STANDARD is zero and so never written. Track events carry sid and identity alone:
        # there the kind is not said, which is not the same.
        stated = value(message, "joinedAt") is not None
        return (ParticipantKind.STAFF, "") if stated else (ParticipantKind.UNSTATED, "")
    word = str(raw)[:_LONGEST_WORD]
    name = _KIND_NUMBERS.get(raw, word) if isinstance(raw, int) else word
    return _KINDS.get(name, ParticipantKind.OTHER), name


def _number(given: str | None) -> str | None:
    """Return the number as written; texts such as "anonymous" are no number."""
    return given if given and any(letter.isdigit() for letter in given) else None


def _direction(
    kind: ParticipantKind, attributes: Mapping[str, str]
) -> Direction | None:
    """A dispatch rule (sip.ruleID) took the call in; calls we place have none.

    Source: livekit/sip sets AttrSIPDispatchRuleID in its inbound path only.
    """
    if kind is not ParticipantKind.CALLER:
        return None
    return Direction.INBOUND if attributes.get("sip.ruleID") else Direction.OUTBOUND


def egress(message: Json | None) -> EgressFacts | None:
    """Read an EgressInfo, the status from the raw text: an unknown name is kept, not guessed."""
    if message is None:
        return None
    status, status_raw = _status(value(message, "status"))
    return EgressFacts(
        egress_id=text(message, "egressId"),
        room_sid=text(message, "roomId"),
        room_name=text(message, "roomName"),
        status=status,
        status_raw=status_raw,
        started_at=nanoseconds(message, "startedAt"),
        ended_at=nanoseconds(message, "endedAt"),
        updated_at=nanoseconds(message, "updatedAt"),
        error=text(message, "error"),
        error_code=whole(message, "errorCode"),
        details=text(message, "details"),
        source_is_sdk=_source_is_sdk(value(message, "sourceType"), status),
        backup_storage_used=value(message, "backupStorageUsed") is True,
        request_filepath=_filepath(message),
        file=_file(message),
    )


def _status(raw: object) -> tuple[EgressStatus, str]:
    if raw is None:  # zero is left out, and zero is STARTING
        return EgressStatus.STARTING, ""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return _STATUS_NUMBERS.get(raw, EgressStatus.UNKNOWN), str(raw)
    word = str(raw)[:_LONGEST_WORD]
    return _STATUS.get(word, EgressStatus.UNKNOWN), word


def _source_is_sdk(raw: object, status: EgressStatus) -> bool | None:
    if raw in ("EGRESS_SOURCE_TYPE_SDK", 1):
        return True
    if raw in ("EGRESS_SOURCE_TYPE_WEB", 0):
        return False
    # WEB is zero and left out; but before the pipeline runs nobody has chosen yet.
    running = {
        EgressStatus.ACTIVE,
        EgressStatus.ENDING,
        EgressStatus.COMPLETE,
        EgressStatus.LIMIT_REACHED,
    }
    return False if raw is None and status in running else None


def _filepath(message: Json) -> str:
    request = next(
        (found for name in _REQUESTS if (found := part(message, name))), None
    )
    outputs = [*_parts(request, "fileOutputs"), part(request, "file")]
    outputs += [part(output, "file") for output in _parts(request, "outputs")]
    return next((path for output in outputs if (path := text(output, "filepath"))), "")


def _parts(message: Json | None, key: str) -> list[Json]:
    found = value(message, key)
    if not isinstance(found, list):
        return []
    return [item for item in found if isinstance(item, Mapping)]


def _file(message: Json) -> FileFacts | None:
    results = _parts(message, "fileResults")
    found = results[0] if results else part(message, "file")
    if found is None:
        return None
    nanoseconds_long = whole(found, "duration")
    return FileFacts(
        filename=text(found, "filename"),
        size=whole(found, "size") or None,
        duration_ms=nanoseconds_long // 1_000_000 if nanoseconds_long > 0 else None,
        started_at=nanoseconds(found, "startedAt"),
        ended_at=nanoseconds(found, "endedAt"),
        location=without_secrets(text(found, "location")),
    )
