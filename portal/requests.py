"""How requests of people are taken in and answered here, read strictly."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

SHORTEST_LOG = 24
"""Months: 11 CCR 7101."""
MIN_SECRET = 32


def read(env: Any, surfaces: list[str]) -> dict[str, Any]:
    """The settings about requests. surfaces: what this process serves."""
    host = env.str("EARWITNESS_PUBLIC_HOST", default="").lower()
    if {"public", "web"} <= set(surfaces) and not host:
        raise ImproperlyConfigured(
            "SURFACES: public beside web wants EARWITNESS_PUBLIC_HOST, a host of its own."
        )
    months = env.int("EARWITNESS_REQUEST_LOG_MONTHS", default=SHORTEST_LOG)
    if months < SHORTEST_LOG:
        raise ImproperlyConfigured(
            "EARWITNESS_REQUEST_LOG_MONTHS: 24 at least, as California asks."
        )
    url = env.str("EARWITNESS_CODE_SENDER_URL", default="")
    secret = env.str("EARWITNESS_CODE_SENDER_SECRET", default="")
    if url and len(secret) < MIN_SECRET:
        raise ImproperlyConfigured(
            "EARWITNESS_CODE_SENDER_SECRET wants whsec_ and 32 random bytes in base64."
        )
    return {
        "controller": env.str("EARWITNESS_CONTROLLER", default="Earwitness"),
        "law": env.str("EARWITNESS_REQUEST_LAW", default="EU-GDPR"),
        "place": env.str("EARWITNESS_REQUEST_PLACE", default=""),
        "log_months": months,
        "code_sender_url": url,
        "code_sender_secret": secret,
        "public_url": f"https://{host}" if host else "",
        "copy_days": max(1, env.int("EARWITNESS_COPY_DAYS", default=14)),
        "copy_names_staff": env.bool("EARWITNESS_COPY_NAMES_STAFF", default=False),
        "public_host": host if "public" in surfaces else "",
    }
