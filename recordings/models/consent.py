"""What the parties said about being recorded, and what the law made of it."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Announce, Level, Person, Purpose, StandingConsent
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call, Party


class ConsentRecord(models.Model):
    """One act of consent on a call. Append-only: a change of mind is a new row."""

    class Kind(models.TextChoices):
        """What happened."""

        ANNOUNCED = "announced", _("announced")
        GRANTED = "granted", _("given")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        AI_DISCLOSED = "ai_disclosed", _("told that an AI speaks")

    class By(models.TextChoices):
        """By which means the party acted."""

        VOICE = "voice", _("voice")
        KEYPAD = "keypad", _("keypad")
        OTHER = "other", _("other")
        STANDING = "standing", _("standing consent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="consents")
    party = models.ForeignKey(
        Party,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: everybody on the line"),
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    by = models.CharField(_("by"), max_length=8, choices=By, default=By.VOICE)
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose),
        default=list,
        blank=True,
        help_text=_("Empty: every purpose"),
    )
    occurred_at = models.DateTimeField(_("when"))
    offset_ms = models.PositiveIntegerField(_("offset in the call"), null=True)
    script = models.CharField(_("script"), max_length=40, blank=True)
    script_version = models.CharField(_("script version"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    standing = models.ForeignKey(
        StandingConsent,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The standing consent that speaks here"),
    )
    evidence = EncryptedTextField(_("evidence"), blank=True)
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(default=timezone.now, editable=False)
    idempotency_key = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")
        ordering = ["occurred_at", "reported_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "idempotency_key"], name="consent_reported_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurred_at:%Y-%m-%d %H:%M:%S}"


class ConsentVerdict(models.Model):
    """What must have happened before each purpose is open. Immutable.

    A changed rule or a new party makes a new verdict beside it; the newest counts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="verdicts")
    number = models.PositiveIntegerField()
    levels = models.JSONField(help_text="purpose: one_party, notice or explicit")
    announce = models.CharField(max_length=12, choices=Announce)
    reasons = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("consent verdict")
        verbose_name_plural = _("consent verdicts")
        ordering = ["call", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "number"], name="verdict_number_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"verdict {self.number}"

    def level(self, purpose: str) -> Level:
        """The level this verdict asks for a purpose; explicit where it is silent."""
        return Level.from_code(self.levels.get(purpose, "explicit"))
