"""Legal holds: what must not go, for which matter, and what they have caught."""

import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.team import Team


class Hold(models.Model):
    """Nothing within its scope is destroyed, from the moment it is placed.

    The scope itself counts, not only the list of what it has caught so far.
    """

    class State(models.TextChoices):
        """A hold that was released keeps its items for a while longer."""

        IN_FORCE = "in_force", _("in force")
        COOLING = "cooling", _("released, items stay for now")
        OVER = "over", _("over")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team,
        verbose_name=_("calls of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of every team"),
    )
    matter = EncryptedTextField(_("matter"))
    custodian = EncryptedTextField(_("custodian"), blank=True)
    reason = EncryptedTextField(_("reason"))
    scope = EncryptedTextField(
        help_text=_("JSON of custody.Scope; may hold a number or a name")
    )
    is_confidential = models.BooleanField(_("confidential"), default=False)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.IN_FORCE
    )
    placed_by = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: brought back from the journal, by whom is not known here"),
    )
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    listed_at = models.DateTimeField(
        null=True, help_text=_("When all that was there had been listed")
    )
    looked_at = models.DateTimeField(
        null=True, help_text=_("When its scope was last compared with what there is")
    )
    released_at = models.DateTimeField(_("released"), null=True)
    cools_until = models.DateTimeField(_("items stay until"), null=True)

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        indexes = [
            models.Index(fields=["-placed_at", "-id"], name="hold_by_time"),
            models.Index(
                fields=["state"],
                condition=~models.Q(state="over"),
                name="hold_not_over",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="hold_cools_once_released",
                condition=models.Q(state="in_force", cools_until=None)
                | models.Q(released_at__isnull=False, cools_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @staticmethod
    def holding(now: datetime) -> models.Q:
        """Those that keep their items now."""
        still = models.Q(state=Hold.State.COOLING, cools_until__gt=now)
        return models.Q(state=Hold.State.IN_FORCE) | still


class HoldItem(models.Model):
    """A thing that a hold has caught: kept, or met when it was going already."""

    class State(models.TextChoices):
        """What the hold could do for it."""

        KEPT = "kept", _("kept")
        TOO_LATE = "too_late", _("was being destroyed already")

    class Store(models.TextChoices):
        """What the store said of its own lock, when it was asked last."""

        UNSEEN = "", _("not asked yet")
        LOCKED = "locked", _("locked")
        TAGGED = "tagged", _("tagged")
        UNABLE = "unable", _("the store has no locks")
        DRIFTED = "drifted", _("drifted, set again")
        FAILED = "failed", _("the store did not do it")

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=32)
    item_id = models.UUIDField()
    state = models.CharField(max_length=8, choices=State, default=State.KEPT)
    caught_at = models.DateTimeField(_("caught"))
    store = models.CharField(
        max_length=8, choices=Store, default=Store.UNSEEN, blank=True
    )
    store_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("item on hold")
        verbose_name_plural = _("items on hold")
        constraints = [
            models.UniqueConstraint(
                fields=["hold", "kind", "item_id"], name="hold_catches_once"
            )
        ]
        indexes = [
            models.Index(fields=["kind", "item_id"], name="hold_of_item"),
            models.Index(fields=["hold", "-id"], name="hold_item_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"

    def hold_keeps(self, now: datetime) -> bool:
        """Whether its hold keeps its items now."""
        hold = self.hold
        cooling = hold.state == Hold.State.COOLING
        still = cooling and hold.cools_until is not None and hold.cools_until > now
        return hold.state == Hold.State.IN_FORCE or still
