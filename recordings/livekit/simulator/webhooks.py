"""Send webhooks as LiveKit does: signed, one after another per room or recording, retried.

Queues live in memory, one per resource key; five attempts, 1-2-4-8 seconds apart; network
errors, 429 and 5xx (but 501) are tried again, everything else counts as sent. The token is
fresh, whatever date the event carries.
"""

import base64
import hashlib
import http.client
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from google.protobuf.json_format import MessageToJson
from livekit.api import AccessToken
from livekit.protocol.webhook import WebhookEvent

RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0)
TOKEN_LIFE = timedelta(minutes=5)
_REMEMBERED = 20_000

Deliver = Callable[[bytes, Mapping[str, str]], int]
"""Hand a body and its headers to the portal; return the HTTP status or raise OSError."""


@dataclass
class Sent:
    """One event on its way. `status` None: not answered yet, or given up."""

    event: str
    id: str
    queue: str = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int = 0
    status: int | None = None


def sign(body: bytes, *, key: str, secret: str) -> str:
    """Return the bare JWT that LiveKit puts into Authorization for these bytes."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return AccessToken(key, secret).with_sha256(digest).with_ttl(TOKEN_LIFE).to_jwt()


def encode(event: WebhookEvent) -> bytes:
    """Write an event as LiveKit does: camelCase, 64-bit numbers as text, zeros left out."""
    return MessageToJson(event, indent=None, ensure_ascii=False).encode()


def over_http(url: str) -> Deliver:
    """Return a Deliver that POSTs to `url` and follows no redirect."""
    address = urlsplit(url)
    secure = address.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection

    def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        connection = connect(address.netloc, timeout=30)
        try:
            connection.request("POST", address.path or "/", body, dict(headers))
            return connection.getresponse().status
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from error
        finally:
            connection.close()

    return deliver


class Webhooks:
    """The queues of one simulated server."""

    def __init__(
        self,
        *,
        key: str,
        secret: str,
        deliver: Deliver,
        stopping: threading.Event,
        retry_seconds: tuple[float, ...] = RETRY_SECONDS,
    ) -> None:
        """Sign with `key`; `stopping` ends all waiting and drops what is left."""
        self._key = key
        self._secret = secret
        self._deliver = deliver
        self._stopping = stopping
        self._retry_seconds = retry_seconds
        self._queues: dict[str, deque[Sent]] = {}
        self._changed = threading.Condition()
        self.sent: deque[Sent] = deque(maxlen=_REMEMBERED)

    def send(self, event: WebhookEvent, *, queue: str) -> None:
        """Put an event at the end of a queue; returns at once."""
        sent = Sent(event=event.event, id=event.id, queue=queue, body=encode(event))
        with self._changed:
            self.sent.append(sent)
            running = queue in self._queues
            self._queues.setdefault(queue, deque()).append(sent)
        if not running:
            threading.Thread(target=self._work, args=(queue,), daemon=True).start()

    def drain(self, *queues: str, timeout_seconds: float = 60.0) -> bool:
        """Wait until these queues (or all) are empty; False if it took too long."""

        def empty() -> bool:
            watched = queues or tuple(self._queues)
            return not any(queue in self._queues for queue in watched)

        with self._changed:
            return self._changed.wait_for(empty, timeout_seconds)

    def lost(self, *queues: str) -> int:
        """Count the events of these queues that the portal did not take."""
        with self._changed:
            return sum(
                one.queue in queues and not 200 <= (one.status or 0) < 300
                for one in self.sent
            )

    def _work(self, queue: str) -> None:
        while True:
            with self._changed:
                if not self._queues[queue]:
                    del self._queues[queue]
                    self._changed.notify_all()
                    return
                sent = self._queues[queue].popleft()
            self._try(sent)

    def _try(self, sent: Sent) -> None:
        headers = {
            "Authorization": sign(sent.body, key=self._key, secret=self._secret),
            "Content-Type": "application/webhook+json",
            "User-Agent": "LiveKit",
        }
        for pause in (*self._retry_seconds, 0.0):
            sent.attempts += 1
            try:
                status = self._deliver(sent.body, headers)
            except OSError:
                status = 503
            if status != 429 and (status < 500 or status == 501):
                sent.status = status
                return
            if self._stopping.wait(pause):
                return
