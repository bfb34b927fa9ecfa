"""Calls, their parties, consent and recordings."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.templatetags.earwitness import duration
from recordings.admin.of_calls import OfCallsAdmin
from recordings.models import (
    Call,
    CallLabel,
    ConsentRecord,
    ConsentVerdict,
    Party,
    Pause,
    Recording,
    Rendition,
    Room,
    ToldEvent,
    Waveform,
)


@admin.register(Room, site=site)
class RoomAdmin(GuardedAdmin):
    """Rooms without their names, which may hold numbers."""

    see = Verb.VIEW
    list_display = ("sid", "started_at", "finished_at")
    search_fields = ("sid__exact",)
    ordering = ("-started_at",)


@admin.register(Call, site=site)
class CallAdmin(OfCallsAdmin):
    """Calls of the teams a person may see."""

    team_path = "team_id"
    list_display = (
        "id",
        "started_at",
        "team",
        "direction",
        "length",
        "consent",
        "capture",
        "expires_at",
    )
    list_filter = ("team", "direction", "consent", "capture")
    list_select_related = ("team",)
    search_fields = ("id__exact", "room__sid__exact", "provider_call_id__exact")
    ordering = ("-started_at", "-id")

    @admin.display(description=_("length"), ordering="duration_ms")
    def length(self, call: Call) -> str:
        """As the pages write it."""
        return duration(call.duration_ms)


@admin.register(Party, site=site)
class PartyAdmin(OfCallsAdmin):
    """Who was on a call; names stay sealed, numbers masked."""

    team_path = "call__team_id"
    list_display = ("id", "call", "role", "number", "language", "joined_at", "left_at")
    list_filter = ("role", "direction")
    list_select_related = ("call", "number")
    search_fields = ("call__id__exact", "participant_sid__exact")
    ordering = ("-joined_at", "-id")


@admin.register(CallLabel, site=site)
class CallLabelAdmin(OfCallsAdmin):
    """Labels and references of calls."""

    team_path = "call__team_id"
    list_display = ("call", "key", "value")
    list_filter = ("key",)
    list_select_related = ("call",)
    search_fields = ("value__exact",)
    ordering = ("-id",)


@admin.register(Recording, site=site)
class RecordingAdmin(OfCallsAdmin):
    """The parts of calls, with every stored fact, and no way to hear them."""

    team_path = "call__team_id"
    list_display = (
        "id",
        "call",
        "part",
        "state",
        "reason",
        "length",
        "bytes",
        "started_at",
        "expires_at",
    )
    list_filter = ("state", "reason", "is_partial", "store")
    list_select_related = ("call",)
    search_fields = ("id__exact", "call__id__exact", "egress_id__exact")
    ordering = ("-planned_at", "-id")

    @admin.display(description=_("length"), ordering="duration_ms")
    def length(self, recording: Recording) -> str:
        """As the pages write it."""
        return duration(recording.duration_ms)


@admin.register(Rendition, site=site)
class RenditionAdmin(OfCallsAdmin):
    """Files that were made of recordings, and no way to take them."""

    team_path = "recording__call__team_id"
    list_display = ("recording", "form", "state", "bytes", "settled_at", "expires_at")
    list_filter = ("form", "state")
    list_select_related = ("recording",)
    search_fields = ("recording__id__exact",)
    ordering = ("-asked_at", "-id")


@admin.register(Waveform, site=site)
class WaveformAdmin(OfCallsAdmin):
    """That there is a chart; its numbers say nothing to a reader."""

    team_path = "recording__call__team_id"
    list_display = ("recording",)
    list_select_related = ("recording",)
    ordering = ("pk",)


@admin.register(ConsentRecord, site=site)
class ConsentRecordAdmin(OfCallsAdmin):
    """What was reported, append-only."""

    team_path = "call__team_id"
    list_display = ("call", "kind", "by", "occurred_at", "script", "reported_by")
    list_filter = ("kind", "by", "language")
    list_select_related = ("call", "reported_by")
    search_fields = ("call__id__exact",)
    ordering = ("-occurred_at", "-id")


@admin.register(Pause, site=site)
class PauseAdmin(OfCallsAdmin):
    """When a call was not to be recorded, who asked, and how it ended."""

    team_path = "call__team_id"
    list_display = ("call", "reason", "asked_at", "confirmed_at", "ended_at", "end")
    list_filter = ("reason", "end")
    list_select_related = ("call",)
    search_fields = ("call__id__exact",)
    ordering = ("-asked_at", "-id")


@admin.register(ConsentVerdict, site=site)
class ConsentVerdictAdmin(OfCallsAdmin):
    """What the law said, with its reasons."""

    team_path = "call__team_id"
    list_display = ("call", "number", "announce", "made_at")
    list_filter = ("announce",)
    list_select_related = ("call",)
    search_fields = ("call__id__exact",)
    ordering = ("-made_at", "-id")


@admin.register(ToldEvent, site=site)
class ToldEventAdmin(OfCallsAdmin):
    """Events told of calls; the API tells them."""

    team_path = "call__team_id"
    list_display = ("call", "event", "occurred_at", "told_by", "told_at", "replaced_at")
    list_filter = ("event",)
    list_select_related = ("call", "event", "told_by")
    search_fields = ("call__id__exact",)
    ordering = ("-told_at", "-id")
