"""Recordings that are to go by a list: rehearsed, frozen, carried out by two people."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField


class Purge(models.Model):
    """A frozen list of recordings, and how far its destruction has come.

    What is not on the list is never touched; what is on it is judged again one by one.
    """

    class State(models.TextChoices):
        """A list that nobody carried out stays as what was looked at."""

        REHEARSED = "rehearsed", _("rehearsed")
        RUNNING = "running", _("running")
        CANCELLED = "cancelled", _("cancelled")
        DONE = "done", _("done")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team,
        verbose_name=_("calls of"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of every team"),
    )
    scope = EncryptedTextField(
        help_text=_("JSON of custody.Scope; may hold a number or a name")
    )
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.REHEARSED
    )
    frozen_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(_("frozen"), default=timezone.now)
    recordings = models.PositiveIntegerField(
        _("recordings"), default=0, help_text=_("That would go")
    )
    bytes = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, help_text=_("Over the sorted ids of those")
    )
    begun_at = models.DateTimeField(_("begun"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Who cancelled it"),
    )
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        indexes = [
            models.Index(fields=["-frozen_at", "-id"], name="purge_by_time"),
            models.Index(
                fields=["begun_at"],
                condition=models.Q(state="running"),
                name="purge_running",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PurgeItem(models.Model):
    """A recording on the list, as it was when the list was frozen, and its fate."""

    class Fate(models.TextChoices):
        """Those that stay are told apart by what keeps them."""

        LISTED = "listed", _("would go")
        GOING = "going", _("being deleted")
        GONE = "gone", _("deleted for ever")
        FAILED = "failed", _("tried again by the sweep")
        HELD = "held", _("kept on a legal ground")
        STORED = "stored", _("restricted, only stored")
        FLOORED = "floored", _("kept by a floor")
        CHANGED = "changed", _("changed since, left alone")

    id = models.BigAutoField(primary_key=True)
    purge = models.ForeignKey(Purge, on_delete=models.CASCADE, related_name="items")
    item_id = models.UUIDField()
    call_id = models.UUIDField()
    bytes = models.PositiveBigIntegerField(_("size"), default=0)
    goes_at = models.DateTimeField(
        _("goes"), null=True, help_text=_("By its dates, when the list was frozen")
    )
    state = models.CharField(max_length=14)
    fate = models.CharField(_("fate"), max_length=7, choices=Fate, default=Fate.LISTED)

    class Meta:
        verbose_name = _("recording of a purge")
        verbose_name_plural = _("recordings of purges")
        constraints = [
            models.UniqueConstraint(
                fields=["purge", "item_id"], name="purge_lists_once"
            )
        ]
        indexes = [models.Index(fields=["purge", "fate", "id"], name="purge_by_fate")]

    def __str__(self) -> str:
        return str(self.item_id)
