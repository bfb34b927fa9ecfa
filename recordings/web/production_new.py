"""Ask for a production: to whom, on which ground, until when, and which calls."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Hold
from compliance.retention import held
from recordings.models import Production
from recordings.productions import asking
from recordings.productions.asking import Wanted
from recordings.web.chosen_calls import ChosenCalls, initial
from recordings.web.list_forms import SEALED

UNPROCESSABLE = 422
_WHEN = forms.DateTimeInput(
    attrs={"type": "datetime-local", "step": 60}, format="%Y-%m-%dT%H:%M"
)


class ProductionForm(ChosenCalls):
    """A production; `wanted()` says it, once the form is valid."""

    verb = Verb.PRODUCE
    to = forms.ChoiceField(label=gettext_lazy("For"), choices=Production.To.choices)
    recipient = forms.CharField(
        label=gettext_lazy("Recipient"), max_length=200, help_text=SEALED
    )
    matter = forms.CharField(
        label=gettext_lazy("Matter"),
        max_length=200,
        help_text=gettext_lazy("Its name or file number at the recipient."),
    )
    basis = forms.CharField(
        label=gettext_lazy("Legal basis"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The order, request or provision, and its date."),
    )
    due_at = forms.DateTimeField(
        label=gettext_lazy("Due"),
        widget=_WHEN,
        help_text=gettext_lazy("When the recipient must have it, in your time zone."),
    )
    hold = forms.UUIDField(required=False, widget=forms.HiddenInput())
    field_order = (
        "to", "recipient", "matter", "basis", "due_at", "team", "saved", "calls",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["saved"].help_text = _("The calls that fit it now.")
        self.chosen_hold = self._hold()
        if self.chosen_hold:
            for name in ("team", "saved", "calls"):
                self.fields[name].required = False
                self.fields[name].widget = forms.HiddenInput()

    def wanted(self) -> Wanted:
        """What is asked for."""
        told = self.cleaned_data
        return Wanted(
            to=Production.To(told["to"]),
            recipient=told["recipient"],
            matter=told["matter"],
            basis=told["basis"],
            due_at=told["due_at"],
            scope=self.scope(),
            hold=self.chosen_hold,
        )

    def _hold(self) -> Hold | None:
        """The hold one comes from, if one may see it."""
        try:
            key = UUID(str(self["hold"].value() or ""))
        except ValueError:
            return None
        return held.seen_by(self.person).filter(pk=key).first()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.PRODUCE)
def new(request: HttpRequest) -> HttpResponse:
    """The form, filled from a hold, a call or a list of calls one comes from."""
    step_up.require(request, Verb.PRODUCE)
    person, now = person_of(request), timezone.now()
    if request.method != "POST":
        return _drawn(request, _blank(request, now))
    form = ProductionForm(request.POST, person=person, now=now)
    if not form.is_valid():
        return _drawn(request, form, status=UNPROCESSABLE)
    try:
        asked = asking.ask(wanted=form.wanted(), by=person, now=now)
    except asking.NotProduced as problem:
        form.add_error(None, str(problem))
    except Refused as refused:
        record(refused)
        form.add_error(None, f"{refused.reason} {refused.ask}")
    else:
        return redirect("production", asked.pk)
    return _drawn(request, form, status=UNPROCESSABLE)


def _blank(request: HttpRequest, now: datetime) -> ProductionForm:
    hold = request.GET.get("hold", "")
    first = {"hold": hold} if hold else initial(request)
    return ProductionForm(person=person_of(request), now=now, initial=first)


def _drawn(
    request: HttpRequest, form: ProductionForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "hold": form.chosen_hold,
        "from_list": bool(form["listed"].value()),
    }
    return render(request, "recordings/production_new.html", context, status=status)
