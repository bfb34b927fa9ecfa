"""Settings that are unsafe outside development stop the start, or are named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Tags, run_checks
from pytest_django.fixtures import Settings

from portal import first_keys
from portal.checks import refuse_unsafe_settings


@pytest.fixture
def production(settings: Settings) -> Settings:
    """Mails are on, with an address to lead to, and encrypted on their way."""
    settings.DEBUG = False
    settings.MAIL_IS_ON = True
    settings.PORTAL_URL = "https://calls.example.com"
    settings.EMAIL_USE_TLS = True
    return settings


def found() -> set[str]:
    """The ids of what is unsafe."""
    return {str(message.id) for message in refuse_unsafe_settings()}


def test_mails_that_are_well_set_up(production: Settings) -> None:
    assert not {"earwitness.E008", "earwitness.W002"} & found()


@pytest.mark.parametrize("url", ["", "http://calls.example.com"])
def test_mails_must_lead_somewhere(production: Settings, url: str) -> None:
    production.PORTAL_URL = url
    assert "earwitness.E008" in found()


def test_mails_without_encryption_are_named(production: Settings) -> None:
    production.EMAIL_USE_TLS = production.EMAIL_USE_SSL = False
    assert "earwitness.W002" in found()


def test_without_mails_nothing_is_asked_of_them(production: Settings) -> None:
    production.MAIL_IS_ON = False
    production.PORTAL_URL = ""
    assert "earwitness.E008" not in found()


@pytest.mark.parametrize(
    ("issuer", "is_unsafe"),
    [("https://id.example.com", False), ("http://id.example.com", True)],
)
def test_the_identity_provider_is_asked_over_tls(
    production: Settings,
    issuer: str,
    is_unsafe: bool,
) -> None:
    production.OIDC = {"issuer": issuer}
    assert ("earwitness.E015" in found()) == is_unsafe


@pytest.mark.parametrize(
    ("setting", "value", "number"),
    [
        ("LIVEKIT_SIMULATOR", True, "E001"),
        ("ALLOWED_HOSTS", ["*"], "E002"),
        ("HTTPS", False, "E003"),
        ("LIVEKIT_API_KEYS", {}, "E004"),
        ("LIVEKIT_API_KEYS", {"key": "short"}, "E005"),
        ("METRICS_TOKEN", "short", "E007"),
        ("SECRET_KEY", "at least 50 random characters" * 3, "E009"),
        ("SECRET_KEY", "x" * 80, "E009"),
        ("KEY_RINGS", {"audit_mac": ["2026a:BASE64 OF 32 BYTES"]}, "E009"),
        ("SESSION_IDLE_SECONDS", 7200, "E010"),
        ("SESSION_IDLE_SECONDS", 0, "E010"),
        ("SESSION_COOKIE_AGE", 30 * 24 * 3600, "E010"),
        ("LIVEKIT_URL", "http://livekit.internal:7880", "E011"),
        ("MEDIA_STORE", {"kind": "local", "root": "/media"}, "E012"),
        ("OIDC", {}, "E016"),
        ("LOCAL_LOGIN", True, "E017"),
    ],
    ids=str,
)
def test_each_is_refused_by_name(
    sound: Settings, setting: str, value: object, number: str
) -> None:
    assert found() == set()
    setattr(sound, setting, value)
    assert found() == {f"earwitness.{number}"}


def test_without_pages_nobody_has_to_come_in(sound: Settings) -> None:
    sound.OIDC, sound.SURFACES = {}, ["webhook"]
    assert found() == set()


def test_livekit_beside_us_may_be_plain(sound: Settings) -> None:
    sound.LIVEKIT_URL = "http://127.0.0.1:7880"
    assert found() == set()


@pytest.fixture
def sound(production: Settings) -> Settings:
    """Settings that nothing is wrong with."""
    production.LIVEKIT_SIMULATOR = False
    production.LOCAL_LOGIN = False
    production.OIDC = {"issuer": "https://id.example.com"}
    production.ALLOWED_HOSTS = ["calls.example.com"]
    production.HTTPS = True
    production.METRICS_TOKEN = "m" * 32
    production.LIVEKIT_URL = "https://livekit.example.com"
    production.LIVEKIT_API_KEYS = {"key": "s" * 32}
    production.MEDIA_STORE = {
        "kind": "s3",
        "endpoint": "",
        "public_endpoint": "https://store.example.com",
    }
    return production


@pytest.mark.django_db
def test_who_owns_the_log_does_not_serve(sound: Settings) -> None:
    """The role of the tests made the tables."""
    messages = run_checks(
        tags=[Tags.database], include_deployment_checks=True, databases=["default"]
    )
    assert "earwitness.E014" in {message.id for message in messages}


def check_deploy(tmp_path: Path, **given: str) -> "subprocess.CompletedProcess[str]":
    """`manage.py check --deploy` as an operator has set it up."""
    keys = tmp_path / "keys.json"
    first_keys.ensure(keys)
    environment = {
        "PATH": os.environ["PATH"],
        "EARWITNESS_KEYS_FILE": str(keys),
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "ALLOWED_HOSTS": "calls.example.com",
        "TRUSTED_PROXIES": "1",
        "LIVEKIT_URL": "https://livekit.example.com",
        "LIVEKIT_API_KEYS": f"key={'s' * 32}",
        "EARWITNESS_S3_BUCKET": "recordings",
        "EARWITNESS_LOCAL_LOGIN": "1",
        "EARWITNESS_S3_REGION": "eu-central-1",
    }
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--tag", "security"],
        env=environment | given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_check_deploy_is_clean(tmp_path: Path) -> None:
    told = check_deploy(tmp_path)
    assert told.returncode == 0, told.stderr
    assert "no issues" in told.stdout
    assert "WARNING" not in told.stderr


def test_debugging_is_not_deployed(tmp_path: Path) -> None:
    told = check_deploy(tmp_path, EARWITNESS_DEBUG="1")
    assert told.returncode == 1
    assert "earwitness.E013" in told.stderr
