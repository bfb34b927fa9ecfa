"""The voice agent's side: ask the portal what to say, report what was said.

An agent built on livekit-agents does the same from its entrypoint; see docs for the API.
"""

import http.client
import json
import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 1.0


class PortalRefused(Exception):
    """The portal did not take it; the text is its answer."""


@dataclass(frozen=True)
class Plan:
    """What the portal answers; None where it does not say."""

    may_record: bool | None = None


class Portal:
    """The consent API of one portal. Without a token nothing is asked or reported."""

    def __init__(self, *, url: str, token: str) -> None:
        """Take the portal's base address and a service token."""
        self._address = urlsplit(url)
        self._token = token

    @property
    def is_reachable(self) -> bool:
        """Say whether there is a token to ask with."""
        return bool(self._token)

    def plan(self, room_sid: str, *, patience_seconds: float) -> Plan:
        """Ask for the consent plan; waits while the portal has not heard of the room.

        Raises PortalRefused.
        """
        until = time.monotonic() + patience_seconds
        pause = _PAUSE_SECONDS
        while True:
            status, answer = self._ask("GET", room_sid, "consent-plan")
            if status == 200:
                return _plan(answer)
            if (status != 404 and status < 500) or time.monotonic() > until:
                raise PortalRefused(f"consent-plan: {status}")
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)

    def report(
        self,
        room_sid: str,
        *,
        kind: str,
        occurred_at: datetime,
        offset_ms: int,
        script_version: str,
        language: str,
        evidence: str,
    ) -> None:
        """Report one act of consent by voice. Raises PortalRefused."""
        act = {
            "kind": kind,
            "by": "voice",
            "offset_ms": offset_ms,
            "occurred_at": occurred_at.isoformat(),
            "script": "recording",
            "script_version": script_version,
            "language": language,
            "evidence": evidence,
        }
        status, answer = self._ask("POST", room_sid, "consents", act)
        if status not in (200, 201):
            raise PortalRefused(f"consents: {status} {json.dumps(answer)[:300]}")

    def _ask(
        self, method: str, room_sid: str, what: str, body: object = None
    ) -> tuple[int, Any]:
        secure = self._address.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(self._address.netloc, timeout=30)
        path = f"{self._address.path.rstrip('/')}/api/v1/rooms/{quote(room_sid)}/{what}"
        headers = {
            "Authorization": f"Api-Key {self._token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        try:
            text = json.dumps(body).encode() if body is not None else None
            connection.request(method, path, text, headers)
            response = connection.getresponse()
            return response.status, _json(response.read())
        except (OSError, http.client.HTTPException):
            return 503, None
        finally:
            connection.close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _plan(answer: object) -> Plan:
    may_record = answer.get("may_record") if isinstance(answer, dict) else None
    return Plan(may_record=may_record if isinstance(may_record, bool) else None)
