"""What a customer agreed to once, for every call until a day."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.phone_number import PhoneNumber
from compliance.models.purpose import Purpose
from compliance.models.team import Team


class StandingConsent(models.Model):
    """The consent of whoever calls from a number. It is withdrawn, never deleted."""

    class Source(models.TextChoices):
        """How it was given."""

        CALL = "call", _("on a call")
        FORM = "form", _("signed form")
        WEB = "web", _("website or app")
        MESSAGE = "message", _("letter, mail or message")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.ForeignKey(
        PhoneNumber,
        verbose_name=_("number"),
        null=True,
        on_delete=models.PROTECT,
        related_name="standing_consents",
        help_text=_("Empty: erased; that somebody agreed stays as proof"),
    )
    team = models.ForeignKey(
        Team,
        verbose_name=_("calls of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of every team"),
    )
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose), verbose_name=_("for")
    )
    granted_at = models.DateTimeField(_("given"))
    expires_at = models.DateTimeField(_("until"))
    source = models.CharField(_("how it was given"), max_length=8, choices=Source)
    script = models.CharField(
        _("text agreed to"),
        max_length=80,
        blank=True,
        help_text=_("Name and version of the words that were agreed to"),
    )
    evidence = EncryptedTextField(_("evidence"), blank=True)
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("standing consent")
        verbose_name_plural = _("standing consents")
        constraints = [
            models.CheckConstraint(
                name="standing_consent_ends_after_it_began",
                condition=models.Q(expires_at__gt=models.F("granted_at")),
            )
        ]
        indexes = [
            models.Index(
                fields=["-recorded_at", "-id"], name="standing_consent_by_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def purpose_names(self) -> list[str]:
        """What was agreed to, in words."""
        return [str(Purpose(name).label) for name in self.purposes]
