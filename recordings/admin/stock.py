"""Inventories and what they found, to be read; they are decided on their own page."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import Discrepancy, Inventory


@admin.register(Inventory, site=site)
class InventoryAdmin(GuardedAdmin):
    """Runs over the stores."""

    see = Verb.TAKE_INVENTORY
    list_display = ("id", "store", "state", "keys", "sound", "lost", "asked_at")
    list_filter = ("state", "store")
    ordering = ("-asked_at", "-id")


@admin.register(Discrepancy, site=site)
class DiscrepancyAdmin(GuardedAdmin):
    """Where a store and the database differ, of the teams a person may see."""

    see = Verb.TAKE_INVENTORY
    team_path = "team_id"
    list_display = ("id", "kind", "state", "team", "object_key", "found_at")
    list_filter = ("kind", "state", "store")
    list_select_related = ("team",)
    ordering = ("-found_at", "-id")
