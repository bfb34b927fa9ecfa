"""Certificates of destruction: what was destroyed, said by us and signed."""

import base64
import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.team import Team


class Certificate(models.Model):
    """A signed statement about a set of tombstones. Nothing in it tells of a person."""

    class About(models.TextChoices):
        """What held the set together."""

        CALL = "call", _("a call")
        LIST = "list", _("a list of calls")
        HOLD = "hold", _("a legal hold, after its release")
        PURGE = "purge", _("a purge")
        REQUEST = "request", _("a request of a data subject")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(_("number"), unique=True)
    about = models.CharField(_("about"), max_length=8, choices=About)
    subject_id = models.UUIDField(null=True, help_text=_("Of that, where it has one"))
    team = models.ForeignKey(
        Team,
        verbose_name=_("calls of"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: of several teams"),
    )
    items = models.PositiveIntegerField(_("items"))
    body = models.TextField(_("text"), help_text=_("What was signed: RFC 8785"))
    public_key = models.CharField(
        _("public key"), max_length=44, help_text=_("32 bytes, base64")
    )
    signature = models.CharField(_("signature"), max_length=88)
    issued_by = models.ForeignKey(
        Person, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)

    class Meta:
        verbose_name = _("certificate of destruction")
        verbose_name_plural = _("certificates of destruction")
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="certificate_by_time")
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def public_bytes(self) -> bytes:
        """The 32 bytes of the public key."""
        return base64.b64decode(self.public_key)
