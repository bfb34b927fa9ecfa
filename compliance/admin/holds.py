"""Legal holds, to be searched and read by who may see them: they are placed and released
on their own pages; matter and scope stay sealed here."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import Hold, HoldItem


@admin.register(Hold, site=site)
class HoldAdmin(GuardedAdmin):
    """Which holds there are, since when, and how far their release is."""

    see = Verb.VIEW_HOLD
    team_path = "team_id"
    list_display = ("id", "team", "state", "placed_by", "placed_at", "cools_until")
    list_filter = ("state", "is_confidential")
    list_select_related = ("team", "placed_by")
    search_fields = ("id__exact", "placed_by__name")
    ordering = ("-placed_at", "-id")


@admin.register(HoldItem, site=site)
class HoldItemAdmin(GuardedAdmin):
    """What each hold has caught, and what the store says of it."""

    see = Verb.VIEW_HOLD
    team_path = "hold__team_id"
    list_display = ("hold", "kind", "item_id", "state", "caught_at", "store")
    list_filter = ("state", "store")
    list_select_related = ("hold",)
    search_fields = ("item_id__exact", "hold__id__exact")
    ordering = ("-id",)
