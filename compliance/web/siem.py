"""The systems that are sent the audit log: how far each has it, and what keeps it."""

from dataclasses import dataclass
from datetime import datetime
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

from compliance import siem, tasks
from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.audit.forward import cursor
from compliance.audit.forward.sending import TAKEN
from compliance.models import SiemTarget
from compliance.publish import publish_after_commit
from compliance.web import siem_words
from compliance.web.siem_form import ChangedReceiverForm, NewReceiverForm


@dataclass(frozen=True)
class Shown:
    """One receiver as the page shows it."""

    target: SiemTarget
    lag: cursor.Lag
    seconds: int
    error: str
    test: str
    is_test_good: bool


@require_safe
@never_cache
@guarded(Verb.FORWARD_AUDIT)
def listed(request: HttpRequest) -> HttpResponse:
    """Every receiver, with how far it is behind."""
    now = timezone.now()
    shown = [_shown(target, now) for target in SiemTarget.objects.all()]
    context = {
        "receivers": shown,
        "in_use": sum(one.target.is_active for one in shown),
        "failing": sum(bool(one.error) for one in shown if one.target.is_active),
        "is_test_waiting": any(one.target.is_test_waiting for one in shown),
        "most": cursor.COUNTED,
    }
    return render(request, "compliance/siem.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.FORWARD_AUDIT)
def add(request: HttpRequest) -> HttpResponse:
    """Make a receiver. A secret of ours stands in this one answer and nowhere else."""
    form = NewReceiverForm(request.POST or None)
    if request.method == "POST":
        step_up.require(request, Verb.FORWARD_AUDIT)
        if form.is_valid():
            target, said = form.save(commit=False), form.cleaned_data
            secret = siem.make(
                target,
                secret=said["secret"],
                whole=said["whole"],
                by=person_of(request),
                now=timezone.now(),
            )
            return _told(request, target, secret)
    return render(request, "compliance/siem_edit.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.FORWARD_AUDIT)
def edit(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Change a receiver, or switch it off."""
    target = get_object_or_404(SiemTarget, pk=target_id)
    name = target.name
    form = ChangedReceiverForm(request.POST or None, instance=target)
    if request.method == "POST":
        step_up.require(request, Verb.FORWARD_AUDIT)
        if form.is_valid():
            secret = siem.change(
                form.save(commit=False),
                secret=form.cleaned_data.get("secret", ""),
                renew=form.cleaned_data.get("renew", False),
                by=person_of(request),
            )
            return _told(request, target, secret)
    context = {"form": form, "target": target, "name": name}
    return render(request, "compliance/siem_edit.html", context)


@require_POST
@guarded(Verb.FORWARD_AUDIT)
def test(request: HttpRequest, target_id: UUID) -> HttpResponse:
    """Send a test; the answer stands in the list as soon as it is there."""
    target = get_object_or_404(SiemTarget, pk=target_id)
    siem.try_out(target, by=person_of(request))
    publish_after_commit(tasks.forward_audit, target_id=str(target.pk))
    told = _("A test is on its way to %(name)s: its answer will stand below.")
    messages.info(request, told % {"name": target.name})
    return redirect("siem")


def _told(request: HttpRequest, target: SiemTarget, secret: str) -> HttpResponse:
    if not secret:
        messages.success(request, _("%(name)s is saved.") % {"name": target.name})
        return redirect("siem")
    context = {"target": target, "secret": secret}
    return render(request, "compliance/siem_made.html", context)


def _shown(target: SiemTarget, now: datetime) -> Shown:
    lag = cursor.lag(target)
    return Shown(
        target=target,
        lag=lag,
        seconds=int(lag.seconds(now)),
        error=siem_words.told(target.last_error),
        test=siem_words.told(target.test_answer),
        is_test_good=target.test_answer == TAKEN,
    )
