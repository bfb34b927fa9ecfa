"""Which calls drafts of consent rules would have changed."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.admin.of_calls import OfCallsAdmin
from recordings.models import Flip, Impact


@admin.register(Impact, site=site)
class ImpactAdmin(GuardedAdmin):
    """Runs over the stored calls; they are begun and read on the page of the draft."""

    see = Verb.EDIT_RULE
    list_display = ("id", "rule", "state", "calls", "looked", "judged", "asked_at")
    list_filter = ("state",)
    list_select_related = ("rule",)
    ordering = ("-asked_at", "-id")


@admin.register(Flip, site=site)
class FlipAdmin(OfCallsAdmin):
    """Calls that runs found, of the teams a person may see."""

    see = Verb.VIEW
    team_path = "team_id"
    call_path = "call"
    list_display = ("id", "impact", "call", "team", "direction", "effect")
    list_filter = ("direction", "effect", "team")
    list_select_related = ("impact", "call", "team")
    ordering = ("-id",)
