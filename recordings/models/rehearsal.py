"""What a change of a policy, or of a list, would let go earlier: frozen before it is asked."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team


class Rehearsal(models.Model):
    """A frozen list of what a change would let go earlier, as a second person approves it."""

    class Kind(models.TextChoices):
        """What is to be changed."""

        POLICY = "policy", _("policy")
        NUMBERS = "numbers", _("list of numbers")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("of"), max_length=7, choices=Kind)
    about = models.UUIDField(
        db_index=True, help_text=_("The draft of the policy, or the list of numbers")
    )
    change = models.CharField(max_length=64, help_text=_("Equal while the change is"))
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of every team"),
    )
    frozen_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    frozen_at = models.DateTimeField(_("frozen"), default=timezone.now)
    recordings = models.PositiveIntegerField(
        _("recordings"), default=0, help_text=_("That would go earlier")
    )
    bytes = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(
        _("SHA-256"), max_length=64, help_text=_("Over the sorted ids of those")
    )
    is_asked = models.BooleanField(
        default=False, help_text=_("A second person was asked; such a list stays")
    )

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")

    def __str__(self) -> str:
        return str(self.id)


class RehearsedItem(models.Model):
    """A recording that would go earlier: when it goes as it is, and when it would."""

    id = models.BigAutoField(primary_key=True)
    rehearsal = models.ForeignKey(
        Rehearsal, on_delete=models.CASCADE, related_name="items"
    )
    item_id = models.UUIDField()
    call_id = models.UUIDField()
    bytes = models.PositiveBigIntegerField(_("size"), default=0)
    goes_now = models.DateTimeField(
        _("goes as it is"), null=True, help_text=_("Empty: it has no end")
    )
    goes_then = models.DateTimeField(_("would go"))

    class Meta:
        verbose_name = _("recording of a rehearsal")
        verbose_name_plural = _("recordings of rehearsals")
        constraints = [
            models.UniqueConstraint(
                fields=["rehearsal", "item_id"], name="rehearsal_lists_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["rehearsal", "goes_then", "id"], name="rehearsal_by_date"
            )
        ]

    def __str__(self) -> str:
        return str(self.item_id)
