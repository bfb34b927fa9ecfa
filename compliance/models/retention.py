"""How long things are kept, and the receipts of what was destroyed."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.team import Team


class RetentionPolicy(models.Model):
    """Keep a team's recordings for N days, then delete. One current version a team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField(_("version"), default=1)
    keep_days = models.PositiveIntegerField(_("keep for (days)"))
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")
        ordering = ["team", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "version"], name="retention_policy_version_is_unique"
            ),
            models.CheckConstraint(
                name="retention_policy_keeps_something",
                condition=models.Q(keep_days__gte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.keep_days} d, v{self.version}"


class DestructionReceipt(models.Model):
    """Proof that an item is gone: what, how much, when, under which policy."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item_kind = models.CharField(max_length=32)
    item_id = models.UUIDField(db_index=True)
    team_id = models.UUIDField()
    policy_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=40)
    versions_listed = models.PositiveIntegerField(
        help_text=_("Counted before anything was deleted")
    )
    bytes_listed = models.PositiveBigIntegerField()
    versions = models.PositiveIntegerField(
        help_text=_("Deleted by the run that finished; an earlier one may have died")
    )
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    destroyed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("destruction receipt")
        verbose_name_plural = _("destruction receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["item_kind", "item_id"], name="one_receipt_for_an_item"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_kind} {self.item_id}"
