"""What a draft of a consent rule would change: a run over the stored calls, and its list."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import ConsentRule, Person, Team
from recordings.models.call import Call


class Impact(models.Model):
    """One run over the stored calls for one state of one draft. The newest stays."""

    class State(models.TextChoices):
        """How far it is."""

        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.OneToOneField(
        ConsentRule, on_delete=models.CASCADE, related_name="impact"
    )
    fingerprint = models.CharField(
        max_length=64, help_text=_("Of the draft and of the law beside it")
    )
    state = models.CharField(
        _("state"), max_length=7, choices=State, default=State.RUNNING
    )
    reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why it failed: a code")
    )
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    done_at = models.DateTimeField(_("done"), null=True)

    calls = models.PositiveIntegerField(
        _("calls"), default=0, help_text=_("Stored when it was asked for")
    )
    looked = models.PositiveIntegerField(_("looked at"), default=0)
    judged = models.PositiveIntegerField(
        _("judged"), default=0, help_text=_("Those that the place may concern")
    )
    by_team = models.JSONField(
        default=dict, help_text=_("How many were looked at, by the id of the team")
    )
    reached_at = models.DateTimeField(
        null=True, help_text=_("When the last call that was looked at began")
    )
    reached_id = models.UUIDField(null=True)
    moved_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("impact")
        verbose_name_plural = _("impacts")
        indexes = [
            models.Index(
                fields=["moved_at"],
                condition=models.Q(state="running"),
                name="impact_running",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Flip(models.Model):
    """A stored call whose verdict would have been another. Its verdict stays as it is."""

    class Direction(models.TextChoices):
        """Which way, over all purposes."""

        STRICTER = "stricter", _("stricter")
        LOOSER = "looser", _("looser")
        BOTH = "both", _("stricter and looser")

    class Effect(models.TextChoices):
        """What that means for what was recorded."""

        MISSING = "missing", _("would lack consent")
        OPENED = "opened", _("would be open")
        SAME = "same", _("as open as before")
        UNRECORDED = "unrecorded", _("not recorded")
        ELSEWHERE = "elsewhere", _("not for its purposes")

    id = models.BigAutoField(primary_key=True)
    impact = models.ForeignKey(Impact, on_delete=models.CASCADE, related_name="flips")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(_("started"))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    effect = models.CharField(_("effect"), max_length=10, choices=Effect)
    steps = models.JSONField(
        help_text="{purpose: [level before, level with the draft]}"
    )

    class Meta:
        verbose_name = _("flip")
        verbose_name_plural = _("flips")
        constraints = [
            models.UniqueConstraint(
                fields=["impact", "call"], name="flip_once_an_impact"
            )
        ]
        indexes = [
            models.Index(fields=["impact", "-started_at", "-id"], name="flip_by_time")
        ]

    def __str__(self) -> str:
        return str(self.id)
