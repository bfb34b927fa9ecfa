"""Purges, rehearsals and their frozen lists, to be read: their pages make and follow them."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import Purge, PurgeItem, Rehearsal, RehearsedItem


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


@admin.register(Rehearsal, site=site)
class RehearsalAdmin(GuardedAdmin):
    """What a change would let go earlier, as a second person was asked."""

    see = Verb.EDIT_POLICY
    team_path = "team_id"
    list_display = ("id", "kind", "team", "recordings", "frozen_by", "frozen_at")
    list_filter = ("kind",)
    list_select_related = ("team", "frozen_by")
    search_fields = ("id__exact", "about__exact", "sha256__exact")
    ordering = ("-frozen_at", "-id")


@admin.register(RehearsedItem, site=site)
class RehearsedItemAdmin(GuardedAdmin):
    """What stands on each list."""

    see = Verb.EDIT_POLICY
    team_path = "rehearsal__team_id"
    list_display = ("rehearsal", "item_id", "goes_now", "goes_then")
    list_select_related = ("rehearsal",)
    search_fields = ("item_id__exact", "rehearsal__id__exact")
    ordering = ("-id",)
