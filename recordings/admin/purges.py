"""Purges and their frozen lists, to be read: they are made and followed on their pages."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import Purge, PurgeItem


@admin.register(Purge, site=site)
class PurgeAdmin(GuardedAdmin):
    """What was frozen by whom, and how it ended; the filter stays sealed here."""

    see = Verb.PURGE
    team_path = "team_id"
    list_display = ("id", "team", "state", "recordings", "frozen_by", "frozen_at")
    list_filter = ("state",)
    list_select_related = ("team", "frozen_by")
    search_fields = ("id__exact", "sha256__exact")
    ordering = ("-frozen_at", "-id")


@admin.register(PurgeItem, site=site)
class PurgeItemAdmin(GuardedAdmin):
    """What stands on each list, and what became of it."""

    see = Verb.PURGE
    team_path = "purge__team_id"
    list_display = ("purge", "item_id", "goes_at", "fate")
    list_filter = ("fate",)
    list_select_related = ("purge",)
    search_fields = ("item_id__exact", "purge__id__exact")
    ordering = ("-id",)
