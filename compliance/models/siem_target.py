"""Where the audit log goes as it is written: systems that watch, and cannot be rewritten
from here.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField


class SiemTargets(models.Manager["SiemTarget"]):
    """Leaves secrets sealed until one is used: a row whose key is lost can still be read,
    and given another."""

    def get_queryset(self) -> "models.QuerySet[SiemTarget]":
        """All receivers."""
        return super().get_queryset().defer("secret")


class SiemTarget(models.Model):
    """One receiver of the whole log, and how far it has it.

    The cursor is the order of the log, (xid, id): everything up to and with it was taken.
    """

    class Kind(models.TextChoices):
        """How entries are put."""

        OCSF = "ocsf", _("OCSF over HTTPS, signed")
        SPLUNK = "splunk", _("Splunk HTTP Event Collector")
        DATADOG = "datadog", _("Datadog logs")
        SYSLOG = "syslog", _("syslog over TLS")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    url = models.CharField(_("address"), max_length=500)
    ca = models.TextField(_("certificates to trust"), blank=True)
    certificate = models.TextField(_("our certificate"), blank=True)
    secret = EncryptedTextField(ring="siem_secrets", blank=True, editable=False)
    secret_key_id = models.CharField(max_length=40, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    sent_xid = models.BigIntegerField(default=0, editable=False)
    sent_id = models.UUIDField(default=uuid.UUID(int=0), editable=False)
    not_before = models.UUIDField(
        null=True, help_text=_("Older entries were sent before"), editable=False
    )
    sent_at = models.DateTimeField(_("last sent"), null=True, editable=False)
    sent_count = models.PositiveBigIntegerField(_("sent"), default=0, editable=False)

    failures = models.PositiveIntegerField(default=0, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    last_error = models.CharField(
        _("last error"), max_length=40, blank=True, editable=False
    )
    rests_until = models.DateTimeField(null=True, editable=False)
    test_entry = models.UUIDField(null=True, editable=False)
    tested_at = models.DateTimeField(_("tested"), null=True, editable=False)
    test_answer = models.CharField(max_length=40, blank=True, editable=False)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    claimed_until = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[SiemTargets] = SiemTargets()

    class Meta:
        verbose_name = _("receiver of the audit log")
        verbose_name_plural = _("receivers of the audit log")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_test_waiting(self) -> bool:
        """Whether somebody asked for a test that no worker has sent."""
        return self.test_entry is not None
