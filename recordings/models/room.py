"""A LiveKit room: where one or many calls take place."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField


class Room(models.Model):
    """A room by its sid. LiveKit puts numbers into room names, so the name is sealed."""

    sid = models.CharField(_("room"), max_length=64, primary_key=True)
    name = EncryptedTextField(_("name"), blank=True)
    name_lookup = models.CharField(max_length=64, blank=True, db_index=True)
    is_declared = models.BooleanField(
        default=False, help_text=_("Its name is from a voice agent, not from LiveKit")
    )
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    looked_at = models.DateTimeField(
        null=True, help_text=_("When a sweep last had it looked into")
    )

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self) -> str:
        return self.sid
