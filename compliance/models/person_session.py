"""An open session of a browser: whose, since when, and when it ends."""

from typing import ClassVar

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class PersonSession(AbstractBaseSession):
    """A row lives as long as its session: ending one is deleting it.

    The key of the row is a hash of the browser's cookie, so that who reads the table
    cannot take over a session. person is empty until somebody has signed in.

    provider_sub and provider_sid are the identity provider's own names for the person
    and for its session, so that it can end what it opened; empty with a password.
    """

    person = models.ForeignKey(
        Person, null=True, on_delete=models.CASCADE, related_name="sessions"
    )
    # Django's own says it in English alone: its application is not installed
    expire_date = models.DateTimeField(_("ends, if idle"), db_index=True)
    began_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(_("last active"), default=timezone.now)
    address = models.GenericIPAddressField(_("address"), null=True)
    browser = models.CharField(_("browser"), max_length=200, default="")

    provider_sub = models.CharField(max_length=255, default="", db_index=True)
    provider_sid = models.CharField(max_length=255, default="", db_index=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = _("session")  # type: ignore[assignment]
        verbose_name_plural = _("sessions")  # type: ignore[assignment]
        indexes: ClassVar = [
            models.Index(
                fields=["person", "-seen_at"], name="person_session_by_activity"
            )
        ]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """The store that writes these rows."""
        from importlib import import_module

        from django.conf import settings

        store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
        return store
