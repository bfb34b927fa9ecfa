"""Regions, teams, and the law they work under."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import (
    ClockEvent,
    ConsentRule,
    DestructionReceipt,
    PhoneNumber,
    RecordingDuty,
    Region,
    RetentionPolicy,
    StandingConsent,
    StandingNotice,
    Team,
)


@admin.register(Region, site=site)
class RegionAdmin(GuardedAdmin):
    """Edits arrive in the log as diffs."""

    see = edit = Verb.EDIT_TEAM
    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Team, site=site)
class TeamAdmin(GuardedAdmin):
    """Edits arrive in the log as diffs."""

    see = edit = Verb.EDIT_TEAM
    team_path = "id"
    list_display = ("name", "region", "seat", "purposes", "ask_reason", "on_withdrawal")
    list_filter = ("region", "ask_reason", "on_withdrawal", "strict")
    list_select_related = ("region",)
    search_fields = ("name",)
    ordering = ("name",)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """A duty is chosen by its name: which version of it holds, the day says."""
        if db_field.name == "duty":
            kwargs["form_class"] = _DutyField
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class _DutyField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, duty: RecordingDuty) -> str:
        return f"{duty.code}: {duty.name}"


@admin.register(ConsentRule, site=site)
class ConsentRuleAdmin(GuardedAdmin):
    """Versions and drafts (version 0) are read here; drafts are written on the rule's
    own page."""

    see = Verb.EDIT_RULE
    list_display = (
        "place",
        "place_name",
        "version",
        "level",
        "announce",
        "effective_from",
        "reviewed_by",
        "published_at",
    )
    list_filter = ("level", "announce", "confidence")
    list_select_related = ("reviewed_by",)
    search_fields = ("place", "place_name", "citation")
    ordering = ("place", "-version")


@admin.register(RecordingDuty, site=site)
class RecordingDutyAdmin(GuardedAdmin):
    """Versions are read here; a new one is written on the duty's own page."""

    see = Verb.EDIT_RULE
    list_display = (
        "code",
        "name",
        "version",
        "on_refusal",
        "on_failure",
        "effective_from",
        "reviewed_by",
    )
    list_filter = ("on_refusal", "on_failure", "confidence")
    list_select_related = ("reviewed_by",)
    search_fields = ("code", "name", "citation")
    ordering = ("code", "-version")


@admin.register(RetentionPolicy, site=site)
class RetentionPolicyAdmin(GuardedAdmin):
    """Versions are read here; they are written on the pages under Retention."""

    see = Verb.EDIT_POLICY
    team_path = "team_id"
    list_display = (
        "name",
        "version",
        "team",
        "keep_at_least",
        "delete_after",
        "adopted_by",
        "published_at",
    )
    list_filter = ("team", "is_ended")
    list_select_related = ("team", "adopted_by")
    search_fields = ("name", "code", "citation")
    ordering = ("name", "-version")


@admin.register(ClockEvent, site=site)
class ClockEventAdmin(GuardedAdmin):
    """Events that start clocks; they are named and ended on the page under Retention."""

    see = Verb.EDIT_POLICY
    list_display = ("code", "name", "added_by", "added_at", "ended_at")
    list_select_related = ("added_by",)
    search_fields = ("code", "name")
    ordering = ("code",)


@admin.register(DestructionReceipt, site=site)
class DestructionReceiptAdmin(GuardedAdmin):
    """Proofs are read, never touched."""

    see = Verb.VIEW
    team_path = "team_id"
    list_display = (
        "item_kind",
        "item_id",
        "reason",
        "versions",
        "bytes",
        "destroyed_at",
    )
    list_filter = ("item_kind", "reason")
    search_fields = ("item_id",)
    ordering = ("-destroyed_at",)


@admin.register(StandingConsent, site=site)
class StandingConsentAdmin(GuardedAdmin):
    """Read here; recorded and withdrawn on the page of the lists, or by the API."""

    see = Verb.KEEP_CONSENT
    team_path = "team_id"
    list_display = ("number", "team", "purposes", "expires_at", "withdrawn_at")
    list_filter = ("source", "team")
    list_select_related = ("number", "team")
    ordering = ("-recorded_at", "-id")


@admin.register(StandingNotice, site=site)
class StandingNoticeAdmin(GuardedAdmin):
    """Read here; put on file on the page of the lists."""

    see = Verb.EDIT_LIST
    list_display = ("team", "person", "version", "given_on", "until")
    list_filter = ("team",)
    list_select_related = ("team", "person")
    ordering = ("-given_on", "-id")


@admin.register(PhoneNumber, site=site)
class PhoneNumberAdmin(GuardedAdmin):
    """Numbers stay masked; a whole one is revealed on the call's page, by its verb."""

    see = Verb.VIEW
    fields = ("id", "masked", "country")
    readonly_fields = ("id", "masked")
    list_display = ("id", "masked", "country")
    list_filter = ("country",)
    ordering = ("id",)

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The fields above are all there are."""
        return []
