"""Copies for people who asked: what was in each, and how it left."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from recordings.models import (
    AccessCopy,
    CopyItem,
    CopyLink,
    CopyReview,
    SilencedRange,
)


@admin.register(AccessCopy, site=site)
class AccessCopyAdmin(GuardedAdmin):
    """The packages; a passphrase that was not given out yet stays sealed."""

    see = Verb.HANDLE_REQUEST
    list_display = ("request", "state", "planned", "given", "asked_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)
    ordering = ("-asked_at", "-id")


@admin.register(CopyItem, site=site)
class CopyItemAdmin(GuardedAdmin):
    """What came of each recording in a copy."""

    see = Verb.HANDLE_REQUEST
    list_display = ("copy", "recording", "sound", "silenced", "withheld")
    list_filter = ("withheld",)
    search_fields = ("recording__id__exact",)
    ordering = ("-id",)


@admin.register(CopyLink, site=site)
class CopyLinkAdmin(GuardedAdmin):
    """The links that were sent, never what they end in."""

    see = Verb.HANDLE_REQUEST
    list_display = ("copy", "made_at", "made_by", "withdrawn_at", "times_taken")
    list_select_related = ("made_by",)
    ordering = ("-made_at", "-id")


@admin.register(CopyReview, site=site)
class CopyReviewAdmin(GuardedAdmin):
    """Who listened for others' voices, and what was decided."""

    see = Verb.HANDLE_REQUEST
    list_display = ("request", "recording", "decision", "by", "at")
    list_filter = ("decision",)
    list_select_related = ("request", "by")
    search_fields = ("recording__id__exact",)
    ordering = ("-at", "-id")


@admin.register(SilencedRange, site=site)
class SilencedRangeAdmin(GuardedAdmin):
    """Which stretches are silent in a copy."""

    see = Verb.HANDLE_REQUEST
    list_display = ("review", "start_ms", "end_ms")
    ordering = ("-id",)
