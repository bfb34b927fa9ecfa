"""A recording heard in an emergency, and what somebody else says of it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField
from recordings.models.listen import Listen


class EmergencyListen(models.Model):
    """One sitting outside one's own scope. It waits until another person has judged it."""

    class Judgement(models.TextChoices):
        """What the other person says."""

        JUSTIFIED = "justified", _("justified")
        UNJUSTIFIED = "unjustified", _("not justified")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listen = models.OneToOneField(
        Listen, on_delete=models.PROTECT, related_name="emergency"
    )
    listener = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"))
    judge_by = models.DateTimeField(_("to be judged by"))
    judgement = models.CharField(
        _("judgement"), max_length=12, choices=Judgement, blank=True, default=""
    )
    judged_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    judged_at = models.DateTimeField(_("judged"), null=True)
    remark = EncryptedTextField(_("remark"), blank=True)

    class Meta:
        verbose_name = _("emergency listen")
        verbose_name_plural = _("emergency listens")
        constraints = [
            models.CheckConstraint(
                name="nobody_judges_his_own_emergency",
                condition=models.Q(judged_by=None)
                | ~models.Q(judged_by=models.F("listener")),
            ),
            models.CheckConstraint(
                name="an_emergency_is_judged_whole",
                condition=models.Q(judged_by=None, judged_at=None, judgement="")
                | models.Q(judged_by__isnull=False, judged_at__isnull=False)
                & ~models.Q(judgement=""),
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="emergency_by_time"),
            models.Index(
                fields=["judge_by"],
                condition=models.Q(judged_at=None),
                name="emergency_unjudged",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
