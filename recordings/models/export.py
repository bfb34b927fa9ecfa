"""A list of calls as a file: asked for, made by a worker, taken, gone after a day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import Package
from compliance.models.fields import EncryptedTextField
from recordings.models.call import Call


class Export(Package):
    """One CSV file of one person."""

    filters = EncryptedTextField(
        blank=True,
        help_text=_("JSON; may hold a number or a name, blanked with the file"),
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
