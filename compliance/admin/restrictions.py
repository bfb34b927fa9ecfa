"""Restricted processing, to be read: it is placed and lifted on its own pages; the words
stay sealed here."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import RequestRestriction, Restriction


@admin.register(Restriction, site=site)
class RestrictionAdmin(GuardedAdmin):
    """What is restricted, on which ground, and how that ended."""

    see = Verb.RESTRICT
    list_display = ("kind", "item_id", "ground", "request", "placed_at", "end")
    list_filter = ("ground", "end")
    list_select_related = ("request",)
    search_fields = ("item_id__exact", "id__exact", "request__reference__exact")
    ordering = ("-placed_at", "-id")


@admin.register(RequestRestriction, site=site)
class RequestRestrictionAdmin(GuardedAdmin):
    """Which requests restrict, and how far that is."""

    see = Verb.HANDLE_REQUEST
    list_display = ("request", "ground", "since", "listed_at", "lifted_at")
    list_filter = ("ground",)
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)
    ordering = ("-since", "-id")
