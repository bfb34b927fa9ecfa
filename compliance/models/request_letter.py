"""Letters about requests, and what the public form took before it was confirmed."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.request import SubjectRequest


class FormEntry(models.Model):
    """What somebody wrote into the public form: nothing until their mail is confirmed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content = EncryptedTextField(_("content"), help_text=_("JSON"))
    made_at = models.DateTimeField(_("filled in"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), db_index=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)

    class Meta:
        verbose_name = _("entry of the public form")
        verbose_name_plural = _("entries of the public form")

    def __str__(self) -> str:
        return str(self.id)


class RequestLetter(models.Model):
    """One letter to whoever asks: written with the act it tells of, sent after it."""

    class Kind(models.TextChoices):
        """What it tells."""

        CONFIRM = "confirm", _("please confirm")
        RECEIPT = "receipt", _("receipt")
        EXTENSION = "extension", _("extension")
        REFUSAL = "refusal", _("refusal")
        ANSWER = "answer", _("answer")
        LIFTING = "lifting", _("end of a restriction")
        COPY = "copy", _("link to the copy")

    class State(models.TextChoices):
        """How far it is."""

        DRAFT = "draft", _("to be read before it goes")
        WAITING = "waiting", _("waiting to be sent")
        BY_POST = "by_post", _("to be posted by hand")
        SENT = "sent", _("sent")
        GIVEN_UP = "given_up", _("could not be sent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, null=True, on_delete=models.CASCADE, related_name="letters"
    )
    entry = models.ForeignKey(
        FormEntry, null=True, on_delete=models.CASCADE, related_name="letters"
    )
    kind = models.CharField(_("letter"), max_length=9, choices=Kind)
    language = models.CharField(_("language"), max_length=2)
    to = EncryptedTextField(_("to"), blank=True)
    subject = EncryptedTextField(_("subject"))
    body = EncryptedTextField(_("text"))
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.WAITING
    )
    made_at = models.DateTimeField(_("written"), default=timezone.now)
    released_at = models.DateTimeField(
        _("let go"), null=True, help_text=_("When somebody had read it")
    )
    sent_at = models.DateTimeField(_("sent"), null=True)
    due_at = models.DateTimeField(_("due"))
    attempt = models.PositiveIntegerField(_("tries"), default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.CheckConstraint(
                name="letter_is_about_something",
                condition=models.Q(request__isnull=False, entry=None)
                | models.Q(request=None, entry__isnull=False),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="waiting"),
                name="letter_due",
            ),
            models.Index(
                fields=["request"],
                condition=models.Q(state__in=("draft", "by_post", "given_up")),
                name="letter_by_hand",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
