"""The events of the business by which policies may count: named here, told by API."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import ClockEvent
from compliance.retention import clock_events
from compliance.retention.clock_events import EventRefused


class EventForm(forms.Form):
    """A new event."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("In words: the end of the contract"),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=32,
        help_text=gettext_lazy("What the API says: contract_ended"),
    )


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def events(request: HttpRequest) -> HttpResponse:
    """Every event, what counts by it, and of how many calls it was told."""
    return _drawn(request, EventForm())


@require_POST
@guarded(Verb.EDIT_POLICY)
def add(request: HttpRequest) -> HttpResponse:
    """Name an event."""
    form = EventForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            clock_events.name(
                code=said["code"],
                words=said["name"],
                by=person_of(request),
                now=timezone.now(),
            )
        except EventRefused as refused:
            form.add_error("code", str(refused))
        else:
            messages.success(request, _("Policies can count by it now."))
            return redirect("clock-events")
    return _drawn(request, form)


@require_POST
@guarded(Verb.EDIT_POLICY)
def end(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """Let nobody tell it or count by it any more."""
    event = get_object_or_404(ClockEvent, pk=event_id)
    try:
        clock_events.end(event=event, by=person_of(request), now=timezone.now())
    except EventRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("It is ended."))
    return redirect("clock-events")


def _drawn(request: HttpRequest, form: EventForm) -> HttpResponse:
    counts = Q(tellings__replaced_at=None, tellings__occurred_at__isnull=False)
    told = Count("tellings", filter=counts)
    rows = list(ClockEvent.objects.annotate(told=told).select_related("added_by"))
    by_code = clock_events.by_event()
    context = {
        "form": form,
        "rows": [(row, by_code.get(row.code, [])) for row in rows],
        "may_write": policy.scope_for(person_of(request), Verb.EDIT_POLICY).everything,
    }
    return render(request, "recordings/clock_events.html", context)
