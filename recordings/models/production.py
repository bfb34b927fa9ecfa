"""Recordings that are produced for a court, an authority or a client: what and to whom."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import Hold, Package, Person, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call
from recordings.models.recording import Recording


class Production(models.Model):
    """One package of originals for others. Its list is frozen when it is asked for."""

    class State(models.TextChoices):
        """From the question to the end of its files."""

        ASKED = "asked", _("waiting for a second person")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        GONE = "gone", _("deleted")

    class To(models.TextChoices):
        """The class of the recipient: all that others are told of it."""

        COURT = "court", _("a court")
        AUTHORITY = "authority", _("an authority")
        CLIENT = "client", _("the client himself")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team,
        verbose_name=_("calls of"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of several teams"),
    )
    hold = models.ForeignKey(
        Hold, null=True, on_delete=models.PROTECT, related_name="+"
    )
    to = models.CharField(_("for"), max_length=9, choices=To)
    recipient = EncryptedTextField(_("recipient"))
    matter = EncryptedTextField(_("matter"))
    basis = EncryptedTextField(_("legal basis"))
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.ASKED
    )
    reason = models.CharField(max_length=60, blank=True)
    calls = models.PositiveIntegerField(_("calls"))
    recordings = models.PositiveIntegerField(_("recordings"))
    bytes = models.PositiveBigIntegerField(_("size"))
    list_sha256 = models.CharField(
        max_length=64,
        help_text=_("Of the frozen list: call, recording and its SHA-256"),
    )
    approval = models.UUIDField(null=True)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for"))
    made_at = models.DateTimeField(_("made"), null=True)
    expires_at = models.DateTimeField(_("goes"), null=True)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    key_fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("production")
        verbose_name_plural = _("productions")
        indexes = [
            models.Index(fields=["due_at", "id"], name="production_by_due"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["asked", "making", "ready"]),
                name="production_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unfinished(self) -> bool:
        """Whether it waits for somebody or is being made."""
        return self.state in {self.State.ASKED, self.State.MAKING}


class Volume(Package):
    """One ZIP of a production: originals, or (number 0) its papers."""

    PAPERS = 0

    production = models.ForeignKey(
        Production, on_delete=models.PROTECT, related_name="volumes", db_index=False
    )
    number = models.PositiveIntegerField(_("number"))
    items = models.PositiveIntegerField(
        _("items"), default=0, help_text=_("Looked at so far")
    )
    planned = models.PositiveIntegerField(help_text=_("Items it is to hold"))
    size = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    times_taken = models.PositiveIntegerField(_("taken"), default=0)
    taken_at = models.DateTimeField(_("taken last"), null=True)

    class Meta:
        verbose_name = _("volume of a production")
        verbose_name_plural = _("volumes of productions")
        constraints = [
            models.UniqueConstraint(
                fields=["production", "number"], name="volume_once_a_production"
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=~models.Q(state="gone"),
                name="volume_expiring",
            ),
        ]

    @property
    def team_id(self) -> uuid.UUID | None:
        """Whose calls it holds, for the audit log."""
        return self.production.team_id

    @property
    def is_papers(self) -> bool:
        """Whether it holds index, manifest and checker."""
        return self.number == self.PAPERS


class ProducedItem(models.Model):
    """A recording on the list of a production, or a call that has none, and what came
    of it. Kept as long as the recording: to whom copies went is not forgotten."""

    class Problem(models.TextChoices):
        """Why the original is not in the package, or not as it was recorded."""

        NOT_RECORDED = "not_recorded", _("the call was not recorded")
        NOT_PLAYABLE = "not_playable", _("there is no file that can be played")
        MISSING = "missing", _("the store has no such file any more")
        UNREACHABLE = "unreachable", _("the store does not give it out")
        ALTERED = "altered", _("the file is not the one that was recorded")

    id = models.BigAutoField(primary_key=True)
    production = models.ForeignKey(
        Production, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    volume = models.ForeignKey(
        Volume, null=True, on_delete=models.SET_NULL, related_name="contents"
    )
    position = models.PositiveIntegerField()
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="produced")
    recording = models.ForeignKey(
        Recording, null=True, on_delete=models.PROTECT, related_name="produced"
    )
    file = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    bytes = models.PositiveBigIntegerField(null=True)
    problem = models.CharField(max_length=12, choices=Problem, blank=True)
    state = models.CharField(
        max_length=14,
        blank=True,
        help_text=_("Of the recording, when it was looked at"),
    )

    class Meta:
        verbose_name = _("item of a production")
        verbose_name_plural = _("items of productions")
        constraints = [
            models.UniqueConstraint(
                fields=["production", "position"], name="produced_in_order"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
