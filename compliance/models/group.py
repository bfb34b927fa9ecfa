"""Groups of people, so that a role is given once to all of them."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class Group(models.Model):
    """People who hold the same roles: kept here, or told by an identity provider."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    external_id = models.CharField(
        _("id at the identity provider"),
        max_length=255,
        blank=True,
        help_text=_("Empty: its members are kept here"),
    )
    members = models.ManyToManyField(
        Person, verbose_name=_("members"), related_name="groups", blank=True
    )

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~models.Q(external_id=""),
                name="group_external_id_once",
            )
        ]

    def __str__(self) -> str:
        return self.name
