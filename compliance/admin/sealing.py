"""What seals the log, checks it, is asked of it and sent elsewhere: to be read."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import (
    AuditAnchor,
    AuditCheck,
    AuditLeaf,
    AuditPack,
    AuditSeal,
    Ground,
    Installation,
    Population,
    SiemTarget,
)


@admin.register(AuditSeal, site=site)
class AuditSealAdmin(GuardedAdmin):
    """The checkpoints, newest first."""

    see = Verb.READ_AUDIT
    list_display = ("id", "epoch", "size", "root", "key_id", "sealed_at")
    ordering = ("-id",)


@admin.register(AuditAnchor, site=site)
class AuditAnchorAdmin(GuardedAdmin):
    """Where checkpoints are held, and whether they fit the log."""

    see = Verb.READ_AUDIT
    list_display = ("anchored_at", "place", "size", "key_id", "checked_at", "finding")
    list_filter = ("place", "finding")
    list_select_related = ("to",)
    ordering = ("-anchored_at",)


@admin.register(AuditLeaf, site=site)
class AuditLeafAdmin(GuardedAdmin):
    """Where each entry stands. The nodes above have no list: they are worked out."""

    see = Verb.READ_AUDIT
    list_display = ("position", "entry_id")
    search_fields = ("entry_id__exact",)
    ordering = ("-position",)


@admin.register(Installation, site=site)
class InstallationAdmin(GuardedAdmin):
    """Whose log it is."""

    see = Verb.READ_AUDIT
    list_display = ("id", "made_at")


@admin.register(AuditCheck, site=site)
class AuditCheckAdmin(GuardedAdmin):
    """What the checks found."""

    see = Verb.VERIFY_AUDIT
    list_display = ("ended_at", "since", "entries", "seals", "found")
    ordering = ("-ended_at",)


@admin.register(AuditPack, site=site)
class AuditPackAdmin(GuardedAdmin):
    """Who had packs of the log made."""

    see = Verb.VERIFY_AUDIT
    list_display = ("asked_at", "owner", "since", "until", "state", "entries")
    list_select_related = ("owner",)
    ordering = ("-asked_at",)


@admin.register(Population, site=site)
class PopulationAdmin(GuardedAdmin):
    """What was counted before samples were drawn."""

    see = Verb.READ_AUDIT
    list_display = ("made_at", "made_by", "count", "size", "key_id")
    list_select_related = ("made_by",)
    ordering = ("-made_at",)


@admin.register(Ground, site=site)
class GroundAdmin(GuardedAdmin):
    """Who gave a reason, and for what; its words are not for this site."""

    see = Verb.READ_AUDIT
    list_display = ("at", "by", "kind", "about")
    list_filter = ("kind",)
    list_select_related = ("by",)
    ordering = ("-at",)


@admin.register(SiemTarget, site=site)
class SiemTargetAdmin(GuardedAdmin):
    """Who is sent the log; changed on the page SIEM."""

    see = Verb.FORWARD_AUDIT
    list_display = ("name", "kind", "is_active", "sent_at", "sent_count", "last_error")
    ordering = ("name",)
