"""The database compared with a store: a run over both, and what it found."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.recording import Recording


class Inventory(models.Model):
    """One run over everything below our prefix in one store. Rows stay."""

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.CharField(_("store"), max_length=200)
    state = models.CharField(
        _("state"), max_length=7, choices=State, default=State.RUNNING
    )
    reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why it failed: a code")
    )
    asked_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("begun"), default=timezone.now)
    done_at = models.DateTimeField(_("ended"), null=True)

    expected = models.PositiveIntegerField(
        default=0, help_text=_("Files that the database knew of when it began")
    )
    reached = models.CharField(
        max_length=1100, blank=True, help_text=_("The last key that was compared")
    )
    keys = models.PositiveIntegerField(_("keys"), default=0)
    bytes = models.PositiveBigIntegerField(_("size"), default=0)
    files = models.PositiveIntegerField(_("files known"), default=0)
    sound = models.PositiveIntegerField(_("sound"), default=0)
    young = models.PositiveIntegerField(
        _("too young to judge"), default=0, help_text=_("Objects within the grace time")
    )
    orphans = models.PositiveIntegerField(_("orphans"), default=0)
    lost = models.PositiveIntegerField(_("lost"), default=0)
    altered = models.PositiveIntegerField(_("altered"), default=0)
    extra = models.PositiveIntegerField(_("with more than is known"), default=0)

    moved_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("inventory")
        verbose_name_plural = _("inventories")
        constraints = [
            models.UniqueConstraint(
                fields=["store"],
                condition=Q(state="running"),
                name="inventory_once_a_store",
            )
        ]
        indexes = [
            models.Index(fields=["store", "-asked_at"], name="inventory_newest"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Discrepancy(models.Model):
    """Where store and database differ about one key, until somebody has decided."""

    class Kind(models.TextChoices):
        """What differs."""

        ORPHAN = "orphan", _("orphan: in the store, not in the database")
        LOST = "lost", _("lost: in the database, not in the store")
        ALTERED = "altered", _("altered: not what was recorded")
        EXTRA = "extra", _("more versions or markers than are known")

    class State(models.TextChoices):
        """From the finding to what became of it."""

        OPEN = "open", _("to be decided")
        SET_ASIDE = "set_aside", _("set aside")
        GOING = "going", _("being deleted for ever")
        ADOPTED = "adopted", _("adopted as a recording")
        DESTROYED = "destroyed", _("deleted for ever")
        RESTORED = "restored", _("restored")
        ACCEPTED = "accepted", _("accepted as it is")
        OVER = "over", _("not found any more")

    WAITING = (State.OPEN, State.SET_ASIDE, State.GOING)
    """States in which the same is not noted again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    store = models.CharField(_("store"), max_length=200)
    object_key = models.CharField(_("object key"), max_length=1100, db_collation="C")
    recording = models.ForeignKey(
        Recording, null=True, on_delete=models.PROTECT, related_name="discrepancies"
    )
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+"
    )
    detail = models.CharField(
        max_length=60, blank=True, help_text=_("What of it differs: a code")
    )
    version_id = models.CharField(
        max_length=200, blank=True, help_text=_("The newest there is")
    )
    bytes = models.PositiveBigIntegerField(_("size"), null=True)
    versions = models.PositiveIntegerField(default=0)
    markers = models.PositiveIntegerField(default=0)
    modified_at = models.DateTimeField(_("written"), null=True)
    inventory = models.ForeignKey(
        Inventory,
        null=True,
        on_delete=models.PROTECT,
        related_name="discrepancies",
        help_text=_("The run that saw it last; empty: a check of its hash"),
    )
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    seen_at = models.DateTimeField(_("seen last"), default=timezone.now)

    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.OPEN
    )
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    note = EncryptedTextField(_("note"), blank=True)

    versions_listed = models.PositiveIntegerField(null=True)
    bytes_listed = models.PositiveBigIntegerField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("discrepancy")
        verbose_name_plural = _("discrepancies")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "object_key", "kind"],
                condition=Q(state__in=["open", "set_aside", "going"]),
                name="discrepancy_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["-found_at", "-id"], name="discrepancy_newest"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="going"),
                name="discrepancy_going",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def waits(self) -> bool:
        """Whether somebody has still to decide."""
        return self.state in (self.State.OPEN, self.State.SET_ASIDE)
