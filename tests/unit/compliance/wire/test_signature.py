"""Signatures: as Standard Webhooks says, and as docs/events.md verifies them."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from standardwebhooks import Webhook, WebhookVerificationError

from compliance.wire import signature

BODY = json.dumps({"type": "call.ended", "data": {"call_id": "äöü"}}).encode()
Check = Callable[[str, dict[str, str], bytes], bool]


def signed(*secrets: str, now: datetime | None = None) -> dict[str, str]:
    """The headers of the body."""
    now = now or datetime.now(UTC)
    return signature.headers(message_id="m-1", body=BODY, secrets=secrets, now=now)


@pytest.fixture
def documented() -> Check:
    """The example of docs/events.md, as it stands there."""
    text = (settings.BASE_DIR / "docs" / "events.md").read_text()
    found = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert found
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102 - the example itself is what is tested
    check: Check = names["is_ours"]
    return check


def test_the_library_of_others_takes_it() -> None:
    secret = signature.new_secret()

    assert Webhook(secret).verify(BODY, signed(secret)) == json.loads(BODY)


def test_another_secret_another_body_or_an_old_message_is_not_taken() -> None:
    secret = signature.new_secret()
    old = signed(secret, now=datetime.now(UTC) - timedelta(minutes=6))

    for key, body, headers in (
        (signature.new_secret(), BODY, signed(secret)),
        (secret, BODY + b" ", signed(secret)),
        (secret, BODY, signed(secret) | {"webhook-id": "m-2"}),
        (secret, BODY, old),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(key).verify(body, headers)


def test_the_example_of_the_documentation_agrees(documented: Check) -> None:
    secret = signature.new_secret()

    assert documented(secret, signed(secret), BODY)
    assert not documented(secret, signed(secret), BODY + b" ")
    assert not documented(signature.new_secret(), signed(secret), BODY)
    old = signed(secret, now=datetime.now(UTC) - timedelta(minutes=6))
    assert not documented(secret, old, BODY)


def test_while_a_secret_is_replaced_both_are_good(documented: Check) -> None:
    new, old = signature.new_secret(), signature.new_secret()
    headers = signed(new, old)

    for secret in (new, old):
        assert Webhook(secret).verify(BODY, headers)
        assert documented(secret, headers, BODY)
