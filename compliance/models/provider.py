"""What is kept of the identity provider: what its groups give, and its sessions here."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person, Region, RoleGrant


class GroupRole(models.Model):
    """A role that everybody in a group of the identity provider holds here.

    Never changed, only ended, so that each grant can name the row it came from.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.CharField(
        _("group or app role"),
        max_length=200,
        help_text=_("Letter for letter as the provider's token names it"),
    )
    role = models.CharField(_("role"), max_length=32)
    scope = models.CharField(_("scope"), max_length=10, choices=RoleGrant.Scope)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        "compliance.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    made_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("role of a group")
        verbose_name_plural = _("roles of groups")
        indexes: ClassVar = [models.Index(fields=["group"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="group_role_scope_names_its_object",
                condition=models.Q(scope="everything", region=None, team=None)
                | models.Q(scope="region", region__isnull=False, team=None)
                | models.Q(scope="team", region=None, team__isnull=False),
            ),
            models.UniqueConstraint(
                name="group_role_once",
                fields=["group", "role", "region", "team"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.role}"


class ProviderSession(models.Model):
    """A session opened through the identity provider, so that it can end it.

    `sub` and `sid` are the provider's own names for the person and for its session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="provider_sessions"
    )
    session_key = models.CharField(max_length=40, unique=True)
    sub = models.CharField(max_length=255, db_index=True)
    sid = models.CharField(max_length=255, blank=True, db_index=True)
    opened_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("session from the identity provider")
        verbose_name_plural = _("sessions from the identity provider")

    def __str__(self) -> str:
        return str(self.pk)
