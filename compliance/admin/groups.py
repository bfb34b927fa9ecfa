"""What the identity provider's groups give here."""

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.access import group_roles
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.admin.base import GuardedAdmin, actor
from compliance.admin.people import ReachForm
from compliance.admin.site import site
from compliance.models import GroupRole


class GroupRoleForm(ReachForm):
    """Which group gives which role, how far."""

    class Meta:
        model = GroupRole
        fields = ["group", "role", "team", "region"]
        help_texts = {
            "team": _("Empty, like the region: the role reaches everything"),
        }


@admin.register(GroupRole, site=site)
class GroupRoleAdmin(GuardedAdmin):
    """Written down and ended; what stands is never changed."""

    see = edit = Verb.GRANT_ROLE
    form = GroupRoleForm
    list_display = ("group", "role", "reach", "made_by", "made_at", "ended_at")
    list_filter = ("role", "scope", "team", "region")
    list_select_related = ("team", "region", "made_by")
    search_fields = ("group",)
    autocomplete_fields = ("team", "region")
    ordering = ("group", "role")
    actions = ("end_now",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the list offers 'end now', and a row opens to be read."""
        return False

    @admin.display(description=_("reaches"))
    def reach(self, role_of: GroupRole) -> str:
        """The team, the region, or everything."""
        return str(role_of.team or role_of.region or role_of.get_scope_display())

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Through the use case."""
        given = group_roles.give(
            group=obj.group,
            role=Role(obj.role),
            by=actor(request),
            region=obj.region,
            team=obj.team,
        )
        obj.pk = given.pk
        messages.info(request, _("It holds from each person's next sign-in on."))

    @admin.action(description=_("End the chosen roles of groups now"))
    def end_now(
        self, request: HttpRequest, chosen: "models.QuerySet[GroupRole]"
    ) -> None:
        """Through the use case; who has the role from there loses it."""
        for role_of in chosen:
            group_roles.end(role_of=role_of, by=actor(request), now=timezone.now())
        messages.info(request, _("The roles of the groups have ended."))
