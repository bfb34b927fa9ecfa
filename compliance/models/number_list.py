"""Numbers kept apart under a name, for policies to go by."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.phone_number import PhoneNumber
from compliance.models.team import Team


class NumberList(models.Model):
    """A name under which numbers are kept: clients of one contract, a private bank's desk.

    A policy names the list; which calls it covers is what is on it at present.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose policies may name it; empty: those of everybody"),
    )
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("list of numbers")
        verbose_name_plural = _("lists of numbers")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NumberListMember(models.Model):
    """A number that is on a list. It leaves with the number, where that is erased."""

    number_list = models.ForeignKey(
        NumberList, on_delete=models.CASCADE, related_name="members"
    )
    number = models.ForeignKey(
        PhoneNumber, on_delete=models.CASCADE, related_name="on_lists"
    )
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("number on a list")
        verbose_name_plural = _("numbers on lists")
        constraints = [
            models.UniqueConstraint(
                fields=["number_list", "number"], name="number_is_on_a_list_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["number_list", "-added_at", "-id"], name="number_list_page"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NumberListChange(models.Model):
    """That numbers were added to a list, or taken off it: how many, by whom.

    Which ones is not kept here, so that nothing is left of a number that is erased.
    """

    number_list = models.ForeignKey(
        NumberList, on_delete=models.CASCADE, related_name="changes"
    )
    added = models.PositiveIntegerField(_("added"), default=0)
    removed = models.PositiveIntegerField(_("taken off"), default=0)
    edition = models.PositiveIntegerField(
        default=0,
        db_index=True,
        help_text=_("Of the policies; 0: none in force went by the list"),
    )
    keeps_longer = models.BooleanField(
        _("keeps longer"),
        help_text=_("Through policies in force, and nothing goes earlier"),
    )
    changed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed"), default=timezone.now)
    told_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When others were mailed about it")
    )

    class Meta:
        verbose_name = _("change of a list of numbers")
        verbose_name_plural = _("changes of lists of numbers")
        constraints = [
            models.CheckConstraint(
                name="number_list_change_says_something",
                condition=Q(added__gt=0) | Q(removed__gt=0),
            )
        ]
        indexes = [
            models.Index(
                fields=["number_list", "-changed_at"], name="number_list_changes"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
