"""What the people who run the system look after."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import Alert, LiveKitEvent, Trunk


@admin.register(Trunk, site=site)
class TrunkAdmin(GuardedAdmin):
    """Which trunk belongs to which team; edits arrive in the log as diffs."""

    see = edit = Verb.EDIT_TRUNK
    team_path = "team_id"
    list_display = ("name", "livekit_id", "team", "number", "country", "purposes")
    list_filter = ("team", "country")
    list_select_related = ("team", "number")
    search_fields = ("name", "livekit_id")
    raw_id_fields = ("number",)
    ordering = ("name",)


@admin.register(Alert, site=site)
class AlertAdmin(GuardedAdmin):
    """Open and closed matters; they are closed on their own page."""

    see = Verb.OPERATE
    team_path = "team_id"
    list_display = ("kind", "subject", "team", "detail", "opened_at", "closed_at")
    list_filter = ("kind", "team", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    search_fields = ("subject__exact",)
    ordering = ("-opened_at", "-id")


@admin.register(LiveKitEvent, site=site)
class LiveKitEventAdmin(GuardedAdmin):
    """The inbox, without what the events say."""

    see = Verb.OPERATE
    list_display = (
        "id",
        "name",
        "state",
        "attempt",
        "happened_at",
        "received_at",
        "error",
    )
    list_filter = ("state", "name")
    search_fields = ("id__exact", "room_sid__exact", "egress_id__exact")
    ordering = ("-received_at", "-id")
