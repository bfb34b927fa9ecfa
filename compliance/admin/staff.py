"""Under which identities staff take part in calls: set on a person, read here."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import StaffIdentity


@admin.register(StaffIdentity, site=site)
class StaffIdentityAdmin(GuardedAdmin):
    """Whose, since when, given by whom."""

    see = Verb.GRANT_ROLE
    list_display = ("person", "given_at", "given_by", "ended_at")
    list_select_related = ("person", "given_by")
    search_fields = ("person__name",)
    ordering = ("-given_at",)
