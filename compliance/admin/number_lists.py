"""Lists of numbers for policies, to be read; they are kept on the pages under Retention."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import NumberList, NumberListChange, NumberListMember


@admin.register(NumberList, site=site)
class NumberListAdmin(GuardedAdmin):
    """What a policy may go by."""

    see = Verb.EDIT_NUMBER_LIST
    team_path = "team_id"
    list_display = ("name", "team", "made_by", "made_at")
    list_select_related = ("team", "made_by")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(NumberListMember, site=site)
class NumberListMemberAdmin(GuardedAdmin):
    """Numbers stay masked."""

    see = Verb.EDIT_NUMBER_LIST
    team_path = "number_list__team_id"
    list_display = ("number_list", "number", "added_by", "added_at")
    list_select_related = ("number_list", "number", "added_by")
    ordering = ("-added_at", "-id")


@admin.register(NumberListChange, site=site)
class NumberListChangeAdmin(GuardedAdmin):
    """How many numbers came and left, and when."""

    see = Verb.EDIT_NUMBER_LIST
    team_path = "number_list__team_id"
    list_display = ("number_list", "added", "removed", "edition", "changed_at")
    list_select_related = ("number_list",)
    ordering = ("-changed_at", "-id")
