"""How many entries there were to choose from, said and signed before anybody chose."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class Population(models.Model):
    """A count of sealed audit entries under fixed filters.

    The statement is the text that was signed; the rest repeats what is needed to draw
    a sample from the very same entries again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filters = models.JSONField(_("filters"), default=dict)
    team_ids = ArrayField(
        models.UUIDField(),
        null=True,
        help_text=_("Whose entries were counted; empty: everybody's"),
    )
    size = models.BigIntegerField(
        _("size of the log"), help_text=_("Of the checkpoint that it was counted under")
    )
    count = models.PositiveBigIntegerField(_("entries"))
    statement = models.TextField(_("statement"))
    key_id = models.CharField(_("key"), max_length=32, blank=True)
    signature = models.CharField(_("signature"), max_length=128, blank=True)
    made_by = models.ForeignKey(
        Person, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("population")
        verbose_name_plural = _("populations")

    def __str__(self) -> str:
        return str(self.id)
