"""Who was served what, and who was given a copy."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import Person
from recordings import hold_listening
from recordings.admin.of_calls import OfCallsAdmin
from recordings.models import (
    Disclosure,
    EmergencyListen,
    Export,
    ExportedCall,
    Listen,
    ProducedItem,
    Production,
    SavedSearch,
    Volume,
)


@admin.register(Listen, site=site)
class ListenAdmin(OfCallsAdmin):
    """Listens, for who may know of them; reasons stay sealed."""

    see = Verb.WHO_LISTENED
    team_path = "recording__call__team_id"
    list_display = (
        "recording",
        "listener",
        "purpose",
        "opened_at",
        "links_served",
        "heard_ms",
    )
    list_filter = ("purpose",)
    list_select_related = ("recording", "listener")
    search_fields = ("recording__id__exact", "listener__name")
    ordering = ("-opened_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Listen]:
        """Without those for confidential holds that the viewer may not see."""
        rows: QuerySet[Listen] = super().get_queryset(request)
        if not isinstance(request.user, Person):
            return rows.none()
        return hold_listening.known_to(request.user, rows)


@admin.register(EmergencyListen, site=site)
class EmergencyListenAdmin(OfCallsAdmin):
    """What was heard in an emergency; judged on its own page, remarks stay sealed."""

    see = Verb.WHO_LISTENED
    team_path = "team_id"
    call_path = "listen__recording__call"
    list_display = ("listener", "team", "opened_at", "judgement", "judged_by")
    list_filter = ("judgement",)
    list_select_related = ("listener", "team", "judged_by")
    ordering = ("-opened_at", "-id")


@admin.register(Disclosure, site=site)
class DisclosureAdmin(OfCallsAdmin):
    """Copies that left the portal; to whom stays sealed here."""

    see = Verb.WHO_LISTENED
    team_path = "recording__call__team_id"
    list_display = ("recording", "by", "purpose", "at")
    list_filter = ("purpose",)
    list_select_related = ("recording", "by")
    search_fields = ("recording__id__exact",)
    ordering = ("-at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Disclosure]:
        """Without those for confidential holds that the viewer may not see."""
        rows: QuerySet[Disclosure] = super().get_queryset(request)
        if not isinstance(request.user, Person):
            return rows.none()
        return hold_listening.known_to(request.user, rows)


@admin.register(SavedSearch, site=site)
class SavedSearchAdmin(GuardedAdmin):
    """That a search was kept, by whom; what for stays sealed."""

    see = Verb.SEARCH_PERSON
    list_display = ("id", "owner", "is_shared", "made_at")
    list_filter = ("is_shared",)
    list_select_related = ("owner",)
    ordering = ("-made_at", "-id")


@admin.register(Export, site=site)
class ExportAdmin(GuardedAdmin):
    """Lists of calls that became files: whose, how long, and until when."""

    see = Verb.WHO_LISTENED
    list_display = ("id", "owner", "state", "rows", "asked_at", "expires_at")
    list_filter = ("state",)
    list_select_related = ("owner",)
    search_fields = ("id__exact", "owner__name")
    ordering = ("-asked_at", "-id")


@admin.register(ExportedCall, site=site)
class ExportedCallAdmin(OfCallsAdmin):
    """Which calls a file held: for the answer to a person who asks."""

    see = Verb.WHO_LISTENED
    call_path = "call"
    list_display = ("call", "export")
    search_fields = ("call__id__exact",)
    ordering = ("-id",)


@admin.register(Production, site=site)
class ProductionAdmin(GuardedAdmin):
    """What was produced for which class of recipient; to whom stays sealed here."""

    see = Verb.PRODUCE
    team_path = "team_id"
    list_display = ("id", "to", "state", "calls", "recordings", "due_at", "asked_by")
    list_filter = ("state", "to")
    list_select_related = ("asked_by",)
    search_fields = ("id__exact",)
    ordering = ("-asked_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Production]:
        """Without those of confidential holds that the viewer may not see."""
        rows: QuerySet[Production] = super().get_queryset(request)
        if not isinstance(request.user, Person):
            return rows.none()
        known = hold_listening.productions_known_to(request.user)
        return rows.filter(pk__in=known.values("pk"))


@admin.register(Volume, site=site)
class VolumeAdmin(GuardedAdmin):
    """The files of productions, and how often each was taken."""

    see = Verb.PRODUCE
    team_path = "production__team_id"
    list_display = ("production", "number", "state", "items", "size", "times_taken")
    list_filter = ("state",)
    search_fields = ("production__id__exact",)
    ordering = ("-asked_at", "number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Volume]:
        """Without those of confidential holds that the viewer may not see."""
        rows: QuerySet[Volume] = super().get_queryset(request)
        if not isinstance(request.user, Person):
            return rows.none()
        known = hold_listening.productions_known_to(request.user)
        return rows.filter(production__in=known)


@admin.register(ProducedItem, site=site)
class ProducedItemAdmin(GuardedAdmin):
    """Which recordings a production held, and what came of each."""

    see = Verb.PRODUCE
    team_path = "call__team_id"
    list_display = ("production", "call", "recording", "problem")
    list_filter = ("problem",)
    search_fields = ("call__id__exact", "recording__id__exact")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProducedItem]:
        """Without those of confidential holds that the viewer may not see."""
        rows: QuerySet[ProducedItem] = super().get_queryset(request)
        if not isinstance(request.user, Person):
            return rows.none()
        known = hold_listening.productions_known_to(request.user)
        return rows.filter(production__in=known)
