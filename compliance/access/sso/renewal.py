"""A session whose page stays open is vouched for anew, by its refresh token.

Who listens for an hour asks by script alone, and a script cannot be led to the provider.
Pages that are opened are checked by the browser all the same: only that tells that
somebody has signed out there.
"""

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache

from compliance.access import policy
from compliance.access.session_store import hashed
from compliance.access.sso import arrivals, claims, sessions
from compliance.access.sso.backend import ProviderBackend
from compliance.access.sso.rejections import Code, Rejected
from compliance.models import Person

ONCE_IN_SECONDS = 30
"""Longer than the provider is waited for; and so long it rests when that was in vain."""


def renew(session: SessionBase, person: Person, *, now: datetime) -> bool:
    """Have the provider vouch for the session again; his roles follow his groups.

    False when that cannot be asked now: there is no refresh token, or another request
    is asking with it (many providers take each one only once). Raises Rejected.
    """
    token = sessions.refresh_token(session)
    if not token or not cache.add(_lock(session), 1, ONCE_IN_SECONDS):
        return False
    by = ProviderBackend()
    told = by.refreshed(token, subject=sessions.subject(session), now=now)
    if arrivals.admit(claims.identity(told), now=now) != person:
        raise Rejected(Code.SUBJECT, person)
    policy.forget(person)
    sessions.renewed(session, refresh_token=by.refresh_token, now=now)
    session.save()
    cache.delete(_lock(session))
    return True


def _lock(session: SessionBase) -> str:
    return f"sso-renewal:{hashed(session.session_key or '')}"
