"""What one person asked for and another must agree to; and who stands in for whom."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.team import Team


class Approval(models.Model):
    """One act, frozen word for word when it was asked for.

    The database refuses the same person on both sides, and lets nothing frozen or
    decided be changed (migration 0004). Rows stay, whatever became of them.
    """

    class State(models.TextChoices):
        """From the question to the act, or to an end without one."""

        ASKED = "asked", _("waiting for a second person")
        APPROVED = "approved", _("approved, not yet carried out")
        CARRIED_OUT = "carried_out", _("carried out")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")
        EXPIRED = "expired", _("expired")

    OPEN = (State.ASKED, State.APPROVED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("what"), max_length=40)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.JSONField(help_text=_("Opaque ids, codes and figures only"))
    sha256 = models.CharField(
        max_length=64, help_text=_("Of kind, team and content, as RFC 8785 bytes")
    )
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    until = models.DateTimeField(
        _("until"), help_text=_("Decided and carried out by then, or not at all")
    )
    state = models.CharField(
        _("state"), max_length=11, choices=State, default=State.ASKED
    )
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_for = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whom the decider stood in for"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    remark = models.CharField(_("remark"), max_length=300, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    told_at = models.DateTimeField(
        null=True, help_text=_("When the mails to the approvers were written")
    )

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="approval_by_a_second_person",
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="approval_for_a_second_person",
                condition=Q(decided_for=None)
                | ~Q(decided_for=F("asked_by")) & ~Q(decided_for=F("decided_by")),
            ),
            models.CheckConstraint(
                name="approval_decided_by_somebody",
                condition=Q(decided_by=None, decided_for=None, decided_at=None)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="approval_state_fits",
                condition=Q(state="asked", decided_by=None, ended_at=None)
                | Q(state="approved", decided_by__isnull=False, ended_at=None)
                | Q(
                    state="carried_out",
                    decided_by__isnull=False,
                    ended_at__isnull=False,
                )
                | Q(state="rejected", decided_by__isnull=False, ended_at__isnull=False)
                & ~Q(remark="")
                | Q(state__in=["withdrawn", "expired"], ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["kind", "sha256"],
                condition=Q(state__in=["asked", "approved"]),
                name="approval_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["until"],
                condition=Q(state__in=["asked", "approved"]),
                name="approval_open",
            ),
            models.Index(
                fields=["-ended_at", "-id"],
                condition=Q(ended_at__isnull=False),
                name="approval_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_state_display()}"


class Deputy(models.Model):
    """Somebody who approves in another's place for a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="deputies"
    )
    deputy = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="stands_in"
    )
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="deputy_is_somebody_else",
                condition=~Q(person=F("deputy")),
            ),
            models.CheckConstraint(
                name="deputy_for_a_time", condition=Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.deputy)
