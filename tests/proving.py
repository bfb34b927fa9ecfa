"""Second factors in tests: a session that has just shown one, an app and its codes."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.test import Client
from django.utils import timezone

from compliance.access import step_up

PERIOD_SECONDS = 30


def prove(client: Client, *, method: str = "totp") -> Client:
    """Let the person of this browser have shown a second factor just now."""
    session = client.session
    step_up.note(session, method=method, now=timezone.now())
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


def code_of(secret: str, *, later: int = 0) -> str:
    """What an app with this secret shows now, or so many codes later."""
    counter = int(time.time()) // PERIOD_SECONDS + later
    return str(format_hotp_value(hotp_value(secret, counter)))


def secret_on(page: str) -> str:
    """The secret on the page of setting up an app."""
    found = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert found, page
    return found[1].replace(" ", "")
