"""Signs messages as Standard Webhooks does: standardwebhooks.com, version 1.

The signed text is `id.timestamp.body`; the secret is `whsec_` and base64. While a
secret is being replaced a message carries a signature of each.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh secret, as the subscriber is shown it."""
    return PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def headers(
    *, message_id: str, body: bytes, secrets: Iterable[str], now: datetime
) -> dict[str, str]:
    """The three headers by which a receiver knows that a message is ours and fresh."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(signed, one) for one in secrets),
    }


def _signature(signed: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
