"""What the directory tells, to be searched and read: it is changed there."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import DirectoryAccount, DirectoryGroup


@admin.register(DirectoryAccount, site=site)
class DirectoryAccountAdmin(GuardedAdmin):
    """Who came from the directory, under which name, and who is gone there."""

    see = Verb.GRANT_ROLE
    list_display = ("user_name", "person", "active", "changed_at", "removed_at")
    list_filter = ("active",)
    list_select_related = ("person",)
    search_fields = ("user_name", "external_id", "person__name")
    ordering = ("user_name",)


@admin.register(DirectoryGroup, site=site)
class DirectoryGroupAdmin(GuardedAdmin):
    """Which groups the directory fills."""

    see = Verb.GRANT_ROLE
    list_display = ("group", "external_id", "changed_at", "removed_at")
    list_select_related = ("group",)
    search_fields = ("external_id", "group__name")
    ordering = ("group__name",)
