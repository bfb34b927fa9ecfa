"""A search whose words do not belong in a URL."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person
from compliance.models.fields import EncryptedTextField


class SavedSearch(models.Model):
    """Filters kept under an opaque id, so that a link to them tells nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="searches")
    name = EncryptedTextField(
        _("name"), blank=True, help_text=_("People write numbers and names in it")
    )
    is_shared = models.BooleanField(_("shared"), default=False)
    filters = EncryptedTextField(help_text=_("JSON; may hold a number or a name"))
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")

    def __str__(self) -> str:
        return self.name or str(self.id)
