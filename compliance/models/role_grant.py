"""A role that somebody holds: for what, from when until when, and given by whom."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.group import Group
from compliance.models.person import Person, Region
from compliance.models.team import Team


class RoleGrant(models.Model):
    """A role given to a person or a group, for a scope and a time.

    What a role allows is in `access.roles`. The database itself refuses that one
    person reads the audit log and gives out roles (migration 0003).
    """

    class Scope(models.TextChoices):
        """How far the grant reaches."""

        EVERYTHING = "everything", _("everything")
        REGION = "region", _("a region")
        TEAM = "team", _("a team")
        OWN = "own", _("own calls")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    group = models.ForeignKey(
        Group, null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    role = models.CharField(_("role"), max_length=32)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    region = models.ForeignKey(
        Region, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    valid_from = models.DateTimeField(_("from"), default=timezone.now)
    valid_until = models.DateTimeField(_("until"), null=True, blank=True)
    granted_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    granted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("role grant")
        verbose_name_plural = _("role grants")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="role_grant_scope_names_its_object",
                condition=Q(scope="everything", region=None, team=None)
                | Q(scope="region", region__isnull=False, team=None)
                | Q(scope="team", region=None, team__isnull=False)
                | Q(scope="own", region=None, team=None),
            ),
            models.CheckConstraint(
                name="role_grant_own_calls_are_heard",
                condition=~Q(scope="own") | Q(role__in=("reviewer", "team_lead")),
            ),
            models.CheckConstraint(
                name="role_grant_has_one_holder",
                condition=Q(person=None, group__isnull=False)
                | Q(person__isnull=False, group=None),
            ),
            models.CheckConstraint(
                name="role_grant_not_to_oneself",
                condition=Q(granted_by=None)
                | Q(person=None)
                | ~Q(granted_by=models.F("person")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.get_scope_display()}"

    @property
    def holder(self) -> Person | Group:
        """The person or the group it was given to."""
        holder = self.group if self.person is None else self.person
        assert holder is not None  # noqa: S101 - a constraint sees to it
        return holder

    @property
    def reach(self) -> str:
        """The team, the region, or how far else, in words."""
        return str(self.team or self.region or self.get_scope_display())
