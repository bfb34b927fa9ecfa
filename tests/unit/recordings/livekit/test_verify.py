"""Only what LiveKit signed, and signed just now, gets in."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from recordings.livekit import events

KEY, SECRET = (
    "key-one",
    "a secret of at least sixty-four letters, so that no library warns of it",
)
OTHER_KEY, OTHER_SECRET = (
    "key-two",
    "another secret, which is every bit as long as the first one was, too",
)
KEYS = {KEY: SECRET, OTHER_KEY: OTHER_SECRET}
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
BODY = b'{"event":"room_started","id":"EV_1"}'


def token(
    body: bytes = BODY,
    *,
    key: str = KEY,
    secret: str = SECRET,
    algorithm: str = "HS256",
    **claims: Any,
) -> str:
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    stated = {
        "iss": key,
        "sub": "",
        "nbf": int(NOW.timestamp()),
        "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        "sha256": digest,
    } | claims
    kept = {name: item for name, item in stated.items() if item is not None}
    # Below PyJWT's own checks, so that a forger's odd claims can be written too.
    return jwt.PyJWS().encode(json.dumps(kept).encode(), secret, algorithm=algorithm)


def verify(authorization: str, body: bytes = BODY, now: datetime = NOW) -> Any:
    return events.verify(body=body, authorization=authorization, keys=KEYS, now=now)


def test_it_opens_what_livekit_signed() -> None:
    event = verify(token())

    assert event.key_id == KEY
    assert event.payload == json.loads(BODY)
    assert event.body_sha256 == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    ("claims", "signed_at"),
    [
        ({}, NOW),
        ({"iat": int((NOW - timedelta(seconds=7)).timestamp())}, NOW - timedelta(0, 7)),
        ({"nbf": None}, None),
        ({"iat": "yesterday"}, None),
    ],
    ids=["as LiveKit does", "with iat", "without", "odd"],
)
def test_it_tells_when_it_was_signed(
    claims: dict[str, Any], signed_at: datetime | None
) -> None:
    assert verify(token(**claims)).signed_at == signed_at


def test_a_second_key_works_while_keys_are_rotated() -> None:
    event = verify(token(key=OTHER_KEY, secret=OTHER_SECRET))

    assert event.key_id == OTHER_KEY


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param("", id="nothing"),
        pytest.param("not.a.token", id="rubbish"),
        pytest.param("Bearer " + token(), id="a scheme before it"),
        pytest.param(
            token(secret=OTHER_SECRET), id="one key's name, another key's secret"
        ),
        pytest.param(token(key="stranger"), id="unknown key"),
        pytest.param(token(key=None), id="no issuer"),  # type: ignore[arg-type]
        pytest.param(token(iss=["key-one"]), id="issuer is a list"),
        pytest.param(token(exp=None), id="never expires"),
        pytest.param(token(exp="soon"), id="expiry is a word"),
        pytest.param(token(exp=10**30), id="expiry out of range"),
        pytest.param(token(exp=-62135596800), id="expired in the year 1"),
        pytest.param(token(nbf=253402300799), id="not before the year 9999"),
        pytest.param(token(nbf="soon"), id="start is a word"),
        pytest.param(token(sha256=None), id="names no body"),
        pytest.param(token(sha256=""), id="names an empty hash"),
        pytest.param(token(sha256="***"), id="hash is not base64"),
        pytest.param(token(sha256=5), id="hash is a number"),
        pytest.param(token(body=BODY + b" "), id="another body"),
        pytest.param(token(algorithm="HS512"), id="another algorithm"),
        pytest.param(jwt.encode({"iss": KEY}, "", algorithm="none"), id="unsigned"),
    ],
)
def test_it_refuses(authorization: str) -> None:
    with pytest.raises(events.Unsigned):
        verify(authorization)


def test_one_more_space_in_the_body_is_another_body() -> None:
    with pytest.raises(events.Unsigned):
        verify(token(), body=BODY + b" ")


@pytest.mark.parametrize(
    ("later", "good"),
    [
        (timedelta(seconds=-61), False),
        (timedelta(seconds=-60), True),
        (timedelta(minutes=5, seconds=59), True),
        (timedelta(minutes=6), False),
    ],
)
def test_clocks_may_differ_by_a_minute(later: timedelta, good: bool) -> None:
    if good:
        assert verify(token(), now=NOW + later)
    else:
        with pytest.raises(events.Unsigned):
            verify(token(), now=NOW + later)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1, 2]",
        b"null",
        b'"room_started"',
        b"{}",
        b'{"event": ""}',
        b'{"event": 7}',
        b'{"event": "room_started", "id": NaN}',
        b'{"event": "\xff"}',
        b"[" * 100_000,
        b'{"event":"x","n":' + b"9" * 5_000 + b"}",
    ],
)
def test_signed_nonsense_is_told_apart_from_the_unsigned(body: bytes) -> None:
    with pytest.raises(events.Nonsense):
        verify(token(body), body=body)
