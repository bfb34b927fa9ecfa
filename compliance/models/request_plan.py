"""The plan of a request: item by item what goes, what stays and on what ground."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.request import SubjectRequest


class RequestPlan(models.Model):
    """What is to become of all that is kept about a person who asks.

    Frozen under a hash when a second person is asked; what is not in it does not go.
    """

    class State(models.TextChoices):
        """From the first draft to the last thing it named."""

        DRAFT = "draft", _("being made")
        FROZEN = "frozen", _("frozen, waiting for a second person")
        RUNNING = "running", _("being carried out")
        DONE = "done", _("carried out")
        DROPPED = "dropped", _("dropped")

    OPEN = (State.DRAFT, State.FROZEN, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="plans"
    )
    state = models.CharField(
        _("state"), max_length=7, choices=State, default=State.DRAFT
    )
    reasons = EncryptedTextField(
        _("reasons"), blank=True, help_text=_("Told to the person for what stays")
    )
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    commitments = models.JSONField(
        default=list,
        help_text=_("Keyed, to the numbers it is about: what a certificate may say"),
    )
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    frozen_at = models.DateTimeField(_("frozen"), null=True)
    begun_at = models.DateTimeField(_("begun"), null=True)
    journalled_at = models.DateTimeField(_("in the journal"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    claimed_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("plan of a request")
        verbose_name_plural = _("plans of requests")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(state__in=["draft", "frozen", "running"]),
                name="request_plan_open_once",
            ),
            models.CheckConstraint(
                name="request_plan_frozen_under_a_hash",
                condition=models.Q(state__in=["draft", "dropped"])
                | ~models.Q(sha256=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["begun_at"],
                condition=models.Q(state="running"),
                name="request_plan_running",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class PlanItem(models.Model):
    """One thing in somebody's custody that the person is in."""

    class Treatment(models.TextChoices):
        """What is to become of it."""

        DESTROY = "destroy", _("delete for ever")
        REDACT = "redact", _("silence this person alone, for ever")
        KEEP = "keep", _("keep, restricted")

    class Ground(models.TextChoices):
        """On what it stays (Art. 17(3) GDPR and its likes)."""

        LEGAL = "legal", _("kept on a legal ground")
        DUTY = "duty", _("a law demands that it is kept until then")
        CLAIMS = "claims", _("needed for legal claims")
        PUBLIC = "public", _("a task in the public interest")
        SPEECH = "speech", _("freedom of expression and information")
        OTHERS = "others", _("rights of other people")
        UNFINISHED = "unfinished", _("not finished yet; it goes as soon as it is")

    BY_ITSELF = (Ground.LEGAL, Ground.DUTY, Ground.UNFINISHED)
    """What holds, floors and recorders say; nobody decides it, or lifts it here."""

    class Fate(models.TextChoices):
        """What came of it."""

        PLANNED = "planned", _("waiting")
        GOING = "going", _("being deleted")
        GONE = "gone", _("deleted for ever")
        REDACTED = "redacted", _("this person alone silenced")
        KEPT = "kept", _("kept")
        FAILED = "failed", _("failed, tried again")

    plan = models.ForeignKey(
        RequestPlan, on_delete=models.CASCADE, related_name="items"
    )
    kind = models.CharField(max_length=32)
    item_id = models.UUIDField()
    group_id = models.UUIDField(help_text=_("What it belongs together with: its call"))
    at = models.DateTimeField(_("when"))
    bytes = models.BigIntegerField(_("size"))
    treatment = models.CharField(_("plan"), max_length=7, choices=Treatment)
    ground = models.CharField(_("ground"), max_length=10, choices=Ground, blank=True)
    until = models.DateTimeField(
        _("looked at again"), null=True, help_text=_("It goes then, if nothing else")
    )
    in_part = models.BooleanField(
        default=False, help_text=_("Once nothing keeps it the person is silenced in it")
    )
    fate = models.CharField(max_length=8, choices=Fate, default=Fate.PLANNED)

    class Meta:
        verbose_name = _("item of a plan")
        verbose_name_plural = _("items of plans")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "item_id"], name="plan_item_once"
            ),
            models.CheckConstraint(
                name="plan_item_stays_on_a_ground",
                condition=models.Q(treatment__in=["destroy", "redact"], ground="")
                | models.Q(treatment="keep") & ~models.Q(ground=""),
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "fate", "id"], name="plan_item_by_fate"),
            models.Index(
                fields=["until"],
                condition=models.Q(fate="kept"),
                name="plan_item_to_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"

    @property
    def stays_by_itself(self) -> bool:
        """Whether nobody decides here what becomes of it."""
        return self.ground in self.BY_ITSELF


class PlanTrace(models.Model):
    """Rows of one kind about the person: how many there are, stay, and went."""

    plan = models.ForeignKey(
        RequestPlan, on_delete=models.CASCADE, related_name="traces"
    )
    kind = models.CharField(_("kind"), max_length=32)
    found = models.PositiveIntegerField(_("found"))
    spared = models.PositiveIntegerField(
        _("stay"), help_text=_("They belong to calls of which a recording stays")
    )
    erased = models.PositiveIntegerField(_("erased"), default=0)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("traces in a plan")
        verbose_name_plural = _("traces in plans")
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind"], name="plan_trace_once")
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind}"
