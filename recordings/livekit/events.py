"""The only reader of LiveKit's JSON: is it signed, and what does it say, in our words.

LiveKit writes protobuf as JSON: camelCase keys, enums by name, 64-bit numbers as strings,
zero values left out. Field meanings follow LiveKit's protocol files livekit_webhook.proto,
livekit_models.proto and livekit_egress.proto; reading never fails on what is missing or odd.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from recordings.livekit import reading
from recordings.livekit.facts import Event, ParticipantFacts, VerifiedEvent
from recordings.livekit.reading import egress, participant, room
from recordings.livekit.scrubbing import scrub

__all__ = [
    "KNOWN_EVENTS",
    "Nonsense",
    "Unsigned",
    "VerifiedEvent",
    "egress",
    "participant",
    "read",
    "room",
    "scrub",
    "verify",
]

LEEWAY = timedelta(seconds=60)

KNOWN_EVENTS = frozenset(
    {
        "room_started",
        "room_finished",
        "participant_joined",
        "participant_left",
        "participant_connection_aborted",
        "track_published",
        "track_unpublished",
        "egress_started",
        "egress_updated",
        "egress_ended",
        "ingress_started",
        "ingress_ended",
        "agent_job_started",
        "agent_job_ended",
    }
)
_DEPARTURES = frozenset({"participant_left", "participant_connection_aborted"})


class Unsigned(Exception):
    """Not proved to come from LiveKit, or stale: answer 401."""


class Nonsense(Exception):
    """Signed, but not an event: answer 400."""


def verify(
    *, body: bytes, authorization: str, keys: Mapping[str, str], now: datetime
) -> VerifiedEvent:
    """Prove that these exact bytes were sent by a holder of one of our keys.

    `authorization` is the raw header: LiveKit puts the bare JWT there, no scheme. `keys` maps
    API key to secret; the token's own issuer picks one, so that two may live side by side
    while keys are rotated. `now` is an aware datetime.

    Raises Unsigned or Nonsense.
    """
    key_id, claims = _claims(authorization, keys)
    _require_fresh(claims, now)
    digest = hashlib.sha256(body).digest()
    if not hmac.compare_digest(digest, _claimed_digest(claims)):
        raise Unsigned("the body is not the one that was signed")
    payload = _payload(body)
    return VerifiedEvent(
        key_id=key_id,
        payload=payload,
        body_sha256=digest.hex(),
        signed_at=_signed_at(claims),
    )


def read(payload: Mapping[str, Any]) -> Event:
    """Say what a verified (and preferably scrubbed) payload tells."""
    name = reading.text(payload, "event")
    created_at = reading.seconds(payload, "createdAt")
    return Event(
        id=reading.text(payload, "id"),
        name=name,
        created_at=created_at,
        room=room(reading.part(payload, "room")),
        participant=_participant_of(payload, name, created_at),
        egress=egress(reading.part(payload, "egressInfo")),
        known=name in KNOWN_EVENTS,
    )


def _participant_of(
    payload: Mapping[str, Any], name: str, created_at: datetime | None
) -> ParticipantFacts | None:
    left_at = created_at if name in _DEPARTURES else None
    return participant(reading.part(payload, "participant"), left_at=left_at)


def _claims(token: str, keys: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    try:
        unproved = jwt.decode(token, options={"verify_signature": False})
        key_id = unproved.get("iss")
        secret = keys.get(key_id) if isinstance(key_id, str) else None
        if not isinstance(key_id, str) or not secret:
            raise Unsigned("signed by a key we do not know")
        # exp and nbf are compared below, with the `now` that was passed in.
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            issuer=key_id,
            options={
                "require": ["exp"],
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Unsigned("no valid token") from error
    return key_id, claims


def _require_fresh(claims: Mapping[str, Any], now: datetime) -> None:
    if now - LEEWAY >= _moment(claims["exp"]):
        raise Unsigned("the token has expired")
    if "nbf" in claims and now + LEEWAY < _moment(claims["nbf"]):
        raise Unsigned("the token is not valid yet")


def _signed_at(claims: Mapping[str, Any]) -> datetime | None:
    """When the token was made; LiveKit's own tokens say only from when on they hold."""
    made = claims.get("iat", claims.get("nbf"))
    try:
        return None if made is None else _moment(made)
    except Unsigned:
        return None


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unsigned("the token's dates are not numbers")
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Unsigned("the token's dates are out of range") from error


def _claimed_digest(claims: Mapping[str, Any]) -> bytes:
    claimed = claims.get("sha256")
    if not isinstance(claimed, str) or not claimed:
        raise Unsigned("the token names no body")
    try:
        return base64.b64decode(claimed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsigned("the token's body hash is not base64") from error


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Nonsense("the body is not JSON") from error
    if not isinstance(payload, dict):
        raise Nonsense("the body is not a JSON object")
    if not isinstance(payload.get("event"), str) or not payload["event"]:
        raise Nonsense("the body names no event")
    return payload


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
