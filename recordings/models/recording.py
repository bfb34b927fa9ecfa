"""A recording: one part of a call, from the plan to its destruction."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recordings.models.call import Call

_RUNNING = ("planned", "starting", "unclear", "recording")
_WHOLE = ("available", "limit_reached", "quarantined", "sealed")


def _while(*states: str) -> models.Q:
    return models.Q(state__in=list(states))


class Recording(models.Model):
    """One part of a call in the store. Where it lies and what it is are stored facts."""

    class State(models.TextChoices):
        """From plan to end; every end says what became of the part."""

        PLANNED = "planned", _("planned")
        STARTING = "starting", _("starting")
        UNCLEAR = "unclear", _("start unclear")
        RECORDING = "recording", _("recording now")
        STOPPING = "stopping", _("stopping")
        CHECKING = "checking", _("being checked")
        AVAILABLE = "available", _("recorded")
        LIMIT_REACHED = "limit_reached", _("limit reached")
        FAILED = "failed", _("failed")
        ABORTED = "aborted", _("aborted")
        IN_BACKUP = "in_backup", _("in LiveKit's backup store")
        LOST = "lost", _("lost")
        QUARANTINED = "quarantined", _("quarantined")
        SEALED = "sealed", _("sealed")
        EXPIRED = "expired", _("expired")
        DESTROYED = "destroyed", _("deleted for ever")

    class Sides(models.TextChoices):
        """What the two channels hold, if LiveKit did as it was asked."""

        TOGETHER = "together", _("everybody on both")
        AGENT_LEFT = "agent_left", _("AI agents left, everybody else right")
        CALLER_LEFT = "caller_left", _("callers left, staff right")

    class StoreLock(models.TextChoices):
        """What the store said of its own lock on it, when it was asked last."""

        UNSEEN = "", _("not asked yet")
        LOCKED = "locked", _("locked")
        UNABLE = "unable", _("the store has no locks")
        DRIFTED = "drifted", _("drifted, set again")
        FAILED = "failed", _("the store did not do it")

    OPEN = (
        State.PLANNED,
        State.STARTING,
        State.UNCLEAR,
        State.RECORDING,
        State.STOPPING,
    )
    """States in which LiveKit may still be writing."""

    ITEM = "recording"
    """The kind of Item that it is to the law book."""

    HEARABLE = (State.AVAILABLE, State.LIMIT_REACHED)
    """States that may be played, if everything else allows it."""

    SHUT = (State.QUARANTINED, State.SEALED)
    """States of a whole file that nobody hears."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="recordings")
    part = models.PositiveSmallIntegerField(_("part"))
    state = models.CharField(
        _("state"), max_length=14, choices=State, default=State.PLANNED
    )
    reason = models.CharField(
        _("reason"),
        max_length=60,
        blank=True,
        help_text=_("Why it ended so: a code that recordings.endings puts in words"),
    )
    findings = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text=_("What the check found odd: size_mismatch, silent_caller …"),
    )
    is_partial = models.BooleanField(_("partial"), default=False)
    sides = models.CharField(
        _("channels"), max_length=11, choices=Sides, default=Sides.TOGETHER
    )
    source_is_sdk = models.BooleanField(null=True)

    store = models.CharField(_("store"), max_length=200)
    object_key = models.CharField(
        _("object key"), max_length=300, unique=True, db_collation="C"
    )
    version_id = models.CharField(max_length=200, blank=True)
    etag = models.CharField(max_length=100, blank=True)
    promised_bytes = models.PositiveBigIntegerField(null=True)
    bytes = models.PositiveBigIntegerField(_("size"), null=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    hashed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True, help_text=_("Hash last found right"))
    verify_at = models.DateTimeField(null=True, help_text=_("Hash to be taken again"))
    container = models.CharField(max_length=40, blank=True)
    codec = models.CharField(max_length=40, blank=True)
    channels = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveBigIntegerField(_("length"), null=True)

    egress_id = models.CharField(max_length=64, blank=True, db_index=True)
    egress_status = models.CharField(max_length=40, blank=True)
    egress_updated_at = models.DateTimeField(null=True)
    stop_wanted = models.CharField(
        max_length=30, blank=True, help_text=_("Why it should stop, empty: go on")
    )
    handing_over = models.BooleanField(
        default=False, help_text=_("It stops as soon as the next part records")
    )
    planned_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    backup_until = models.DateTimeField(
        null=True, help_text=_("When the backup store forgets the file")
    )
    policy_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(_("goes"), null=True)
    gone_by = models.DateTimeField(
        null=True, help_text=_("Destroyed from then on; hidden until then")
    )
    keep_until = models.DateTimeField(
        null=True, help_text=_("Not destroyed before, whoever wants it")
    )
    spared_until = models.DateTimeField(
        null=True, help_text=_("Until when a person has brought it back")
    )
    hidden_at = models.DateTimeField(
        null=True, help_text=_("When the sweep found its time over; empty: it is not")
    )
    narrowed_from = models.DateTimeField(
        null=True, help_text=_("From then on it is kept for `narrowed` alone")
    )
    narrowed = ArrayField(models.CharField(max_length=20), default=list)
    dating = models.JSONField(
        default=dict, help_text=_("What its dates were worked out from, and the result")
    )
    edition = models.PositiveIntegerField(
        default=0, help_text=_("Of the policies that dated it")
    )
    locks_firmly = models.BooleanField(
        default=False, help_text=_("Its policies want the store's firmest lock")
    )
    store_lock = models.CharField(
        max_length=8, choices=StoreLock, default=StoreLock.UNSEEN, blank=True
    )
    locked_until = models.DateTimeField(
        null=True, help_text=_("The store itself keeps it until then")
    )
    locked_firmly = models.BooleanField(default=False)
    tier = models.CharField(
        max_length=70,
        blank=True,
        help_text=_("How its policies have the store move it"),
    )
    storage_class = models.CharField(
        _("storage class"),
        max_length=40,
        blank=True,
        help_text=_("The store's own word"),
    )
    is_closed = models.BooleanField(
        default=False, help_text=_("It lies in an archive and cannot be read now")
    )
    open_until = models.DateTimeField(
        null=True, help_text=_("A copy out of the archive can be read until then")
    )
    store_due_at = models.DateTimeField(
        null=True, help_text=_("When the store is asked about it again; empty: at once")
    )
    versions_listed = models.PositiveIntegerField(
        null=True, help_text=_("What lay in the store when its deletion began")
    )
    bytes_listed = models.PositiveBigIntegerField(null=True)
    setback = models.CharField(
        max_length=60, blank=True, help_text=_("Why its deletion failed last: a code")
    )
    destroyed_at = models.DateTimeField(null=True)

    looks = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often a finished part was looked for in vain")
    )
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(
        null=True, help_text=_("When a sweep should look at this row again")
    )

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints = [
            models.UniqueConstraint(fields=["call", "part"], name="part_once_a_call"),
            models.UniqueConstraint(
                fields=["call"],
                condition=_while(*_RUNNING)
                & models.Q(stop_wanted="", handing_over=False),
                name="one_recorder_a_call",
            ),
        ]
        indexes = [
            models.Index(
                fields=["narrowed_from"],
                condition=models.Q(narrowed_from__isnull=False),
                name="recording_narrowed",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="recording_due",
            ),
            models.Index(
                fields=["planned_at"],
                condition=_while(*_RUNNING, "stopping", "checking"),
                name="recording_unsettled",
            ),
            models.Index(
                fields=["expires_at"],
                condition=_while(*_WHOLE, "expired"),
                name="recording_expiring",
            ),
            models.Index(
                Greatest("expires_at", "gone_by", "keep_until"),
                condition=_while(*_WHOLE, "failed", "lost")
                & models.Q(expires_at__isnull=False, due_at=None),
                name="recording_over",
            ),
            models.Index(
                fields=["expires_at"],
                condition=_while(*_WHOLE) & models.Q(hidden_at=None),
                name="recording_to_hide",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="expired"),
                name="recording_going",
            ),
            models.Index(
                fields=["edition"],
                condition=_while(*_WHOLE, "failed"),
                name="recording_dated",
            ),
            models.Index(
                models.F("store_due_at").asc(nulls_first=True),
                condition=_while(*_WHOLE, "failed"),
                name="recording_store_due",
            ),
            models.Index(
                fields=["verify_at"],
                condition=_while(*_WHOLE),
                name="recording_to_verify",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def team_id(self) -> uuid.UUID:
        """The team whose call this is, for `access.policy`."""
        return self.call.team_id

    def is_kept_for(self, purpose: str, *, now: datetime) -> bool:
        """Whether policies leave this purpose open: a conflict narrows them."""
        over = self.narrowed_from is not None and self.narrowed_from <= now
        return not over or purpose in self.narrowed

    @property
    def staff(self) -> list[str]:
        """Who of the staff took part in this call, for `access.policy`."""
        return self.call.staff

    def is_within_reach(self, *, now: datetime) -> bool:
        """Whether the store delivers it now: it is in no archive, or its copy lasts."""
        lapsed = self.open_until is not None and self.open_until <= now
        return not (self.is_closed or lapsed)

    @property
    def is_hearable(self) -> bool:
        """Whether its state allows playing it."""
        return self.state in self.HEARABLE
