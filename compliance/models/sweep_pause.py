"""Somebody has stopped the sweep: nothing is destroyed until somebody lets it go on."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person


class SweepPause(models.Model):
    """One stop of the whole sweep. At most one is open."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reason = EncryptedTextField(_("reason"))
    paused_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField(_("paused"), default=timezone.now)
    resumed_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    resumed_at = models.DateTimeField(_("went on"), null=True)

    class Meta:
        verbose_name = _("pause of the sweep")
        verbose_name_plural = _("pauses of the sweep")
        constraints = [
            models.UniqueConstraint(
                fields=["resumed_at"],
                condition=models.Q(resumed_at=None),
                nulls_distinct=False,
                name="sweep_paused_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
