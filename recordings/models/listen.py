"""Who was served what, what was reported heard, and who was given a copy."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Purpose
from compliance.models.fields import EncryptedTextField
from recordings.models.recording import Recording


class RestrictedGround(models.TextChoices):
    """On what the law lets restricted recordings be heard (GDPR Art. 18(2))."""

    CLAIMS = "claims", _("legal claims")
    PROTECTION = "protection", _("to protect the rights of another person")
    CONSENT = "consent", _("with the person's consent")


class Listen(models.Model):
    """One sitting of one person with one recording.

    Served (links were issued) is provable; heard is what the player reported.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="listens", db_index=False
    )
    listener = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="listens", db_index=False
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    in_emergency = models.BooleanField(_("in an emergency"), default=False)
    for_hold = models.UUIDField(
        null=True, help_text=_("The confidential legal hold it was heard for")
    )
    restricted = models.CharField(
        _("although restricted"),
        max_length=10,
        choices=RestrictedGround,
        blank=True,
        help_text=_("The ground on which it was heard while it was only to be stored"),
    )
    reason = EncryptedTextField(_("reason"), blank=True)
    opened_at = models.DateTimeField(_("opened"))
    last_served_at = models.DateTimeField(_("last link"))
    links_served = models.PositiveIntegerField(_("links"), default=1)
    heard = ArrayField(
        ArrayField(models.PositiveIntegerField(), size=2),
        default=list,
        help_text=_("Merged [from_ms, to_ms] ranges reported by the player"),
    )
    heard_ms = models.PositiveIntegerField(_("reported heard"), default=0)
    fastest = models.DecimalField(
        _("fastest speed"), max_digits=3, decimal_places=2, null=True
    )
    position_ms = models.PositiveIntegerField(default=0)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("listen")
        verbose_name_plural = _("listens")
        indexes = [
            models.Index(
                fields=["recording", "listener", "-opened_at"], name="listen_of_person"
            ),
            models.Index(fields=["listener", "-opened_at"], name="listen_by_person"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Disclosure(models.Model):
    """A copy that left the portal: to whom and why. Kept as long as the law asks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="disclosures"
    )
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    for_hold = models.UUIDField(
        null=True, help_text=_("The confidential legal hold it was given for")
    )
    recipient = EncryptedTextField(_("to whom"))
    organisation = EncryptedTextField(_("organisation"), blank=True)
    reason = EncryptedTextField(_("why"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")

    def __str__(self) -> str:
        return str(self.id)
