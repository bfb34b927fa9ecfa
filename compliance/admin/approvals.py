"""What takes two people, to be searched and read: it is decided on the page of approvals."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import Approval, Deputy


@admin.register(Approval, site=site)
class ApprovalAdmin(GuardedAdmin):
    """Who asked for what, who decided, and what became of it."""

    see = Verb.GRANT_ROLE
    list_display = ("kind", "state", "asked_by", "asked_at", "decided_by", "ended_at")
    list_filter = ("state", "kind")
    list_select_related = ("asked_by", "decided_by")
    search_fields = ("asked_by__name", "decided_by__name", "sha256")
    ordering = ("-asked_at", "-id")


@admin.register(Deputy, site=site)
class DeputyAdmin(GuardedAdmin):
    """Who approves in whose place, and how long."""

    see = Verb.GRANT_ROLE
    list_display = ("person", "deputy", "since", "until")
    list_select_related = ("person", "deputy")
    search_fields = ("person__name", "deputy__name")
    ordering = ("-since", "id")
