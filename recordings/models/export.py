"""A list of calls as a file: asked for, made by a worker, taken, gone after a day."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call


class Export(models.Model):
    """One CSV file of one person. The row stays when the file has gone."""

    class State(models.TextChoices):
        """From the wish to the end of the file."""

        WAITING = "waiting", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        GONE = "gone", _("deleted")

    UNFINISHED = (State.WAITING, State.MAKING)
    """States in which a worker still has something to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="exports")
    filters = EncryptedTextField(
        blank=True,
        help_text=_("JSON; may hold a number or a name, blanked with the file"),
    )
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.WAITING
    )
    reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why it failed: a code")
    )
    rows = models.PositiveIntegerField(
        _("rows"), default=0, help_text=_("Calls written so far")
    )
    team_ids = ArrayField(
        models.UUIDField(),
        default=list,
        help_text=_("Whose calls are in it: asked for again when it is taken"),
    )
    staff = ArrayField(
        models.CharField(max_length=64),
        default=list,
        help_text=_("By which marks calls of further teams in it are its owner's own"),
    )
    file_name = models.CharField(
        max_length=100, help_text=_('Its name in STORAGES["exports"]')
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    made_at = models.DateTimeField(_("made"), null=True)
    expires_at = models.DateTimeField(_("goes"))

    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="export_by_owner"),
            models.Index(
                fields=["expires_at"],
                condition=~models.Q(state="gone"),
                name="export_expiring",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker still has something to do."""
        return self.state in self.UNFINISHED


class ExportedCall(models.Model):
    """That a call stands in a file: for the person on the call, who may ask."""

    id = models.BigAutoField(primary_key=True)
    export = models.ForeignKey(
        Export, on_delete=models.CASCADE, related_name="calls", db_index=False
    )
    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, related_name="exported", db_index=False
    )

    class Meta:
        verbose_name = _("call in an export")
        verbose_name_plural = _("calls in exports")
        constraints = [
            models.UniqueConstraint(
                fields=["call", "export"], name="call_once_in_an_export"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
