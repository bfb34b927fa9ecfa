"""Pauses of the sweep, to be read: they are made and ended on the page of deletions."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import SweepPause


@admin.register(SweepPause, site=site)
class SweepPauseAdmin(GuardedAdmin):
    """Who stopped the sweep, and who let it go on; the reason stays sealed here."""

    see = Verb.STOP_DELETION
    list_display = ("id", "paused_by", "paused_at", "resumed_by", "resumed_at")
    list_select_related = ("paused_by", "resumed_by")
    search_fields = ("id__exact", "paused_by__name")
    ordering = ("-paused_at",)
