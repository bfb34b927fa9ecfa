"""Something that waits for a person."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call
from recordings.models.recording import Recording


class Alert(models.Model):
    """One open matter. The same matter is not opened twice."""

    class Kind(models.TextChoices):
        """What happened."""

        UNKNOWN_TRUNK = "unknown_trunk", _("calls over a trunk nobody owns")
        NOT_RECORDED = "not_recorded", _("a call could not be recorded")
        RECORDING_LOST = "recording_lost", _("a recording is lost")
        OBJECT_LOST = "object_lost", _("a recording is missing from the store")
        OBJECT_ALTERED = "object_altered", _("a recording was changed in the store")
        IN_BACKUP = "in_backup", _("a recording lies in the backup store")
        FILE_MISMATCH = "file_mismatch", _("a file is not what was promised")
        SILENT_SIDE = "silent_side", _("one side of a call is silent")
        UNLAWFUL_PART = "unlawful_part", _("a part was recorded without announcement")
        OUT_OF_PLACE = "out_of_place", _("a recording holds what it should not")
        CONTROL_DUE = "control_due", _("a compensating control was not reviewed")
        FOREIGN_RECORDER = "foreign_recorder", _("somebody else records a call")
        UNRECORDED_DUTY = "unrecorded_duty", _("a call was not recorded as law demands")
        NO_POLICY = "no_policy", _("recordings are kept without an end")
        SWEEP_PAUSED = "sweep_paused", _("nothing has been deleted for over a day")
        POLICY_CONFLICT = "policy_conflict", _("two policies contradict each other")
        UNDISCLOSED_AI = "undisclosed_ai", _("a caller was not told that an AI spoke")
        PAUSE_LATE = "pause_late", _("a pause took long to take hold")
        PAUSE_LEFT_OPEN = "pause_left_open", _("a pause was not ended by anybody")
        EVENT_STUCK = "event_stuck", _("an event could not be applied")
        NO_CAPACITY = "no_capacity", _("LiveKit has no room for another recorder")
        REFUSED_EVENTS = "refused_events", _("events are refused as unsigned")
        CLOCK_SKEW = "clock_skew", _("LiveKit's clock and ours disagree")
        BREAK_GLASS = "break_glass", _("a break-glass account was used")
        EMERGENCY = "emergency", _("somebody listened in an emergency")
        EMERGENCY_OVERDUE = (
            "emergency_overdue",
            _("an emergency was not judged in time"),
        )
        AUDIT_UNSEALED = "audit_unsealed", _("the audit log is not being sealed")
        AUDIT_HELD_UP = "audit_held_up", _("a transaction holds up the audit log")
        AUDIT_EPOCH = "audit_epoch", _("the audit log goes on in another database")
        AUDIT_CHANGED = "audit_changed", _("the audit log was changed")
        AUDIT_UNCHECKED = "audit_unchecked", _("the audit log was not checked")
        AUDIT_ANCHOR = "audit_anchor", _("the log does not fit what is held outside")
        STORE_RULES = "store_rules", _("a store's own rules were changed")
        SWEEP_STOPPED = "sweep_stopped", _("nothing is destroyed: a restored database")
        JOURNAL_OWED = "journal_owed", _("the vault does not take the journal")
        UNENCRYPTED = "unencrypted", _("a file lies unencrypted in the store")
        UNDELIVERED = "undelivered", _("outgoing messages do not arrive")
        UNFORWARDED = "unforwarded", _("the audit log does not reach a receiver")
        UNGUARDED = "unguarded", _("the audit log is not guarded against changes")
        OWN_CLOCKS = "own_clocks", _("clocks of this installation disagree")
        REQUEST_OVERDUE = "request_overdue", _("a request of a person is overdue")
        EXTERNAL_OVERDUE = (
            "external_overdue",
            _("somebody else still holds a person's data"),
        )
        PRODUCTION_OVERDUE = "production_overdue", _("a production is overdue")

    class Severity(models.TextChoices):
        """How long a matter may wait."""

        CRITICAL = "critical", _("critical")
        URGENT = "urgent", _("urgent")
        NORMAL = "normal", _("in its turn")

    CRITICAL = (
        Kind.UNLAWFUL_PART,
        Kind.OUT_OF_PLACE,
        Kind.FOREIGN_RECORDER,
        Kind.UNRECORDED_DUTY,
        Kind.PAUSE_LATE,
        Kind.NOT_RECORDED,
        Kind.RECORDING_LOST,
        Kind.OBJECT_LOST,
        Kind.OBJECT_ALTERED,
        Kind.IN_BACKUP,
        Kind.NO_CAPACITY,
        Kind.REFUSED_EVENTS,
        Kind.BREAK_GLASS,
        Kind.EMERGENCY,
        Kind.EMERGENCY_OVERDUE,
        Kind.UNFORWARDED,
        Kind.UNGUARDED,
        Kind.AUDIT_CHANGED,
        Kind.AUDIT_ANCHOR,
        Kind.AUDIT_UNSEALED,
        Kind.AUDIT_EPOCH,
        Kind.REQUEST_OVERDUE,
        Kind.EXTERNAL_OVERDUE,
        Kind.PRODUCTION_OVERDUE,
    )
    """The law may be broken, or evidence is being lost, while nobody looks."""
    URGENT = (
        Kind.FILE_MISMATCH,
        Kind.STORE_RULES,
        Kind.CONTROL_DUE,
        Kind.SILENT_SIDE,
        Kind.UNDISCLOSED_AI,
        Kind.SWEEP_PAUSED,
        Kind.CLOCK_SKEW,
        Kind.UNDELIVERED,
        Kind.OWN_CLOCKS,
        Kind.AUDIT_HELD_UP,
        Kind.AUDIT_UNCHECKED,
        Kind.SWEEP_STOPPED,
        Kind.JOURNAL_OWED,
    )
    """It gets worse by waiting; every other kind can wait its turn."""
    OF_LAW = (
        Kind.UNLAWFUL_PART,
        Kind.OUT_OF_PLACE,
        Kind.UNRECORDED_DUTY,
        Kind.CONTROL_DUE,
    )
    """What the law forbids or demands: a compliance officer settles it."""
    OF_EVIDENCE = (Kind.AUDIT_CHANGED, Kind.AUDIT_UNCHECKED, Kind.AUDIT_ANCHOR)
    """An auditor settles it: whoever runs the portal may be whom it is about."""

    OF_CONTROL = (
        Kind.UNFORWARDED,
        Kind.UNGUARDED,
        Kind.AUDIT_UNSEALED,
        Kind.AUDIT_UNCHECKED,
        Kind.OWN_CLOCKS,
    )
    """Control itself failed (PCI DSS 10.7): stays open when its cause is gone, until
    somebody writes down cause, duration and risk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=24, choices=Kind)
    subject = models.CharField(max_length=80, help_text=_("What it is about: an id"))
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="alerts"
    )
    call = models.ForeignKey(
        Call, null=True, on_delete=models.CASCADE, related_name="alerts"
    )
    recording = models.ForeignKey(
        Recording, null=True, on_delete=models.CASCADE, related_name="alerts"
    )
    detail = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    assigned_to = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="alerts"
    )
    over_at = models.DateTimeField(
        _("over"), null=True, help_text=_("When its cause was gone")
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = EncryptedTextField(_("note"), blank=True, help_text=_("How it was settled"))
    cause = EncryptedTextField(_("cause"), blank=True)
    risk = EncryptedTextField(_("risk"), blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(closed_at=None),
                name="alert_open_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="alert_closed",
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def severity(self) -> Severity:
        """How long it may wait: a property of its kind."""
        if self.kind in self.CRITICAL:
            return self.Severity.CRITICAL
        if self.kind in self.URGENT:
            return self.Severity.URGENT
        return self.Severity.NORMAL

    @property
    def is_of_control(self) -> bool:
        """Whether control itself failed."""
        return self.kind in self.OF_CONTROL

    @property
    def lasted(self) -> timedelta | None:
        """From when it was seen until its cause was gone; None while it lasts."""
        over_at = self.over_at or self.closed_at
        return over_at - self.opened_at if over_at else None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.closed_at is None
