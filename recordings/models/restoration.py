"""A recording asked for out of the store's archive."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person
from recordings.models.recording import Recording


class Restoration(models.Model):
    """Somebody wants to hear what lies in an archive; the store brings a copy for a time."""

    class State(models.TextChoices):
        """From the wish to the end of the copy."""

        ASKED = "asked", _("asked for")
        COMING = "coming", _("on its way")
        OPEN = "open", _("can be heard")
        LAPSED = "lapsed", _("its copy has lapsed")
        FAILED = "failed", _("the store did not do it")

    class Speed(models.TextChoices):
        """How soon it is wanted."""

        SOON = "soon", _("soon, and dear")
        USUAL = "usual", _("as usual")
        CHEAP = "cheap", _("late, and cheap")

    UNFINISHED = (State.ASKED, State.COMING)
    """States in which it is not there yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="restorations"
    )
    speed = models.CharField(_("how soon"), max_length=5, choices=Speed)
    state = models.CharField(
        _("state"), max_length=6, choices=State, default=State.ASKED
    )
    reason = models.CharField(
        max_length=40, blank=True, help_text=_("Why it failed: a code")
    )
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    expected_at = models.DateTimeField(
        _("expected"), help_text=_("By when the store promises it")
    )
    opened_at = models.DateTimeField(_("arrived"), null=True)
    open_until = models.DateTimeField(_("open until"), null=True)
    for_production = models.BooleanField(
        default=False, help_text=_("Wanted by a production, which tells of itself")
    )
    due_at = models.DateTimeField(help_text=_("When the store is asked again"))

    class Meta:
        verbose_name = _("recording out of an archive")
        verbose_name_plural = _("recordings out of an archive")
        constraints = [
            models.UniqueConstraint(
                fields=["recording"],
                condition=models.Q(state__in=["asked", "coming"]),
                name="one_restoration_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["asked", "coming", "open"]),
                name="restoration_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    def progress(self, *, now: datetime) -> int:
        """How much of the promised time has passed, in per cent; it knows no more."""
        whole = (self.expected_at - self.asked_at).total_seconds()
        passed = (now - self.asked_at).total_seconds()
        return max(0, min(99, int(100 * passed / whole))) if whole > 0 else 99
