"""A law that does not allow but demands a recording, as versioned, editable data."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.consent_rule import ConsentRule
from compliance.models.person import Person


class Remedy(models.TextChoices):
    """What to do with a call that ought to be recorded and is not."""

    CONTINUE = "continue_unrecorded", _("go on unrecorded")
    END_CALL = "end_call", _("end the call")
    OTHER_CHANNEL = "other_channel", _("go on by another channel")


class RecordingDuty(models.Model):
    """One version of a duty to record. A change is a new row; rows are never edited."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=24)
    name = models.CharField(_("name"), max_length=120)
    version = models.PositiveIntegerField(_("version"))
    on_refusal = models.CharField(
        _("when somebody refuses"), max_length=20, choices=Remedy
    )
    on_failure = models.CharField(
        _("when the recorder fails"), max_length=20, choices=Remedy
    )
    citation = models.TextField(_("citation"))
    note = models.TextField(_("note"), blank=True)
    confidence = models.CharField(
        _("confidence"),
        max_length=1,
        choices=ConsentRule.Confidence,
        default=ConsentRule.Confidence.UNCERTAIN,
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(
        _("effective to"), null=True, blank=True, help_text=_("The last day it holds")
    )
    is_offer = models.BooleanField(
        _("offered"),
        default=False,
        editable=False,
        help_text=_("A newer default beside a version of your own; not in force"),
    )
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("duty to record")
        verbose_name_plural = _("duties to record")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"], name="recording_duty_version_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"

    @property
    def is_reviewed(self) -> bool:
        """False for shipped rows nobody has confirmed: 'default, unreviewed'."""
        return self.reviewed_by_id is not None
