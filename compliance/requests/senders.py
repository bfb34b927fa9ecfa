"""The port that brings a one-time code to a number, and the two ways that ship.

`logged` is for development: the code stands in the terminal. `http` posts it to an
address of yours, signed as Standard Webhooks does, and whoever runs that sends it by
SMS or speaks it. The number and the code leave in the body of that one request.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings

from compliance.wire import signature
from compliance.wire.post import NotTaken, post

logger = logging.getLogger(__name__)


class NotSent(Exception):
    """The code did not leave; `code` says why, in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Sender(Protocol):
    """Brings a text to a telephone number."""

    def send(self, *, id: UUID, number: str, text: str, language: str) -> None:
        """Have it sent. id: the same for a retry. Raises NotSent."""
        ...


class DemoSender:
    """Prints to the terminal of a development server; refused in production."""

    def send(self, *, id: UUID, number: str, text: str, language: str) -> None:
        """Show the text, and nothing of the number."""
        print(f"One-time code {id}: {text}")  # noqa: T201  a demonstration has no telephone


class HttpSender:
    """Hands it to a service of yours."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def send(self, *, id: UUID, number: str, text: str, language: str) -> None:
        """POST number, text and language as JSON. Raises NotSent."""
        told = {"to": number, "text": text, "language": language}
        body = json.dumps(told, separators=(",", ":")).encode()
        signed = signature.headers(
            message_id=str(id),
            body=body,
            secrets=[self.secret],
            now=datetime.now(UTC),
        )
        try:
            post(self.url, body=body, headers=signed)
        except NotTaken as failure:
            raise NotSent(failure.code) from failure


def sender() -> Sender | None:
    """The one that is configured, or None: codes cannot be sent."""
    if settings.REQUESTS["code_sender_url"]:
        return HttpSender(
            settings.REQUESTS["code_sender_url"],
            settings.REQUESTS["code_sender_secret"],
        )
    return DemoSender() if settings.DEBUG else None
