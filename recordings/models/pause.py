"""A stretch of a call that somebody asked not to be recorded: card data above all."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person
from recordings.models.call import Call


class Pause(models.Model):
    """One pause: who asked, why, from when until when, and when silence was certain."""

    class Reason(models.TextChoices):
        """What is about to be said."""

        CARD = "card", _("card data")
        HEALTH = "health", _("health data")
        PRIVATE = "private", _("a private matter")

    class End(models.TextChoices):
        """What ended it."""

        RESUMED = "resumed", _("resumed")
        TIMER = "timer", _("its time was over")
        CALL_ENDED = "call_ended", _("the call ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(_("why"), max_length=8, choices=Reason)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    ends_by = models.DateTimeField(
        _("ends by itself"), help_text=_("A pause that is forgotten ends then")
    )
    confirmed_at = models.DateTimeField(
        _("confirmed"),
        null=True,
        help_text=_("When LiveKit had said that nothing is recorded any more"),
    )
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    end = models.CharField(_("ended because"), max_length=10, choices=End, blank=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(ended_at=None),
                name="one_pause_a_call",
            )
        ]
        indexes = [
            models.Index(
                fields=["ends_by"],
                condition=models.Q(ended_at=None),
                name="pause_ending",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
