"""Requests of people, to be found by who handles them: they are worked on their own
pages; names and words stay sealed here."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import (
    ExternalCustodian,
    ExternalTask,
    FormEntry,
    IdentityCheck,
    IdentityEvidence,
    NumberCode,
    PlanItem,
    PlanTrace,
    RecipientNotice,
    RequestLetter,
    RequestNote,
    RequestPause,
    RequestPlan,
    RequestSubject,
    RequestTexts,
    SubjectRequest,
)


class RequestPart(GuardedAdmin):
    """What hangs on a request."""

    see = Verb.HANDLE_REQUEST


@admin.register(SubjectRequest, site=site)
class SubjectRequestAdmin(RequestPart):
    """Which requests there are, under which law, and how they ended."""

    list_display = (
        "reference",
        "kind",
        "law",
        "channel",
        "received_at",
        "due_at",
        "identity",
        "outcome",
    )
    list_filter = ("kind", "law", "channel", "identity", "outcome")
    search_fields = ("reference__exact", "id__exact")
    ordering = ("-received_at", "-id")


@admin.register(RequestTexts, site=site)
class RequestTextsAdmin(RequestPart):
    """That there are texts; not which."""

    list_display = ("request",)
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)


@admin.register(RequestPause, site=site)
class RequestPauseAdmin(RequestPart):
    """When clocks stood still, and for what."""

    list_display = ("request", "cause", "since", "until")
    list_filter = ("cause",)
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)


@admin.register(RequestNote, site=site)
class RequestNoteAdmin(RequestPart):
    """Who wrote about what, and when."""

    list_display = ("request", "about", "by", "at")
    list_filter = ("about",)
    list_select_related = ("request", "by")
    search_fields = ("request__reference__exact",)


@admin.register(RequestSubject, site=site)
class RequestSubjectAdmin(RequestPart):
    """What is linked to a request, and who confirmed it."""

    list_display = ("request", "kind", "number", "source", "confirmed_at")
    list_filter = ("kind", "source")
    list_select_related = ("request", "number")
    search_fields = ("request__reference__exact",)


@admin.register(IdentityCheck, site=site)
class IdentityCheckAdmin(RequestPart):
    """How it was looked who asks, and what came of it."""

    list_display = ("request", "method", "points", "passed", "by", "at")
    list_filter = ("method", "passed")
    list_select_related = ("request", "by")
    search_fields = ("request__reference__exact",)


@admin.register(IdentityEvidence, site=site)
class IdentityEvidenceAdmin(RequestPart):
    """That there is evidence: none once a request is closed."""

    list_display = ("check_row",)
    search_fields = ("check_row__request__reference__exact",)


@admin.register(NumberCode, site=site)
class NumberCodeAdmin(RequestPart):
    """Codes that were sent, and whether they were used."""

    list_display = ("subject", "sent_at", "sent_by", "expires_at", "tries", "used_at")
    list_select_related = ("subject", "sent_by")
    search_fields = ("subject__request__reference__exact",)


@admin.register(FormEntry, site=site)
class FormEntryAdmin(RequestPart):
    """Forms that wait for their mail to be confirmed."""

    list_display = ("id", "made_at", "expires_at", "confirmed_at")
    search_fields = ("id__exact",)


@admin.register(RequestLetter, site=site)
class RequestLetterAdmin(RequestPart):
    """Letters, and how far they are."""

    list_display = ("request", "kind", "language", "state", "made_at", "sent_at")
    list_filter = ("kind", "state", "language")
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)


@admin.register(RequestPlan, site=site)
class RequestPlanAdmin(RequestPart):
    """Plans, and how far they are."""

    list_display = ("request", "state", "made_by", "made_at", "frozen_at", "ended_at")
    list_select_related = ("request", "made_by")
    list_filter = ("state",)
    search_fields = ("request__reference__exact", "id__exact")
    ordering = ("-made_at", "-id")


@admin.register(PlanItem, site=site)
class PlanItemAdmin(RequestPart):
    """What becomes of which thing."""

    list_display = ("item_id", "plan", "treatment", "ground", "until", "fate")
    list_filter = ("treatment", "ground", "fate")
    search_fields = ("item_id__exact", "plan__id__exact")
    ordering = ("-id",)


@admin.register(PlanTrace, site=site)
class PlanTraceAdmin(RequestPart):
    """How many rows of a kind were found, and went."""

    list_display = ("plan", "kind", "found", "spared", "erased", "done_at")
    list_filter = ("kind",)
    search_fields = ("plan__id__exact",)
    ordering = ("-id",)


@admin.register(ExternalCustodian, site=site)
class ExternalCustodianAdmin(RequestPart):
    """Who else holds data of callers; changed on a page of their own."""

    list_display = ("name", "role", "region", "retention", "since", "until")
    list_filter = ("role",)
    search_fields = ("name", "id__exact")


@admin.register(ExternalTask, site=site)
class ExternalTaskAdmin(RequestPart):
    """Who was asked about which request, and how far it is."""

    list_display = ("request", "custodian", "state", "asked_at", "due_at", "done_at")
    list_filter = ("state",)
    list_select_related = ("request", "custodian")
    search_fields = ("request__reference__exact",)


@admin.register(RecipientNotice, site=site)
class RecipientNoticeAdmin(RequestPart):
    """That recipients were told; not who they are."""

    list_display = ("request", "change", "language", "state", "given_at", "at")
    list_filter = ("change", "state")
    list_select_related = ("request",)
    search_fields = ("request__reference__exact",)
