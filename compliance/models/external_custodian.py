"""Who else holds data of callers: vendors, systems and stores that the portal cannot reach.

What they do with a request is told by them and put down by us.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.request import SubjectRequest


class ExternalCustodian(models.Model):
    """Somebody or something outside of the portal that holds data of callers."""

    class Role(models.TextChoices):
        """On whose behalf it holds them (GDPR Art. 4(7), 4(8))."""

        PROCESSOR = "processor", _("processor, on our behalf")
        CONTROLLER = "controller", _("controller of its own")
        OURSELVES = "ourselves", _("we ourselves, in another system")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("holds them as"), max_length=10, choices=Role)
    holds = models.TextField(_("what it holds"), max_length=2000)
    region = models.CharField(_("where"), max_length=120, blank=True)
    agreement = models.CharField(_("agreement"), max_length=200, blank=True)
    agreed_on = models.DateField(_("agreed on"), null=True, blank=True)
    retention = models.CharField(_("deletes by itself after"), max_length=6, blank=True)
    ask_how = models.TextField(_("how to ask"), max_length=2000, blank=True)
    ask_url = models.CharField(_("where to ask"), max_length=500, blank=True)
    ask_mail = models.EmailField(_("mail to"), blank=True)
    since = models.DateField(_("holds data since"))
    until = models.DateField(
        _("ended"), null=True, help_text=_("From this day on it is not asked any more")
    )
    preset = models.CharField(max_length=24, blank=True, editable=False)
    made_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    class Meta:
        verbose_name = _("external custodian")
        verbose_name_plural = _("external custodians")
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(until=None),
                name="external_custodian_once",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ExternalTask(models.Model):
    """What one external custodian has to do for one request, and what it says of it."""

    class State(models.TextChoices):
        """How far it is."""

        OPEN = "open", _("to be asked")
        ASKED = "asked", _("asked")
        CONFIRMED = "confirmed", _("confirmed")
        EXPIRES = "expires", _("goes by itself")
        REFUSED = "refused", _("refused")

    PENDING = (State.OPEN, State.ASKED)
    """Somebody must do something about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="external_tasks"
    )
    custodian = models.ForeignKey(
        ExternalCustodian, on_delete=models.PROTECT, related_name="tasks"
    )
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.OPEN
    )
    made_at = models.DateTimeField(_("made"))
    asked_at = models.DateTimeField(_("asked"), null=True)
    due_at = models.DateTimeField(
        _("due"), help_text=_("By when it has to be confirmed, or is gone by itself")
    )
    done_at = models.DateTimeField(_("done"), null=True)
    proof = EncryptedTextField(_("what was said"), blank=True)
    reference = EncryptedTextField(_("their reference"), blank=True)
    by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("task of an external custodian")
        verbose_name_plural = _("tasks of external custodians")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request", "custodian"], name="external_task_once"
            ),
            models.CheckConstraint(
                name="external_task_done_with_a_date",
                condition=models.Q(
                    state__in=("confirmed", "refused"), done_at__isnull=False
                )
                | (
                    ~models.Q(state__in=("confirmed", "refused"))
                    & models.Q(done_at=None)
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(done_at=None),
                name="external_task_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
