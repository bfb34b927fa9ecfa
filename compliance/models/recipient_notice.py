"""Whom we gave data of a person to, and what we told them later (GDPR Art. 19)."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.request import SubjectRequest


class RecipientNotice(models.Model):
    """One letter to one recipient about what became of data that were given to it."""

    class Change(models.TextChoices):
        """What is told."""

        ERASURE = "erasure", _("erased")
        RECTIFICATION = "rectification", _("corrected")
        RESTRICTION = "restriction", _("restricted")

    class State(models.TextChoices):
        """How far it is."""

        TO_SEND = "to_send", _("to be sent")
        SENT = "sent", _("sent")
        IMPOSSIBLE = "impossible", _("impossible, or out of proportion")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="notices"
    )
    change = models.CharField(_("what is told"), max_length=13, choices=Change)
    to_whom = EncryptedTextField(_("to whom"))
    given_lookup = models.CharField(
        max_length=64,
        editable=False,
        help_text=_("Keyed hash of to whom what was given, and when"),
    )
    given_at = models.DateTimeField(_("given"))
    language = models.CharField(_("language"), max_length=2)
    subject = EncryptedTextField(_("subject"))
    body = EncryptedTextField(_("text"))
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.TO_SEND
    )
    reason = EncryptedTextField(_("why it cannot be told"), blank=True)
    made_at = models.DateTimeField(_("written"))
    at = models.DateTimeField(_("done"), null=True)
    by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("notice to a recipient")
        verbose_name_plural = _("notices to recipients")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "given_lookup"], name="recipient_notice_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
