"""Sessions in the database: hashed keys, a limit of idleness and one that is absolute.

Django asks for this by name (SESSION_ENGINE). Of a session that is over the row counts
no more, whatever the browser's cookie says.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

from compliance.audit import context
from compliance.models import PersonSession
from compliance.models.audit import canonical_address

PROVIDER_SUB = "provider_sub"
PROVIDER_SID = "provider_sid"
"""Of a session that the identity provider opened: what it calls person and session."""
SEEN_EVERY = timedelta(seconds=30)
"""Activity is written down no more often."""


def hashed(key: str) -> str:
    """What stands in the table for the key in a cookie."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def ends_at(*, began: datetime, seen: datetime) -> datetime:
    """When a session is over: too long idle, or too long altogether."""
    return min(seen + _idle(), last_moment(began))


def last_moment(began: datetime) -> datetime:
    """When a session is over however busy it is."""
    return began + timedelta(seconds=settings.SESSION_COOKIE_AGE)


class SessionStore(DatabaseSessions):
    """One session. `browser` is what it calls itself, told by the middleware."""

    browser: str = ""
    row: PersonSession | None = None
    """The row as it was read, or written first."""

    @classmethod
    def get_model_class(cls) -> type[PersonSession]:
        """Ours."""
        return PersonSession

    def exists(self, session_key: str) -> bool:
        """Whether there is such a session."""
        return PersonSession.objects.filter(session_key=hashed(session_key)).exists()

    def create(self) -> None:
        """Begin a new one: what the row before it said of its age is not taken over."""
        self.row = None
        super().create()

    def delete(self, session_key: str | None = None) -> None:
        """End one, by default this."""
        key = session_key or self.session_key
        if key:
            PersonSession.objects.filter(session_key=hashed(key)).delete()

    def create_model_instance(self, data: dict[str, Any]) -> PersonSession:
        """The row to write; an existing one keeps its age, its address, its browser."""
        now = timezone.now()
        self.row = PersonSession(
            session_key=hashed(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            person_id=data.get(SESSION_KEY),
            provider_sub=data.get(PROVIDER_SUB, ""),
            provider_sid=data.get(PROVIDER_SID, ""),
            began_at=self.row.began_at if self.row else now,
            seen_at=self.row.seen_at if self.row else now,
            address=self.row.address if self.row else _address(),
            browser=self.row.browser if self.row else self.browser,
        )
        began, seen = self.row.began_at, self.row.seen_at
        self.row.expire_date = ends_at(began=began, seen=seen)
        return self.row

    def seconds_left(self, *, now: datetime) -> int:
        """How long it lasts when nobody does anything from now on; 0 for none."""
        if self.row is None:
            return 0
        ends = ends_at(began=self.row.began_at, seen=now)
        return max(0, int((ends - now).total_seconds()))

    def touch(self, *, now: datetime) -> None:
        """Note that its person did something, unless that was noted a moment ago.

        A session that has been ended meanwhile stays ended.
        """
        row = self.row
        if row is None or row.seen_at > now - SEEN_EVERY:
            return
        row.seen_at, row.expire_date = now, ends_at(began=row.began_at, seen=now)
        PersonSession.objects.filter(pk=row.pk, expire_date__gt=now).update(
            seen_at=now, expire_date=row.expire_date
        )

    def _get_session_from_db(self) -> PersonSession | None:
        rows = PersonSession.objects.filter(session_key=hashed(self.session_key or ""))
        self.row = rows.filter(expire_date__gt=timezone.now()).first()
        if self.row is None:
            self._session_key = None
        return self.row


def _idle() -> timedelta:
    return timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def _address() -> str | None:
    return canonical_address(context.current().address)
