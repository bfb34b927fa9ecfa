"""A call and its parties, as LiveKit's events tell of them."""

import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import PhoneNumber, Purpose, Team
from compliance.models.fields import EncryptedTextField
from compliance.models.staff_identity import staff_mark
from recordings.models.room import Room
from recordings.models.trunk import Trunk

REPLAYED = timedelta(hours=1)
"""Events older than this on arrival tell of the past (imports, the demo)."""


class Call(models.Model):
    """One telephone call: (room sid, sip.callID of the opening SIP party).

    A direct room can host many calls one after another, so the room alone is no key.
    """

    class Direction(models.TextChoices):
        """Who called whom, seen from the team."""

        INBOUND = "inbound", _("inbound")
        OUTBOUND = "outbound", _("outbound")

    class EndedBy(models.TextChoices):
        """How its end is known."""

        TOLD = "told", _("told by LiveKit")
        FOUND = "found", _("worked out")

    class Consent(models.TextChoices):
        """Where consent stands; a summary of verdict and records, for lists."""

        UNDECIDED = "undecided", _("not decided yet")
        NOT_NEEDED = "not_needed", _("not needed")
        PENDING = "pending", _("waiting")
        ANNOUNCED = "announced", _("announced")
        GRANTED = "granted", _("given")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXEMPT = "exempt", _("on the do-not-record list")

    class Capture(models.TextChoices):
        """What became of the recording; a summary of its parts, for lists."""

        NONE = "none", _("not recorded")
        EXCLUDED = "excluded", _("rightly not recorded")
        RECORDING = "recording", _("recording now")
        CHECKING = "checking", _("being checked")
        RECORDED = "recorded", _("recorded")
        PARTIAL = "partial", _("recorded in part")
        FAILED = "failed", _("failed")
        GONE = "gone", _("deleted")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="calls")
    sip_call_id = models.CharField(_("SIP call id"), max_length=128)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="calls")
    trunk = models.ForeignKey(
        Trunk, null=True, blank=True, on_delete=models.PROTECT, related_name="calls"
    )
    trunk_livekit_id = models.CharField(max_length=64, blank=True)
    provider_call_id = models.CharField(
        _("provider call id"), max_length=200, blank=True, db_index=True
    )
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction, blank=True
    )
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose), default=list
    )
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(
        _("end known by"),
        max_length=5,
        choices=EndedBy,
        blank=True,
        help_text=_("Worked out: LiveKit did not tell, and had nobody when asked"),
    )
    noticed_at = models.DateTimeField(
        help_text=_("When we first heard of it, by our own clock")
    )
    duration_ms = models.PositiveBigIntegerField(_("length"), default=0)
    consent = models.CharField(
        _("consent"), max_length=12, choices=Consent, default=Consent.UNDECIDED
    )
    staff = ArrayField(
        models.CharField(max_length=64),
        default=list,
        editable=False,
        help_text=_("A keyed hash of the identity of each of the staff who took part"),
    )
    capture = models.CharField(
        _("recording"), max_length=10, choices=Capture, default=Capture.NONE
    )
    why = models.CharField(
        max_length=30,
        blank=True,
        help_text=_("What the law said last: why it may be recorded, or may not"),
    )
    is_provisional = models.BooleanField(
        _("provisional"),
        default=False,
        help_text=_("A voice agent declared it; LiveKit has not told of it yet"),
    )
    do_not_record = models.ForeignKey(
        "recordings.DoNotRecord",
        null=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    expires_at = models.DateTimeField(_("goes"), null=True, blank=True)
    recorded_ms = models.PositiveBigIntegerField(_("recorded"), default=0)
    unrecorded_ms = models.PositiveBigIntegerField(
        _("not recorded"), default=0, help_text=_("For whatever reason")
    )
    missed_ms = models.PositiveBigIntegerField(
        _("missed"), default=0, help_text=_("Ought to have been recorded and was not")
    )

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        constraints = [
            models.UniqueConstraint(
                fields=["room", "sip_call_id"], name="call_is_room_and_sip_call"
            )
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="call_by_time"),
            models.Index(fields=["team", "-started_at", "-id"], name="call_by_team"),
            models.Index(fields=["-duration_ms", "-id"], name="call_by_length"),
            models.Index(
                fields=["started_at"],
                condition=models.Q(ended_at=None),
                name="call_live",
            ),
            models.Index(fields=["expires_at"], name="call_by_expiry"),
            GinIndex(fields=["staff"], name="call_by_staff"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def now(self, clock: datetime) -> datetime:
        """The present on the call's own clock.

        clock: our own. They are the same, unless the call's first event was over an
        hour old when it came: then the call is being replayed, and time passes for
        it from its start.
        """
        if not self.is_replayed:
            return clock
        return self.started_at + (clock - self.noticed_at)

    @property
    def is_replayed(self) -> bool:
        """True when it was over an hour old when we heard of it: nobody is there now."""
        return self.noticed_at - self.started_at >= REPLAYED

    @property
    def is_live(self) -> bool:
        """True until its last party left."""
        return self.ended_at is None


class Party(models.Model):
    """Somebody in the room during a call. One row a participant and call.

    A participant met before its call is known waits with `call` empty.
    """

    class Role(models.TextChoices):
        """What the participant is, from LiveKit's participant kind."""

        CALLER = "caller", _("caller")
        AGENT = "agent", _("AI agent")
        STAFF = "staff", _("staff")
        OTHER = "other", _("other")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(
        Call, null=True, on_delete=models.CASCADE, related_name="parties"
    )
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="parties")
    participant_sid = models.CharField(max_length=64)
    role = models.CharField(_("role"), max_length=8, choices=Role)
    identity = EncryptedTextField(blank=True)
    name = EncryptedTextField(_("name"), blank=True)
    name_lookup = models.CharField(max_length=64, blank=True, editable=False)
    number = models.ForeignKey(
        PhoneNumber,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="parties",
    )
    sip_call_id = models.CharField(max_length=128, blank=True)
    trunk_livekit_id = models.CharField(max_length=64, blank=True)
    provider_call_id = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=8, choices=Call.Direction, blank=True)
    declared_place = models.CharField(
        _("declared place"), max_length=6, blank=True, help_text=_("ISO code")
    )
    billing_place = models.CharField(_("billing place"), max_length=6, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True)
    labels = models.JSONField(
        default=dict, help_text=_("Allow-listed attributes, copied to its calls")
    )
    told_at = models.JSONField(
        default=dict,
        help_text=_("When LiveKit told language and labels, by name; a person: empty"),
    )
    is_declared = models.BooleanField(
        default=False,
        help_text=_("A voice agent said so; LiveKit has not told of it yet"),
    )
    mirrored = models.CharField(
        max_length=16,
        blank=True,
        help_text=_("The state of recording that this agent was told last"),
    )
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    gone_at = models.DateTimeField(
        _("gone"),
        null=True,
        blank=True,
        help_text=_("Worked out: LiveKit, when asked, had them no more"),
    )

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "participant_sid"], name="party_once_a_call"
            ),
            models.UniqueConstraint(
                fields=["room", "participant_sid"],
                condition=models.Q(call=None),
                name="party_waits_once",
            ),
        ]
        indexes = [
            models.Index(fields=["room", "participant_sid"], name="party_in_room"),
            models.Index(fields=["name_lookup"], name="party_by_name"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def staff_mark(self) -> str:
        """What makes the call this one's own; '' for who is no staff.

        What an agent declared makes nobody's call his own.
        """
        is_staff = self.role == self.Role.STAFF and not self.is_declared
        return staff_mark(self.identity) if is_staff and self.identity else ""

    @property
    def until(self) -> datetime | None:
        """When they left, as LiveKit told, else as far as we know; None: still there."""
        return self.left_at or self.gone_at
