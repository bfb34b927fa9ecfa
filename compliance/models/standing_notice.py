"""What staff were told of being recorded, once and with a date."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.team import Team


class StandingNotice(models.Model):
    """A notice to the staff of a team, or to one person. It ends; it is never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(
        Team,
        verbose_name=_("staff of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    person = models.ForeignKey(
        Person,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    version = models.CharField(
        _("version"), max_length=40, help_text=_("Which wording was given: 2026-1")
    )
    text = models.TextField(_("text"))
    given_on = models.DateField(_("given on"))
    until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("The last day it holds")
    )
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("notice to staff")
        verbose_name_plural = _("notices to staff")
        constraints = [
            models.CheckConstraint(
                name="standing_notice_team_or_person",
                condition=models.Q(team__isnull=False, person=None)
                | models.Q(team=None, person__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["-given_on", "-id"], name="standing_notice_by_day")
        ]

    def __str__(self) -> str:
        return str(self.id)
