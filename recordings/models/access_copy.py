"""The copy of their own calls that somebody is given who asked for it by law.

A package of one request: what was frozen into it, what of each recording may leave, and
the links by which the person takes it.
"""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Package, Person, SubjectRequest
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call
from recordings.models.recording import Recording


class AccessCopy(Package):
    """One encrypted ZIP for the person who asks.

    Its passphrase lies here, sealed, until it is given out; then it is nowhere.
    """

    class Way(models.TextChoices):
        """How the passphrase left."""

        SHOWN = "shown", _("shown to an officer")
        SENT = "sent", _("sent to a number of theirs")

    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="copies"
    )
    planned = models.PositiveIntegerField(help_text=_("Recordings to be looked at"))
    items = models.PositiveIntegerField(
        _("recordings"), default=0, help_text=_("Looked at so far")
    )
    given = models.PositiveIntegerField(_("in it"), default=0)
    size = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    passphrase = EncryptedTextField(blank=True)
    passphrase_way = models.CharField(max_length=5, choices=Way, blank=True)
    passphrase_given_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)
    gone_proved_at = models.DateTimeField(
        null=True, help_text=_("When the store was asked and had it no more")
    )

    class Meta:
        verbose_name = _("copy for a person")
        verbose_name_plural = _("copies for people")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(discarded_at=None)
                & models.Q(state__in=["waiting", "making", "ready"]),
                name="one_copy_a_request",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(gone_proved_at=None),
                name="copy_expiring",
            )
        ]

    def is_there(self, *, now: datetime) -> bool:
        """Whether its file can be taken."""
        return (
            self.state == self.State.READY
            and self.discarded_at is None
            and self.expires_at > now
        )


class CopyItem(models.Model):
    """A recording that the person is in, and what came of it in one copy."""

    class Withheld(models.TextChoices):
        """Why a recording is not in it. Nothing here tells of a hold."""

        LEGAL = "legal", _("kept on a legal ground")
        OTHERS = "others", _("the rights of other people")
        UNREVIEWED = "unreviewed", _("nobody has listened yet for others' voices")
        ARCHIVED = "archived", _("it lies in an archive")
        GOING = "going", _("it is being deleted")
        NOT_PLAYABLE = "not_playable", _("there is no file that can be played")
        UNREADABLE = "unreadable", _("the file cannot be read")

    class Sound(models.TextChoices):
        """What of the sound is in it."""

        OWN_SIDE = "own_side", _("their own side")
        ALL = "all", _("all of it, without what was marked")

    id = models.BigAutoField(primary_key=True)
    copy = models.ForeignKey(
        AccessCopy, on_delete=models.CASCADE, related_name="contents", db_index=False
    )
    position = models.PositiveIntegerField()
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="copied"
    )
    file = models.CharField(max_length=60, blank=True)
    sound = models.CharField(max_length=8, choices=Sound, blank=True)
    silenced = models.PositiveIntegerField(
        default=0, help_text=_("Stretches that were silenced in it")
    )
    sha256 = models.CharField(max_length=64, blank=True)
    withheld = models.CharField(
        _("withheld because"), max_length=12, choices=Withheld, blank=True
    )

    class Meta:
        verbose_name = _("recording in a copy")
        verbose_name_plural = _("recordings in copies")
        constraints = [
            models.UniqueConstraint(fields=["copy", "position"], name="copied_in_order")
        ]

    def __str__(self) -> str:
        return str(self.id)


class CopyLink(models.Model):
    """A link that was sent to the person. Only its keyed hash is kept."""

    MOST_TRIES = 3
    AGAIN_WITHIN = timedelta(hours=1)
    """So long after the first download another may be begun, if the first one broke."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    copy = models.ForeignKey(AccessCopy, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    first_taken_at = models.DateTimeField(_("taken first"), null=True)
    times_taken = models.PositiveSmallIntegerField(_("taken"), default=0)

    class Meta:
        verbose_name = _("link to a copy")
        verbose_name_plural = _("links to copies")

    def __str__(self) -> str:
        return str(self.id)

    def is_good(self, *, now: datetime) -> bool:
        """Whether a download may begin by it now."""
        return (
            self.withdrawn_at is None
            and self.tries_left(now=now) > 0
            and self.copy.is_there(now=now)
        )

    def tries_left(self, *, now: datetime) -> int:
        """How many downloads may still begin: the later ones for one that broke."""
        first = self.first_taken_at
        if first is not None and now - first > self.AGAIN_WITHIN:
            return 0
        return max(0, self.MOST_TRIES - self.times_taken)


class CopyReview(models.Model):
    """What somebody of us decided about one recording for one request, having listened."""

    class Decision(models.TextChoices):
        """What becomes of it."""

        GIVE = "give", _("it may leave, without what is marked")
        KEEP = "keep", _("it stays: the rights of other people")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="copy_reviews"
    )
    recording = models.ForeignKey(
        Recording, on_delete=models.PROTECT, related_name="copy_reviews"
    )
    decision = models.CharField(_("decision"), max_length=4, choices=Decision)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("review for a copy")
        verbose_name_plural = _("reviews for copies")
        constraints = [
            models.UniqueConstraint(
                fields=["request", "recording"], name="reviewed_once_a_request"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class SilencedRange(models.Model):
    """A stretch in which somebody else is heard: silence in the copy."""

    id = models.BigAutoField(primary_key=True)
    review = models.ForeignKey(
        CopyReview, on_delete=models.CASCADE, related_name="ranges"
    )
    start_ms = models.PositiveIntegerField(_("from"))
    end_ms = models.PositiveIntegerField(_("to"))

    class Meta:
        verbose_name = _("silenced stretch")
        verbose_name_plural = _("silenced stretches")
        ordering = ["start_ms"]
        constraints = [
            models.CheckConstraint(
                name="silence_has_a_length",
                condition=models.Q(end_ms__gt=models.F("start_ms")),
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
