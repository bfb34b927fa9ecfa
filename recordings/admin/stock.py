"""Inventories, what they found, and spills, to be read; pages of their own decide."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import (
    CompensatingControl,
    Discrepancy,
    Inventory,
    SealedListen,
    Spill,
)


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


@admin.register(Spill, site=site)
class SpillAdmin(GuardedAdmin):
    """What should not be on recordings."""

    see = Verb.QUARANTINE
    team_path = "team_id"
    list_display = ("id", "what", "team", "recording", "reported_at")
    list_filter = ("what", "team")
    list_select_related = ("team", "recording")
    ordering = ("-reported_at", "-id")


@admin.register(CompensatingControl, site=site)
class CompensatingControlAdmin(GuardedAdmin):
    """What is done where a spill may not be destroyed."""

    see = Verb.QUARANTINE
    team_path = "team_id"
    list_display = ("id", "team", "owner", "review_on", "opened_at", "closed_at")
    list_filter = ("team",)
    list_select_related = ("team", "owner")
    ordering = ("-opened_at", "-id")


@admin.register(SealedListen, site=site)
class SealedListenAdmin(GuardedAdmin):
    """Who was let to hear what is sealed, and by whom."""

    see = Verb.QUARANTINE
    team_path = "recording__call__team_id"
    list_display = ("id", "recording", "person", "approved_by", "opened_at", "until")
    list_select_related = ("recording", "person", "approved_by")
    ordering = ("-opened_at", "-id")
