"""Pause and resume on the page of a live call, for whoever may.

It says 'paused' only once LiveKit has said that the recorder ended; until then it says
that it is asking, and looks again by itself.
"""

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import pauses, queries, recording_state, tasks
from recordings.models import Call, Pause
from recordings.recording_state import RecordingState, State

NO_CONTENT = 204
CHANGED = "pausing-changed"
"""An event in the page: what it says of the part is out of date."""
TEMPLATE = "recordings/_call_pausing.html"
_ASKING_SECONDS, _PAUSED_SECONDS = 1, 5


@dataclass(frozen=True)
class Control:
    """What the page says of a pause, and what may be done now."""

    state: RecordingState
    word: Promise
    text: Promise
    mark: str = "none"
    tone: str = ""
    look_again_seconds: int = 0

    @property
    def pause(self) -> Pause | None:
        """The pause that goes on, or is asked for."""
        return self.state.pause


class ReasonForm(forms.Form):
    """What is about to be said."""

    reason = forms.ChoiceField(
        label=_("Because of"),
        choices=Pause.Reason.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


def control(call: Call, viewer: Person) -> Control | None:
    """The control of a live call; None where there is nothing to do, or not for them."""
    if not call.is_live or not policy.allows(viewer, Verb.PAUSE, call):
        return None
    state = recording_state.of_call(call)
    if state.pause is None:
        return Control(
            state,
            _("Not paused"),
            _("For card data and the like: the recorder ends, and begins again after."),
        )
    if state.state is not State.PAUSED:
        return Control(
            state,
            _("Asking LiveKit to stop …"),
            _("It may still be recorded. Wait with what must not be heard."),
            mark="work",
            tone="amber",
            look_again_seconds=_ASKING_SECONDS,
        )
    return Control(
        state,
        _("Paused: nothing is being recorded"),
        _("LiveKit has said that the recorder ended."),
        mark="pause",
        tone="green",
        look_again_seconds=_PAUSED_SECONDS,
    )


@require_safe
@never_cache
@guarded(Verb.PAUSE)
def look(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """The control alone (?seen=…): an answer only when something changed."""
    found = _call(request, call_id)
    shown = control(found, person_of(request))
    if shown and request.GET.get("seen") == shown.state.version:
        return HttpResponse(status=NO_CONTENT)
    return _drawn(request, found, shown)


@require_POST
@guarded(Verb.PAUSE)
def pause(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Ask for silence."""
    found = _call(request, call_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            pauses.begin(
                call=found,
                reason=Pause.Reason(form.cleaned_data["reason"]),
                by=person_of(request),
                now=timezone.now(),
            )
        except pauses.CallOver:
            pass  # the answer shows that there is nothing to pause any more
        else:
            tasks.reconsider(str(found.id))
    return _answer(request, found)


@require_POST
@guarded(Verb.PAUSE)
def resume(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """End the pause."""
    found = _call(request, call_id)
    if pauses.resume(call=found, by=person_of(request), now=timezone.now()):
        tasks.reconsider(str(found.id))
    return _answer(request, found)


def _call(request: HttpRequest, call_id: UUID) -> Call:
    rows = queries.known_calls(person_of(request)).select_related("team", "trunk")
    return load_or_404(rows, request.user, Verb.PAUSE, call_id)


def _answer(request: HttpRequest, found: Call) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return redirect("call", call_id=found.id)
    fresh = _call(request, found.id)
    return _drawn(request, fresh, control(fresh, person_of(request)))


def _drawn(request: HttpRequest, found: Call, shown: Control | None) -> HttpResponse:
    context = {"call": found, "pausing": shown, "reason_form": ReasonForm()}
    answer = render(request, TEMPLATE, context)
    answer["HX-Trigger-After-Settle"] = CHANGED
    return answer
