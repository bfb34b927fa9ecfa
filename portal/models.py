"""The one row that the doors themselves keep."""

from django.db import models
from django.utils.translation import gettext_lazy as _

ONLY = 1


class Maintenance(models.Model):
    """Maintenance mode is on while this row is there: it outlives restarts."""

    id = models.PositiveSmallIntegerField(
        primary_key=True, default=ONLY, editable=False
    )
    message = models.CharField(_("message"), max_length=300, blank=True)
    began_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("maintenance mode")
        verbose_name_plural = _("maintenance mode")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=ONLY), name="maintenance_once")
        ]

    def __str__(self) -> str:
        return self.message
