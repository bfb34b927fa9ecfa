"""The journal, the stops of the sweep, and certificates: to be read."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import (
    Certificate,
    JournalEntry,
    JournalMark,
    JournalPage,
    SweepStop,
)


@admin.register(JournalPage, site=site)
class JournalPageAdmin(GuardedAdmin):
    """What lies in the vault, and what is still owed to it."""

    see = Verb.READ_AUDIT
    list_display = ("id", "name", "written_at", "put_at", "is_foreign", "replayed_at")
    list_filter = ("is_foreign",)
    search_fields = ("name__exact",)
    ordering = ("-id",)


@admin.register(JournalEntry, site=site)
class JournalEntryAdmin(GuardedAdmin):
    """What each page tells."""

    see = Verb.READ_AUDIT
    list_display = ("id", "kind", "item_kind", "item_id", "at", "page")
    list_filter = ("kind",)
    list_select_related = ("page",)
    search_fields = ("item_id__exact",)
    ordering = ("-id",)


@admin.register(JournalMark, site=site)
class JournalMarkAdmin(GuardedAdmin):
    """Up to when the vault was compared with the journal."""

    see = Verb.READ_AUDIT
    list_display = ("only", "compared_at")


@admin.register(SweepStop, site=site)
class SweepStopAdmin(GuardedAdmin):
    """When the database was restored, and when the journal had been replayed."""

    see = Verb.READ_AUDIT
    list_display = ("found_at", "cause", "ended_at")
    ordering = ("-found_at",)


@admin.register(Certificate, site=site)
class CertificateAdmin(GuardedAdmin):
    """Certificates are issued and taken on their own pages."""

    see = Verb.CERTIFY
    team_path = "team_id"
    list_display = ("number", "about", "team", "items", "issued_by", "issued_at")
    list_filter = ("about",)
    list_select_related = ("team", "issued_by")
    ordering = ("-issued_at",)
