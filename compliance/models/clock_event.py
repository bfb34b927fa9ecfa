"""What may start the clock of a policy: an event of the business, told by API."""

import uuid

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person

CODE = r"[a-z][a-z0-9_]{1,31}"


class ClockEvent(models.Model):
    """An event that officers have named: an account is closed, a contract ends.

    It ends; it is never deleted, as policies and calls may speak of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(
        _("code"),
        max_length=32,
        unique=True,
        validators=[RegexValidator(rf"^{CODE}\Z")],
        help_text=_("What the API says: contract_ended"),
    )
    name = models.CharField(
        _("name"), max_length=80, help_text=_("In words: the end of the contract")
    )
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    class Meta:
        verbose_name = _("event that starts a clock")
        verbose_name_plural = _("events that start clocks")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="clock_event_has_a_code",
                condition=models.Q(code__regex=rf"^{CODE}$"),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def team_id(self) -> uuid.UUID | None:
        """None: it belongs to the organisation."""
        return None
