"""Sessions that the identity provider opened: when they were checked, how they end."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from compliance.access.sso import tokens
from compliance.access.sso.rejections import Code, Rejected
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keys import CannotDecrypt, keyring
from compliance.models import Person, ProviderSession

CHECKED_AT = "sso_checked_at"
ID_TOKEN = "sso_id_token"  # noqa: S105
CHECK_EVERY = timedelta(minutes=10)
LOGOUT_TOKEN_SECONDS = 3600


def opened(
    session: SessionBase,
    *,
    person: Person,
    told: dict[str, Any],
    id_token: str,
    now: datetime,
) -> None:
    """Note that the provider vouched for this session now.

    told: the claims of its ID token, which is kept sealed: it has names in it.
    """
    if session.session_key is None:
        session.save()
    session[CHECKED_AT] = now.timestamp()
    session[ID_TOKEN] = keyring("number_encryption").encrypt(id_token)
    lasting = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    person.provider_sessions.filter(opened_at__lt=now - lasting).delete()
    ProviderSession.objects.update_or_create(
        session_key=session.session_key,
        defaults={
            "person": person,
            "sub": told["sub"],
            "sid": str(told.get("sid") or ""),
            "opened_at": now,
        },
    )


def is_of_provider(session: SessionBase) -> bool:
    """Whether the identity provider opened this session."""
    return CHECKED_AT in session


def is_due(session: SessionBase, *, now: datetime, every: timedelta) -> bool:
    """Whether the provider has not vouched for this session for so long."""
    checked: float = session.get(CHECKED_AT, now.timestamp())
    return now.timestamp() - checked >= every.total_seconds()


def id_token(session: SessionBase) -> str:
    """The ID token that opened the session; '' when it cannot be had any more."""
    try:
        return keyring("number_encryption").decrypt(session.get(ID_TOKEN, ""))
    except CannotDecrypt:
        return ""


def closed(session: SessionBase) -> None:
    """Forget a session that is about to end by itself."""
    ProviderSession.objects.filter(session_key=session.session_key).delete()


def end_by_provider(logout_token: str, *, now: datetime) -> int:
    """End the sessions that a logout token names; how many. Raises Rejected.

    By the provider's session, or else all of the person's. A token works once.
    """
    claims = tokens.check_logout(logout_token, now=now)
    once = hashlib.sha256(claims["jti"].encode()).hexdigest()
    if not cache.add(f"logout-token:{once}", 1, LOGOUT_TOKEN_SECONDS):
        raise Rejected(Code.REUSED)
    named = Q(sid=claims["sid"]) if claims.get("sid") else Q()
    if claims.get("sub"):
        named &= Q(sub=claims["sub"])
    with transaction.atomic():
        ended = list(ProviderSession.objects.filter(named).select_related("person"))
        for row in ended:
            log.append(
                Action.SESSION_ENDED,
                subject=row.person,
                facts={"reason": "back_channel"},
            )
        keys = [row.session_key for row in ended]
        Session.objects.filter(session_key__in=keys).delete()
        ProviderSession.objects.filter(session_key__in=keys).delete()
    return len(ended)
