"""What seals the log, and what of it is held outside: to be read."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import AuditAnchor, AuditSeal


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
