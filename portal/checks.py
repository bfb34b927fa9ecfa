"""Refuses settings that are unsafe outside development; run at every start."""

from collections.abc import Collection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from compliance.access import approving
from portal import catalogues
from recordings.doctor import database

MIN_SECRET = 32
MIN_SECRET_KEY = 50
FEWEST_CHARACTERS = 10
MOST_IDLE = 3600
DAY = 24 * 3600
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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
    found += _secrets()
    found += _sessions()
    found += _livekit()
    found += _store()
    found += _mail()
    found += _identity_provider()
    found += _door()
    return found


def _identity_provider() -> list[CheckMessage]:
    """Whoever stands between could sign anybody in."""
    if not settings.OIDC or settings.OIDC["issuer"].startswith("https://"):
        return []
    return [
        _error(
            15,
            "The identity provider would be asked without encryption.",
            "Let EARWITNESS_OIDC_ISSUER begin with https://.",
        )
    ]


def _door() -> list[CheckMessage]:
    """Somebody must be able to come in, and a password alone is not enough."""
    if "web" not in settings.SURFACES:
        return []
    if not settings.OIDC and not settings.LOCAL_LOGIN:
        return [
            _error(
                16,
                "Nobody could sign in.",
                "Set EARWITNESS_OIDC_ISSUER (docs/sso.md), or EARWITNESS_LOCAL_LOGIN.",
            )
        ]
    if settings.LOCAL_LOGIN and not settings.SECOND_FACTOR:
        return [
            _error(
                17,
                "A password alone would open everything.",
                "Leave EARWITNESS_SECOND_FACTOR on where local accounts may sign in.",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def refuse_debugging(**_: Any) -> list[CheckMessage]:
    """Asked before a deployment: with debugging on, none of the above was looked at."""
    if not settings.DEBUG:
        return []
    return [
        _error(
            13,
            "Debugging is on.",
            "Unset EARWITNESS_DEBUG: error pages would show what people may not see.",
        )
    ]


@register(Tags.database, deploy=True)
def refuse_owning_the_log(
    databases: Collection[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Asked with `check --deploy --database default`, under the role that serves."""
    if not databases or settings.DEBUG or not database.may_change_the_log():
        return []
    return [
        _error(
            14,
            "This role of the database owns the audit log and could change it.",
            "Serve under a role that does not own the tables; keep this for migrate.",
        )
    ]


@register(Tags.database, deploy=True)
def warn_of_missing_approvers(
    databases: Collection[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Asked with `check --deploy --database default`: what takes two should find two."""
    if not databases:
        return []
    return [
        Warning(
            f"Fewer than two people can approve: {kind.name}.",
            hint="Give a second person the role: until then one alone does it.",
            id="earwitness.W003",
        )
        for kind, _places in approving.thin_kinds()
    ]


def _secrets() -> list[CheckMessage]:
    """Keys that came with an example, or that somebody typed."""
    secret = settings.SECRET_KEY
    rings = [key for ring in settings.KEY_RINGS.values() for key in ring]
    if (
        len(secret) >= MIN_SECRET_KEY
        and len(set(secret)) >= FEWEST_CHARACTERS
        and not any("BASE64" in key for key in rings)
        and "random characters" not in secret
    ):
        return []
    return [
        _error(
            9,
            "The key file holds an example or a weak secret.",
            "Make secret_key and every ring anew: docs/keys.md says how.",
        )
    ]


def _sessions() -> list[CheckMessage]:
    """Sessions that outlive a working day are left open somewhere."""
    idle, most = settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE
    if 0 < idle <= MOST_IDLE and idle <= most <= DAY:
        return []
    return [
        _error(
            10,
            "Sessions last too long.",
            "EARWITNESS_IDLE_SECONDS is an hour at most, EARWITNESS_SESSION_SECONDS a day.",
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
    livekit = urlsplit(settings.LIVEKIT_URL)
    if livekit.scheme in {"http", "ws"} and livekit.hostname not in LOOPBACK:
        return [
            _error(
                11,
                "LiveKit would be told over plain HTTP.",
                "Let LIVEKIT_URL begin with https://: tokens and store keys travel there.",
            )
        ]
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
            _error(
                12,
                "Recordings would be kept in a folder of this machine.",
                "Set EARWITNESS_S3_BUCKET: Egress cannot write into a folder, and"
                " nothing there is encrypted or versioned.",
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
