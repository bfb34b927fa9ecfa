"""A recording that holds what it must not, and what is done where it cannot go."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.recording import Recording


class Spill(models.Model):
    """What somebody heard on a recording that should not be there.

    What has become of it is the state of its recording: nothing is told twice.
    """

    class What(models.TextChoices):
        """What is on it."""

        CARD = "card", _("card data")
        HEALTH = "health", _("health data")
        CHILD = "child", _("a child")
        WRONG_PERSON = "wrong_person", _("the wrong person")
        OTHER = "other", _("something else")

    WAITING = (Recording.State.QUARANTINED, Recording.State.SEALED)
    """States of the recording in which somebody has still to decide."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="spills"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(_("what"), max_length=12, choices=What)
    at_ms = models.PositiveIntegerField(default=0)
    reported_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(_("reported"), default=timezone.now)

    class Meta:
        verbose_name = _("spill")
        verbose_name_plural = _("spills")
        indexes: ClassVar = [
            models.Index(fields=["reported_at", "id"], name="spill_oldest")
        ]

    def __str__(self) -> str:
        return str(self.id)


class CompensatingControl(models.Model):
    """What is done instead, where a spill may not be destroyed (PCI DSS, appendix B).

    The database refuses that whoever opened it, or answers for it, closes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    spill = models.ForeignKey(Spill, on_delete=models.PROTECT, related_name="controls")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    cause = EncryptedTextField(_("why it cannot be destroyed"))
    risk = EncryptedTextField(_("risk that stays"))
    done = EncryptedTextField(_("what is done instead"))
    owner = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Who answers for it"),
    )
    review_on = models.DateField(_("review"))
    opened_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(_("closed"), null=True)
    closing = EncryptedTextField(_("why it was closed"), blank=True)

    class Meta:
        verbose_name = _("compensating control")
        verbose_name_plural = _("compensating controls")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="control_closed_by_a_second_person",
                condition=Q(closed_by=None)
                | ~Q(closed_by=F("opened_by")) & ~Q(closed_by=F("owner")),
            ),
            models.UniqueConstraint(
                fields=["spill"],
                condition=Q(closed_at=None),
                name="control_open_once_a_spill",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["review_on"],
                condition=Q(closed_at=None),
                name="control_to_review",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class SealedListen(models.Model):
    """Two people let one of them hear a sealed recording, as evidence, for an hour."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="sealed_listens"
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("listen to what is sealed")
        verbose_name_plural = _("listens to what is sealed")

    def __str__(self) -> str:
        return str(self.id)
