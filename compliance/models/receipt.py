"""The receipts of what was destroyed."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class DestructionReceipt(models.Model):
    """Proof that an item is gone: what, how much, when, under which policy.

    Of the kind ORIGINAL: that the file is gone which an item had before one person was
    silenced in it. The item itself goes on, with the id that stands here.
    """

    ORIGINAL = "original"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item_kind = models.CharField(max_length=32)
    item_id = models.UUIDField(db_index=True)
    team_id = models.UUIDField(
        null=True, help_text=_("Empty: of an object that no team is known of")
    )
    policy_id = models.UUIDField(null=True)
    policy_version = models.PositiveIntegerField(
        default=0, help_text=_("0: no policy, but a decision about this one thing")
    )
    reason = models.CharField(max_length=40)
    actor_id = models.UUIDField(null=True, help_text=_("Who; empty: the sweep"))
    versions_listed = models.PositiveIntegerField(
        help_text=_("Counted before anything was deleted")
    )
    bytes_listed = models.PositiveBigIntegerField()
    versions = models.PositiveIntegerField(
        help_text=_("Deleted by the run that finished; an earlier one may have died")
    )
    bytes = models.PositiveBigIntegerField()
    version_ids = ArrayField(
        models.CharField(max_length=200),
        default=list,
        help_text=_("Of the store, as listed before anything was deleted"),
    )
    request_ids = ArrayField(
        models.CharField(max_length=200),
        default=list,
        help_text=_("By which the store knows the deletions of the run that finished"),
    )
    sha256 = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("Keyed hash of what it was, which says nothing without the key"),
    )
    key_id = models.CharField(max_length=32, blank=True, help_text=_("Of that key"))
    begun_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField()
    is_again = models.BooleanField(
        default=False, help_text=_("Written anew after the database was restored")
    )

    class Meta:
        verbose_name = _("destruction receipt")
        verbose_name_plural = _("destruction receipts")
        constraints = [
            models.UniqueConstraint(
                fields=["item_kind", "item_id"],
                condition=~models.Q(item_kind="original"),
                name="one_receipt_for_an_item",
            ),
            models.UniqueConstraint(
                fields=["item_id", "sha256"],
                condition=models.Q(item_kind="original"),
                name="one_receipt_for_an_original",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_kind} {self.item_id}"
