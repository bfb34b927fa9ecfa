"""Who else holds data of callers: the list, what is offered to begin with, and each one."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import ExternalCustodian
from compliance.requests import external_custodians
from compliance.retention import wording
from compliance.retention.periods import legal_calendar
from compliance.web.external_form import CustodianForm

UNPROCESSABLE = 422


@dataclass(frozen=True)
class Shown:
    """One custodian as the list draws it. keeps: its time in words, '' if unknown."""

    custodian: ExternalCustodian
    keeps: str


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def listed(request: HttpRequest) -> HttpResponse:
    """All of them, and the presets nobody has made his own yet."""
    shown = [
        Shown(one, wording.period(one.retention))
        for one in external_custodians.listed()
    ]
    context = {
        "shown": shown,
        "in_use": sum(one.custodian.until is None for one in shown),
        "offered": external_custodians.unreviewed(),
    }
    return render(request, "compliance/external_custodians.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def new(request: HttpRequest) -> HttpResponse:
    """Put one down, from nothing or from a preset."""
    today = legal_calendar().day_of(timezone.now())
    offered = external_custodians.preset(request.GET.get("preset", ""))
    row = ExternalCustodian(preset=offered.code if offered else "")
    begun = {"since": today} | (offered.told() if offered else {})
    form = CustodianForm(request.POST or None, instance=row, initial=begun)
    return _edited(request, form, is_offer=offered is not None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def edit(request: HttpRequest, custodian_id: UUID) -> HttpResponse:
    """Change one that has not ended; tasks that are there stay as they are."""
    row = get_object_or_404(ExternalCustodian, pk=custodian_id, until=None)
    form = CustodianForm(request.POST or None, instance=row)
    return _edited(request, form, name=row.name)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def end(request: HttpRequest, custodian_id: UUID) -> HttpResponse:
    """It holds nothing any more: later requests do not ask it."""
    row = get_object_or_404(ExternalCustodian, pk=custodian_id)
    external_custodians.end(custodian=row, by=person_of(request), now=timezone.now())
    messages.success(request, _("%(name)s has ended.") % {"name": row.name})
    return redirect("external-custodians")


def _edited(
    request: HttpRequest, form: CustodianForm, *, is_offer: bool = False, name: str = ""
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        if form.is_valid():
            row = form.save(commit=False)
            external_custodians.save(row, by=person_of(request), now=timezone.now())
            messages.success(request, _("%(name)s is saved.") % {"name": row.name})
            return redirect("external-custodians")
        status = UNPROCESSABLE
    context = {"form": form, "is_offer": is_offer, "name": name}
    if name:
        context["custodian"] = form.instance
    return render(
        request, "compliance/external_custodian_edit.html", context, status=status
    )
