"""Events of the business that the API told of a call: they start clocks of policies."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import ClockEvent, Person
from recordings.models.call import Call


class ToldEvent(models.Model):
    """One telling of one event about one call. A correction is a row that replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="told_events")
    event = models.ForeignKey(
        ClockEvent, on_delete=models.PROTECT, related_name="tellings"
    )
    occurred_at = models.DateTimeField(
        _("took place"), null=True, help_text=_("Empty: taken back, it did not")
    )
    told_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(_("told"))
    replaced_at = models.DateTimeField(_("replaced"), null=True)

    class Meta:
        verbose_name = _("event told of a call")
        verbose_name_plural = _("events told of calls")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "event"],
                condition=models.Q(replaced_at=None),
                name="event_counts_once_a_call",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
