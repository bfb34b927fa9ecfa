"""What became of each check of the audit log, and packs of it that others can check."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.package import Package


class AuditCheck(models.Model):
    """The result of one check of the log against its seals. Written once, at its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"))
    since = models.DateTimeField(null=True, help_text=_("Empty: from the first entry"))
    seals = models.BigIntegerField(_("seals"))
    entries = models.BigIntegerField(_("entries"))
    found = models.PositiveIntegerField(_("findings"))
    findings = models.JSONField(
        default=list, help_text=_("The first of them: codes, positions, ids")
    )
    sealed_at = models.DateTimeField(null=True)
    unsealed = models.BigIntegerField()
    unsealed_since = models.DateTimeField(null=True)
    macs_unchecked = models.BigIntegerField()
    outside_at = models.DateTimeField(null=True)
    outside_size = models.BigIntegerField()
    outside_place = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("check of the audit log")
        verbose_name_plural = _("checks of the audit log")
        ordering = ["-ended_at"]
        indexes = [models.Index(fields=["-ended_at"], name="audit_check_newest")]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.found


class AuditPack(Package):
    """A part of the log as a file for others."""

    since = models.DateTimeField(_("from"), null=True)
    until = models.DateTimeField(_("to"), null=True)
    entries = models.BigIntegerField(
        _("entries"), default=0, help_text=_("Entries in it, once it is made")
    )

    class Meta:
        verbose_name = _("pack of the audit log")
        verbose_name_plural = _("packs of the audit log")
        indexes = [
            models.Index(fields=["owner", "-asked_at"], name="audit_pack_by_owner"),
            models.Index(
                fields=["expires_at"],
                condition=~models.Q(state="gone"),
                name="audit_pack_expiring",
            ),
        ]
