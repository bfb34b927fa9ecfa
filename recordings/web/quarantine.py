"""A held part: let it be heard, or have it destroyed; the second cannot be undone."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access import step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Approval
from recordings import endings, held_deletion, quarantine, queries
from recordings.models import Recording

UNPROCESSABLE = 422
WORD = _("delete")


class DecisionForm(forms.Form):
    """What shall become of the part; destroying takes a typed word."""

    act = forms.ChoiceField(
        label=_("What shall become of it"),
        choices=[
            ("release", _("Let it be heard, for the purposes that are open")),
            ("let_go", _("Delete it for ever")),
        ],
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    word = forms.CharField(
        label=_("To delete it, type: delete"),
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, str] | None:
        """Nothing is destroyed by a slip of the hand."""
        told = super().clean() or {}
        typed = str(told.get("word", "")).strip().lower()
        if told.get("act") == "let_go" and typed != str(WORD):
            self.add_error("word", _("It is only deleted when the word is typed."))
        return told


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.VIEW)
def decide(request: HttpRequest, id: UUID) -> HttpResponse:
    """The question, and the decision."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.QUARANTINE, id)
    step_up.require(request, Verb.QUARANTINE)
    form = DecisionForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        context = {
            "form": form,
            "part": part,
            "call": part.call,
            "reason": endings.reason(part.reason),
            "asked": held_deletion.asked(part),
            "is_held": quarantine.is_held(part, now=timezone.now()),
        }
        return render(request, "recordings/quarantine.html", context, status=status)
    asked = _carry_out(request, part, form.cleaned_data["act"])
    if asked:
        messages.info(request, _("A second person must approve this."))
        return redirect("approval", asked.pk)
    return redirect("call", call_id=part.call_id)


def _carry_out(request: HttpRequest, part: Recording, act: str) -> Approval | None:
    """Do what was decided; returns the approval where that takes a second person."""
    by, now = person_of(request), timezone.now()
    if act == "release":
        done: bool | Approval = quarantine.release(recording=part, by=by, now=now)
        words = _("It is out of quarantine.")
    else:
        done = held_deletion.let_go(recording=part, by=by, now=now)
        words = _("It is shut for good, and deleted for ever by the next hourly sweep.")
    if isinstance(done, Approval):
        return done
    if done:
        messages.success(request, words)
    else:
        messages.warning(request, _("Somebody else has decided about it already."))
    return None
