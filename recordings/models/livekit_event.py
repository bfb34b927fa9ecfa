"""The inbox: LiveKit's webhooks as they came, until they were applied."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField


class LiveKitEvent(models.Model):
    """One webhook. Its payload is personal data: sealed, and blanked after a week, or a
    month after it came where it could not be applied."""

    class State(models.TextChoices):
        """How far the event has come."""

        RECEIVED = "received", _("received")
        APPLIED = "applied", _("applied")
        UNKNOWN = "unknown", _("not understood, kept")
        FAILED = "failed", _("could not be applied")

    id = models.CharField(_("event id"), max_length=80, primary_key=True)
    name = models.CharField(_("event"), max_length=60)
    api_key = models.CharField(_("signed by key"), max_length=64)
    room_sid = models.CharField(max_length=64, blank=True)
    egress_id = models.CharField(max_length=64, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True)
    signed_at = models.DateTimeField(
        null=True, help_text=_("By LiveKit's clock, as it sent this")
    )
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    payload = EncryptedTextField(blank=True, editable=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.RECEIVED
    )
    attempt = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True)

    class Meta:
        verbose_name = _("LiveKit event")
        verbose_name_plural = _("LiveKit events")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="received"),
                name="event_due",
            ),
            models.Index(fields=["room_sid", "happened_at"], name="event_by_room"),
            models.Index(
                fields=["applied_at"],
                condition=~models.Q(payload=""),
                name="event_to_blank",
            ),
            models.Index(
                fields=["received_at"],
                condition=models.Q(state="failed") & ~models.Q(payload=""),
                name="event_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"

    @property
    def team_id(self) -> None:
        """Of no team, for `access.policy`: what it tells may be of any."""
        return None
