"""A recording's sound in another kind of file: made by a worker, gone with the original."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recordings.models.recording import Recording


class Rendition(models.Model):
    """One derived file. Its row goes only after the file: what lies in the store is known.

    For listening it stays as long as the recording; a WAV is gone after a day. While one
    person is silenced in a recording, a row stands for the file that is not the
    recording's own: the new one until they change places, then the one it had before.
    """

    class Form(models.TextChoices):
        """The kind of file; of what is made to be heard, the ending of its key."""

        MP4 = "mp4", _("MP4 (AAC)")
        MP3 = "mp3", "MP3"
        WAV = "wav", "WAV"
        REDACTION = "redact", _("file of a redaction")

    class State(models.TextChoices):
        """From the wish to the file."""

        WAITING = "waiting", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        GOING = "going", _("being deleted")

    UNFINISHED = (State.WAITING, State.MAKING)
    """States in which a worker still has something to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="renditions"
    )
    form = models.CharField(_("kind of file"), max_length=6, choices=Form)
    state = models.CharField(
        _("state"), max_length=7, choices=State, default=State.WAITING
    )
    reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why it failed: a code")
    )
    store = models.CharField(_("store"), max_length=200)
    object_key = models.CharField(
        _("object key"), max_length=300, unique=True, db_collation="C"
    )
    version_id = models.CharField(max_length=200, blank=True)
    bytes = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    done_ms = models.PositiveBigIntegerField(
        default=0, help_text=_("How much of the sound is written so far")
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    settled_at = models.DateTimeField(
        null=True, help_text=_("When it was made, or given up")
    )
    expires_at = models.DateTimeField(
        _("goes"), null=True, help_text=_("Empty: with the recording")
    )

    tries = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("derived file")
        verbose_name_plural = _("derived files")
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "form"], name="form_once_a_recording"
            )
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                condition=models.Q(state__in=["waiting", "making"]),
                name="rendition_unfinished",
            ),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="rendition_expiring",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker still has something to do."""
        return self.state in self.UNFINISHED

    @property
    def percent(self) -> int:
        """How much of the sound is written; never all of it before it is ready."""
        whole = self.recording.duration_ms or 0
        return min(99, self.done_ms * 100 // whole) if whole else 0
