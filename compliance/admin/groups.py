"""Groups and who belongs to them."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.access import groups, role_approvals
from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import Approval, Group


@admin.register(Group, site=site)
class GroupAdmin(GuardedAdmin):
    """Members are put in and taken out by the use cases, or by the identity provider."""

    see = edit = Verb.GRANT_ROLE
    fields = ("name", "members", "external_id")
    list_display = ("name", "external_id")
    search_fields = ("name",)
    autocomplete_fields = ("members",)
    ordering = ("name",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        """What the identity provider tells is not changed here."""
        if obj is None:
            return ()
        told = ("external_id", "members", "name")
        return told if groups.is_told(obj) else ("external_id",)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """A new one through the use case; a new name is a diff."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            made = groups.make(
                name=obj.name, external_id=obj.external_id, by=person_of(request)
            )
            obj.pk = made.pk

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: Any
    ) -> None:
        """Each member through the use case: some are refused, and all are entries."""
        group, by = Group.objects.get(pk=form.instance.pk), person_of(request)
        if "members" not in form.cleaned_data or groups.is_told(group):
            return
        wanted, present = set(form.cleaned_data["members"]), set(group.members.all())
        for person in present - wanted:
            groups.leave(group=group, person=person, by=by)
        for person in wanted - present:
            joined = role_approvals.join(
                group=group, person=person, by=by, now=timezone.now()
            )
            if isinstance(joined, Approval):
                messages.warning(
                    request,
                    _("%(name)s joins once a second person has approved it.")
                    % {"name": person.name},
                )
