"""Settings that are unsafe outside development stop the start, or are named."""

import pytest
from pytest_django.fixtures import Settings

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
    assert ("earwitness.E009" in found()) == is_unsafe
