"""Sessions that the identity provider opened: when they were checked, how they end."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q

from compliance.access.session_store import PROVIDER_SID, PROVIDER_SUB
from compliance.access.sso import tokens
from compliance.access.sso.rejections import Code, Rejected
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keys import CannotDecrypt, keyring
from compliance.models import PersonSession

CHECKED_AT = "sso_checked_at"
ID_TOKEN = "sso_id_token"  # noqa: S105
REFRESH_TOKEN = "sso_refresh_token"  # noqa: S105
CHECK_EVERY = timedelta(minutes=10)
LOGOUT_TOKEN_SECONDS = 3600


def opened(
    session: SessionBase,
    *,
    told: dict[str, Any],
    id_token: str,
    refresh_token: str,
    now: datetime,
) -> None:
    """Note that the provider vouched for this session now.

    told: the claims of its ID token. Tokens are kept sealed: one has names in it, the
    other opens. refresh_token: '' where the provider gives none.
    """
    session[ID_TOKEN] = keyring("number_encryption").encrypt(id_token)
    session[PROVIDER_SUB] = told["sub"]
    session[PROVIDER_SID] = str(told.get("sid") or "")
    renewed(session, refresh_token=refresh_token, now=now)


def renewed(session: SessionBase, *, refresh_token: str, now: datetime) -> None:
    """Note that it vouched for it again. refresh_token: the next one, where it changes."""
    session[CHECKED_AT] = now.timestamp()
    if refresh_token:
        sealed = keyring("number_encryption").encrypt(refresh_token)
        session[REFRESH_TOKEN] = sealed


def is_of_provider(session: SessionBase) -> bool:
    """Whether the identity provider opened this session."""
    return CHECKED_AT in session


def is_due(session: SessionBase, *, now: datetime, every: timedelta) -> bool:
    """Whether the provider has not vouched for this session for so long."""
    checked: float = session.get(CHECKED_AT, now.timestamp())
    return now.timestamp() - checked >= every.total_seconds()


def id_token(session: SessionBase) -> str:
    """The ID token that opened the session; '' when it cannot be had any more."""
    return _opened(session, ID_TOKEN)


def refresh_token(session: SessionBase) -> str:
    """What renews the session at the provider; '' where it gave nothing of the kind."""
    return _opened(session, REFRESH_TOKEN)


def subject(session: SessionBase) -> str:
    """What the provider calls the person of the session."""
    return str(session[PROVIDER_SUB])


def _opened(session: SessionBase, name: str) -> str:
    try:
        return keyring("number_encryption").decrypt(session.get(name, ""))
    except CannotDecrypt:
        return ""


def end_by_provider(logout_token: str, *, now: datetime) -> int:
    """End the sessions that a logout token names; how many. Raises Rejected.

    By the provider's session, or else all of the person's. A token works once.
    """
    claims = tokens.check_logout(logout_token, now=now)
    once = hashlib.sha256(claims["jti"].encode()).hexdigest()
    if not cache.add(f"logout-token:{once}", 1, LOGOUT_TOKEN_SECONDS):
        raise Rejected(Code.REUSED)
    named = Q(provider_sid=claims["sid"]) if claims.get("sid") else Q()
    if claims.get("sub"):
        named &= Q(provider_sub=claims["sub"])
    with transaction.atomic():
        rows = PersonSession.objects.filter(named, expire_date__gt=now)
        ended = list(rows.select_related("person").select_for_update(of=("self",)))
        for row in ended:
            log.append(
                Action.SESSION_ENDED_BY_PROVIDER,
                subject=row.person,
                facts={"reason": "back_channel"},
            )
        PersonSession.objects.filter(pk__in=[row.pk for row in ended]).delete()
    return len(ended)
