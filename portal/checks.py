"""Refuses settings that are unsafe outside development; run at every start."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from portal import catalogues

MIN_SECRET = 32


def _error(number: int, text: str, hint: str) -> Error:
    return Error(text, hint=hint, id=f"earwitness.E{number:03d}")


@register(Tags.security)
def refuse_unsafe_settings(**_: Any) -> list[CheckMessage]:
    """Errors stop the start; there is no switch to pass over them."""
    if settings.DEBUG:
        return []
    found: list[CheckMessage] = []
    if settings.LIVEKIT_SIMULATOR:
        found.append(
            _error(
                1,
                "The simulator of LiveKit is on.",
                "Unset EARWITNESS_SIMULATOR: it answers for a server that is not there.",
            )
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        found.append(
            _error(2, "ALLOWED_HOSTS is open.", "Name the hosts this portal serves.")
        )
    if not settings.HTTPS:
        found.append(
            _error(
                3,
                "Cookies and links would travel without encryption.",
                "Leave EARWITNESS_HTTPS on, and terminate TLS in front.",
            )
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < MIN_SECRET:
        found.append(
            _error(
                7,
                "The token of /metrics is short.",
                f"Give EARWITNESS_METRICS_TOKEN at least {MIN_SECRET} characters.",
            )
        )
    found += _livekit()
    found += _store()
    found += _mail()
    found += _identity_provider()
    return found


def _identity_provider() -> list[CheckMessage]:
    """Whoever stands between could sign anybody in."""
    if not settings.OIDC or settings.OIDC["issuer"].startswith("https://"):
        return []
    return [
        _error(
            9,
            "The identity provider would be asked without encryption.",
            "Let EARWITNESS_OIDC_ISSUER begin with https://.",
        )
    ]


def _mail() -> list[CheckMessage]:
    """Mails lead to the portal, and travel with a team's name in them."""
    if not settings.MAIL_IS_ON:
        return []
    found: list[CheckMessage] = []
    if not settings.PORTAL_URL.startswith("https://"):
        found.append(
            _error(
                8,
                "Mails could not lead to this portal.",
                "Set EARWITNESS_URL to its address: https://calls.example.com.",
            )
        )
    if not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        found.append(
            Warning(
                "Mails leave without encryption.",
                hint="Let EMAIL_URL begin with smtp+tls:// or smtp+ssl://.",
                id="earwitness.W002",
            )
        )
    return found


def _livekit() -> list[CheckMessage]:
    if not settings.LIVEKIT_URL or not settings.LIVEKIT_API_KEYS:
        return [
            _error(
                4,
                "LiveKit is not configured.",
                "Set LIVEKIT_URL and LIVEKIT_API_KEYS (key=secret,…).",
            )
        ]
    short = [k for k, s in settings.LIVEKIT_API_KEYS.items() if len(s) < MIN_SECRET]
    if short:
        return [
            _error(
                5,
                f"LiveKit keys with short secrets: {', '.join(short)}.",
                f"A secret has at least {MIN_SECRET} characters.",
            )
        ]
    return []


@register(Tags.translation)
def find_stale_catalogues(**_: Any) -> list[CheckMessage]:
    """Warn of languages whose texts changed and were not compiled."""
    return [
        Warning(
            f"The catalogue of {text.parent.parent.name} is not compiled.",
            hint="Run `manage.py compile_catalogues`: pages show those texts in English.",
            id="earwitness.W002",
        )
        for folder in settings.LOCALE_PATHS
        for text in catalogues.stale(Path(folder))
    ]


def _store() -> list[CheckMessage]:
    store = settings.MEDIA_STORE
    if store["kind"] == "local":
        return [
            Warning(
                "Recordings are kept in a folder of this machine.",
                hint="Egress and every web process must see the same folder.",
                id="earwitness.W001",
            )
        ]
    endpoint = store["public_endpoint"] or store["endpoint"]
    if endpoint.startswith("http://"):
        return [
            _error(
                6,
                "Links to recordings would travel without encryption.",
                "Give EARWITNESS_S3_ENDPOINT or _PUBLIC_ENDPOINT with https.",
            )
        ]
    return []
