"""One call to LiveKit's API.

Every call opens its own client in its own event loop (livekit-api sessions must not cross
loops), runs under asyncio.timeout (livekit-api 1.2.2 ignores its own), and carries a token
that lives 60 seconds and grants one thing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from livekit import api

CALL_SECONDS = 10.0
TOKEN_LIFE = timedelta(seconds=60)

Answer = TypeVar("Answer")


def call(
    grant: api.VideoGrants | api.SIPGrants,
    ask: Callable[[api.LiveKitAPI], Awaitable[Answer]],
    timeout_seconds: float = CALL_SECONDS,
) -> Answer:
    """Ask LiveKit one thing under one grant. Raises errors.TRANSPORT_FAULTS."""

    answers: list[Answer] = []

    async def asked() -> None:
        async with (
            asyncio.timeout(timeout_seconds),
            api.LiveKitAPI.with_token(_token(grant), settings.LIVEKIT_URL) as livekit,
        ):
            answers.append(await ask(livekit))

    # asyncio writes out, for nobody, what its task returns: slow where that is long
    asyncio.run(asked())
    return answers[0]


def json_of(message: Message) -> dict[str, object]:
    """A message as LiveKit's webhooks would carry it."""
    return MessageToDict(message)


def _token(grant: api.VideoGrants | api.SIPGrants) -> str:
    if not settings.LIVEKIT_API_KEYS:
        raise ImproperlyConfigured("LIVEKIT_API_KEYS holds no key")
    key_id, secret = next(iter(settings.LIVEKIT_API_KEYS.items()))
    token = api.AccessToken(key_id, secret).with_ttl(TOKEN_LIFE)
    if isinstance(grant, api.SIPGrants):
        return token.with_sip_grants(grant).to_jwt()
    grant.can_publish = grant.can_subscribe = grant.can_publish_data = False
    return token.with_grants(grant).to_jwt()
