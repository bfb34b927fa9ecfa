"""What every answer tells the browser, and what cookies are called in production."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisGone

from compliance.access import rates
from compliance.models import Person
from tests.cast import Cast

PRINT = """
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE)
print(s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH)
"""


@pytest.mark.parametrize(
    "path", ["/", "/calls/", "/login", "/nowhere", "/api/v1/calls"]
)
def test_browsers_are_told_to_keep_it_closed(
    cast: Cast, sign_in: Callable[[Person], Client], path: str
) -> None:
    answer = sign_in(cast.officer).get(path)

    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "microphone=()" in answer["Permissions-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_plain_http_is_sent_to_https_but_for_probes_and_programs(
    db: None, client: Client, settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000

    answer = client.get("/login")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/login")
    assert client.get("/healthz").status_code == 200
    assert client.get("/api/v1/calls").status_code == 401
    assert client.get("/webhooks/livekit").status_code == 405
    safe = client.get("/login", secure=True)
    assert safe.status_code == 200
    assert "max-age=31536000" in safe["Strict-Transport-Security"]


def test_cookies_of_production_belong_to_this_host_alone() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            PRINT,
        ],
        env=os.environ
        | {"EARWITNESS_HTTPS": "1", "DJANGO_SETTINGS_MODULE": "portal.settings"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.split() == [
        *("__Host-session", "__Host-csrf", "True", "True", "None", "/")
    ]


def test_a_person_has_a_share_of_requests_a_minute(
    cast: Cast, sign_in: Callable[[Person], Client], settings: Settings
) -> None:
    settings.REQUESTS_A_MINUTE = 2
    mine, other = sign_in(cast.reviewer), sign_in(cast.lead)

    answers = [mine.get("/access") for _ in range(5)]
    late = next(answer for answer in answers if answer.status_code == 429)
    assert answers[0].status_code == 200
    assert 0 < int(late["Retry-After"]) <= 60
    assert other.get("/access").status_code == 200


def test_without_redis_nobody_is_turned_away(
    cast: Cast,
    sign_in: Callable[[Person], Client],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(*_: object, **__: object) -> int:
        raise RedisGone

    settings.REQUESTS_A_MINUTE = 0
    monkeypatch.setattr(rates, "count", gone)
    assert sign_in(cast.reviewer).get("/access").status_code == 200
