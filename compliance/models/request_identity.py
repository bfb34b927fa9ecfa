"""Who a request is about, and how we know that it is they who ask."""

import uuid
from datetime import date

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.phone_number import PhoneNumber
from compliance.models.request import SubjectRequest


class RequestSubject(models.Model):
    """One number, name or call that may be the person's: counts once confirmed."""

    class Kind(models.TextChoices):
        """By what the person is found."""

        NUMBER = "number", _("number")
        NAME = "name", _("name")
        CALL = "call", _("call")

    class Source(models.TextChoices):
        """Where it comes from."""

        TOLD = "told", _("told with the request")
        ADDED = "added", _("added by us")
        SHARED = "shared", _("found in shared calls")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="subjects"
    )
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    number = models.ForeignKey(
        PhoneNumber, null=True, on_delete=models.PROTECT, related_name="+"
    )
    name = EncryptedTextField(_("name"), blank=True)
    name_lookup = models.CharField(max_length=64, blank=True, editable=False)
    call_id = models.UUIDField(null=True)
    source = models.CharField(_("source"), max_length=6, choices=Source)
    held_from = models.DateField(
        _("theirs from"), null=True, help_text=_("Numbers are given to others, too")
    )
    held_until = models.DateField(_("theirs until"), null=True)
    added_at = models.DateTimeField(_("added"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    confirmed_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("identifier of a request")
        verbose_name_plural = _("identifiers of requests")
        constraints = [
            models.CheckConstraint(
                name="subject_is_what_it_says",
                condition=models.Q(kind="number", number__isnull=False, call_id=None)
                | models.Q(kind="name", number=None, call_id=None)
                | models.Q(kind="call", number=None, call_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["request", "number"],
                condition=models.Q(number__isnull=False),
                name="subject_number_once",
            ),
            models.UniqueConstraint(
                fields=["request", "name_lookup"],
                condition=models.Q(kind="name"),
                name="subject_name_once",
            ),
            models.UniqueConstraint(
                fields=["request", "call_id"],
                condition=models.Q(call_id__isnull=False),
                name="subject_call_once",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def is_held(self, *, on: date) -> bool:
        """Whether a number is still theirs on that day: who has it then is reached by it."""
        return self.number_id is not None and (
            self.held_until is None or self.held_until >= on
        )


class IdentityCheck(models.Model):
    """One look at who asks, and what came of it."""

    class Method(models.TextChoices):
        """How it was looked."""

        CODE = "code", _("code sent to the number")
        CALL_FACTS = "call_facts", _("facts of calls only they can know")
        ACCOUNT = "account", _("signed in to an account of ours")
        CALL_BACK = "call_back", _("called back on a number known before")
        DOCUMENT = "document", _("document seen")
        AUTHORITY = "authority", _("written authority of an agent or parent")
        OTHER = "other", _("another way, in words")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="checks"
    )
    method = models.CharField(_("method"), max_length=10, choices=Method)
    points = models.PositiveSmallIntegerField(
        _("facts compared"), help_text=_("How many facts of theirs were compared")
    )
    passed = models.BooleanField(_("passed"))
    by = models.ForeignKey(
        Person, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("check of identity")
        verbose_name_plural = _("checks of identity")

    def __str__(self) -> str:
        return str(self.id)


class IdentityEvidence(models.Model):
    """What a check rests on. Kept apart; deleted when the request closes."""

    check_row = models.OneToOneField(
        IdentityCheck, on_delete=models.CASCADE, related_name="evidence"
    )
    text = EncryptedTextField(_("what was seen or said"))

    class Meta:
        verbose_name = _("evidence of identity")
        verbose_name_plural = _("evidence of identity")

    def __str__(self) -> str:
        return str(self.pk)


class NumberCode(models.Model):
    """A one-time code that was sent to a number. Only its keyed hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.ForeignKey(
        RequestSubject, on_delete=models.CASCADE, related_name="codes"
    )
    code_hash = models.CharField(max_length=64, editable=False)
    sent_at = models.DateTimeField(_("sent"))
    sent_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("expires"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("code sent to a number")
        verbose_name_plural = _("codes sent to numbers")

    def __str__(self) -> str:
        return str(self.id)
