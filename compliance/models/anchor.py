"""What of the audit log is held outside: copies of its checkpoints, and where they are."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class AuditAnchor(models.Model):
    """One checkpoint, put where nobody of ours can change it."""

    class Place(models.TextChoices):
        """Who holds it."""

        VAULT = "vault", _("vault")
        STREAM = "stream", _("log stream")
        MAIL = "mail", _("auditor's mailbox")

    class Finding(models.TextChoices):
        """What is wrong with it, when it is compared with the log."""

        COVERED = "covered", _("has something else lying on top of it")
        MISSING = "missing", _("is no longer where it was put")
        UNSIGNED = "unsigned", _("is not signed by any key of ours")
        AHEAD = "ahead", _("tells of entries that the log does not have")
        CONTRADICTS = "contradicts", _("tells of other entries than the log")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.CharField(_("where"), max_length=6, choices=Place)
    name = models.CharField(max_length=160, help_text=_("Its key in the vault"))
    to = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    size = models.BigIntegerField(_("entries"), null=True)
    root = models.CharField(max_length=64, blank=True)
    key_id = models.CharField(max_length=32, blank=True)
    anchored_at = models.DateTimeField(_("when"))
    checked_at = models.DateTimeField(_("compared"), null=True)
    finding = models.CharField(_("finding"), max_length=12, choices=Finding, blank=True)

    class Meta:
        verbose_name = _("anchor of the audit log")
        verbose_name_plural = _("anchors of the audit log")
        get_latest_by = "anchored_at"
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name"], name="anchor_once_a_place"
            )
        ]
        indexes = [
            models.Index(fields=["place", "-anchored_at"], name="anchor_by_place")
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.size}"
