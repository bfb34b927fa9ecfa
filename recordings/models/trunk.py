"""A SIP trunk: what gives a call its team, its place and its purposes."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import PhoneNumber, Purpose, Team


class Trunk(models.Model):
    """A LiveKit trunk (`ST_…`) and the team that answers on it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    livekit_id = models.CharField(_("LiveKit trunk id"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=120)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="trunks")
    number = models.ForeignKey(
        PhoneNumber, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    country = models.CharField(
        _("country"),
        max_length=6,
        blank=True,
        help_text=_("ISO code; overrides the team's seat for calls on this trunk"),
    )
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose),
        verbose_name=_("records for"),
        null=True,
        blank=True,
        help_text=_("Empty: as the team"),
    )

    class Meta:
        verbose_name = _("trunk")
        verbose_name_plural = _("trunks")

    def __str__(self) -> str:
        return self.name
