"""A look at who holds which role: one line a grant, kept as evidence."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.role_grant import RoleGrant


class AccessReview(models.Model):
    """One round: every role that was held when it began is kept or taken away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    begun_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("access review")
        verbose_name_plural = _("access reviews")
        constraints: ClassVar = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(done_at=None),
                name="one_access_review_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d}"


class ReviewLine(models.Model):
    """One grant under review. Once decided, the database lets nothing change it."""

    class Decision(models.TextChoices):
        """What became of it."""

        OPEN = "", _("open")
        KEEP = "keep", _("kept")
        TAKE_AWAY = "take_away", _("taken away")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(
        AccessReview, on_delete=models.PROTECT, related_name="lines"
    )
    grant = models.ForeignKey(
        RoleGrant, on_delete=models.PROTECT, related_name="reviewed"
    )
    last_used_at = models.DateTimeField(
        _("last used"), null=True, help_text=_("As it was when the review began")
    )
    decision = models.CharField(
        _("decision"), max_length=9, choices=Decision, blank=True, default=Decision.OPEN
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        verbose_name = _("line of an access review")
        verbose_name_plural = _("lines of access reviews")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["review", "grant"], name="review_line_once_a_grant"
            ),
            models.CheckConstraint(
                name="review_line_decided_with_a_reason",
                condition=Q(decision="", reason="", decided_by=None, decided_at=None)
                | (
                    Q(decision__in=["keep", "take_away"])
                    & ~Q(reason="")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_decision_display()
