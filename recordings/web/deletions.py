"""Deletions: what the sweep is doing, what is in its way, and its pause."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.publish import publish_after_commit
from compliance.retention import pausing
from compliance.tasks import sweep_retention
from recordings import deletions, expiry, queries
from recordings.models import Recording

SHOWN = 25
FAILED_SHOWN = 25
FIRST_TO_GO = keyset.Order("gone_by", descending=False)
_SETBACKS: dict[str, Promise] = {
    "StoreRefused": gettext_lazy(
        "The store refused: it is locked there, or we may not delete."
    ),
    "StoreUnavailable": gettext_lazy("The store did not answer, or was too busy."),
    "DeletionIncomplete": gettext_lazy(
        "Something of it was still there after its deletion."
    ),
    "UnknownStore": gettext_lazy("Its store is no longer among the settings."),
    "UnreadableScope": gettext_lazy(
        "A legal hold cannot be read, so it may be what keeps it."
    ),
}
"""Why a deletion failed, by the code that stands in the row."""


@dataclass(frozen=True)
class Setback:
    """A part that could not be destroyed, with why in words."""

    part: Recording

    @property
    def why(self) -> str:
        """What was in the way."""
        known = _SETBACKS.get(self.part.setback)
        code = {"code": self.part.setback}
        return str(known) if known else _("Code “%(code)s”.") % code


class PauseForm(forms.Form):
    """Why nothing may be deleted for now."""

    reason = forms.CharField(
        label=gettext_lazy("Why nothing may be deleted for now"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class DaysForm(forms.Form):
    """For how long what is hidden shall be heard again."""

    days = forms.TypedChoiceField(coerce=int, choices=[(n, n) for n in expiry.DAYS])


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def page(request: HttpRequest) -> HttpResponse:
    """How far the sweep is, what is hidden and can be brought back, what failed."""
    person, now = person_of(request), timezone.now()
    hidden = keyset.page_or_first(
        deletions.hidden(person, now=now).filter(gone_by__isnull=False),
        order=FIRST_TO_GO,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    context: dict[str, Any] = {
        **standing(request),
        "hidden": hidden.rows,
        "failed": [
            Setback(part)
            for part in deletions.failed(person).order_by("due_at")[:FAILED_SHOWN]
        ],
        "form": PauseForm(),
        "older_url": f"?cursor={hidden.next}" if hidden.next else "",
        "newer_url": f"?cursor={hidden.previous}" if hidden.previous else "",
    }
    return render(request, "recordings/deletions.html", context)


def standing(request: HttpRequest) -> dict[str, Any]:
    """Counts and pause, for the page and for each look in between."""
    person, now = person_of(request), timezone.now()
    paused = pausing.standing()
    return {
        "now": now,
        "told": deletions.standing(person, now=now),
        "most": deletions.COUNT_UP_TO,
        "paused": paused,
        "is_long": bool(paused and now - paused.paused_at > pausing.LONG),
        "may_stop": policy.allows(person, Verb.STOP_DELETION),
    }


@require_POST
@guarded(Verb.STOP_DELETION)
def pause(request: HttpRequest) -> HttpResponse:
    """Stop the whole sweep."""
    form = PauseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why."))
        return redirect("deletions")
    try:
        pausing.pause(
            reason=form.cleaned_data["reason"],
            by=person_of(request),
            now=timezone.now(),
        )
    except pausing.PauseRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Nothing is deleted until the sweep goes on."))
    return redirect("deletions")


@require_POST
@guarded(Verb.STOP_DELETION)
def resume(request: HttpRequest) -> HttpResponse:
    """Let the sweep go on, at once."""
    if pausing.resume(by=person_of(request), now=timezone.now()):
        publish_after_commit(sweep_retention)
        messages.success(request, _("The sweep goes on."))
    return redirect("deletions")


@require_POST
@guarded(Verb.VIEW)
def bring_back(request: HttpRequest, id: UUID) -> HttpResponse:
    """Let a part that is hidden be heard again for some days."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.STOP_DELETION, id)
    form = DaysForm(request.POST)
    days = form.cleaned_data["days"] if form.is_valid() else 7
    try:
        expiry.bring_back(
            recording=part, days=days, by=person_of(request), now=timezone.now()
        )
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        messages.success(request, _("It is back, and goes when those days are over."))
    return redirect("call", call_id=part.call_id)
