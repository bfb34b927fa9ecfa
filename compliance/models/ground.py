"""Why somebody looked at what concerns colleagues, in his own words."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person


class Ground(models.Model):
    """A written reason. The log holds its id and a keyed commitment to the words; they
    are here, and can be erased.
    """

    class Kind(models.TextChoices):
        """What it was given for."""

        WHO_HEARD = "who_heard", _("who heard which second")
        WHO_LISTENED = "who_listened", _("who listened to a person, by name")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("for"), max_length=12, choices=Kind)
    about = models.UUIDField(_("about"))
    by = models.ForeignKey(
        Person, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    text = EncryptedTextField(_("reason"), blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now)
    erased_at = models.DateTimeField(_("erased"), null=True)
    erased_by = models.ForeignKey(
        Person,
        verbose_name=_("erased by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("reason given")
        verbose_name_plural = _("reasons given")
        constraints = [
            models.CheckConstraint(
                name="nobody_erases_his_own_reason",
                condition=models.Q(erased_by=None)
                | ~models.Q(erased_by=models.F("by")),
            ),
            models.CheckConstraint(
                name="an_erased_reason_has_no_words",
                condition=models.Q(erased_at=None, erased_by=None)
                | models.Q(erased_at__isnull=False, erased_by__isnull=False, text=""),
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="ground_by_time")]

    def __str__(self) -> str:
        return str(self.id)
