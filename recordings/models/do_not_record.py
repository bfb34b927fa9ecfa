"""Numbers and trunks whose calls are not recorded, each for a reason."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, PhoneNumber, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.trunk import Trunk


class DoNotRecord(models.Model):
    """One entry of the do-not-record list. It ends; it is never deleted."""

    class Reason(models.TextChoices):
        """Why such calls are not recorded."""

        OBJECTION = "objection", _("the person objects to being recorded")
        PRIVILEGE = "privilege", _("professional secrecy (lawyer, doctor, clergy)")
        STAFF = "staff", _("staff representatives")
        PRIVATE = "private", _("private line")
        TEST = "test", _("test calls")
        OTHER = "other", _("another reason")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.ForeignKey(
        PhoneNumber,
        verbose_name=_("number"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    trunk = models.ForeignKey(
        Trunk,
        verbose_name=_("trunk"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
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
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = EncryptedTextField(_("note"), blank=True)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("entry of the do-not-record list")
        verbose_name_plural = _("do-not-record list")
        constraints = [
            models.CheckConstraint(
                name="do_not_record_number_or_trunk",
                condition=models.Q(number__isnull=False, trunk=None)
                | models.Q(number=None, trunk__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["-since", "-id"], name="do_not_record_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.id)
