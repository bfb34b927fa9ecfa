"""What is kept of the identity provider: the sessions it opened here."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class ProviderSession(models.Model):
    """A session opened through the identity provider, so that it can end it.

    `sub` and `sid` are the provider's own names for the person and for its session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="provider_sessions"
    )
    session_key = models.CharField(max_length=40, unique=True)
    sub = models.CharField(max_length=255, db_index=True)
    sid = models.CharField(max_length=255, blank=True, db_index=True)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("session from the identity provider")
        verbose_name_plural = _("sessions from the identity provider")

    def __str__(self) -> str:
        return str(self.pk)
