"""An authority asks for longer: a list of calls and numbers, kept until a day.

It is a policy like any other, with a floor that has a day of its own and so ends by
itself; its draft says what it covers before somebody puts it in force.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Person
from compliance.retention import policies
from compliance.retention.policies import PolicyDraft, PolicyRefused
from recordings.web import named_calls
from recordings.web.list_forms import DAY, SEALED, ListForm
from recordings.web.policy_form import typed_numbers


class AuthorityForm(ListForm):
    """What an authority asked for."""

    verb = Verb.EDIT_POLICY
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("Everybody who reads of policies sees it."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"), max_length=200, help_text=SEALED
    )
    citation = forms.CharField(
        label=gettext_lazy("Legal basis"), widget=forms.Textarea(attrs={"rows": 2})
    )
    kept_until = forms.DateField(
        label=gettext_lazy("Keep until"),
        widget=DAY,
        help_text=gettext_lazy("The last day. Afterwards the other policies count."),
    )
    calls = forms.CharField(
        label=gettext_lazy("Calls"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Addresses in this portal, or ids."),
    )
    numbers = forms.CharField(
        label=gettext_lazy("Numbers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=gettext_lazy("One a line, with +: every call with one of them."),
    )
    field_order = ("name", "reference", "citation", "kept_until", "team", "calls")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        self.person = person

    def clean_calls(self) -> tuple[UUID, ...]:
        """The ids in the text."""
        return named_calls.read(self.cleaned_data["calls"], self.person)

    def clean_numbers(self) -> tuple[UUID, ...]:
        """Rows of the numbers typed."""
        return typed_numbers(self.cleaned_data["numbers"])

    def clean(self) -> dict[str, Any]:
        """One list, and a day that is to come."""
        said = super().clean() or {}
        if not self.errors and bool(said.get("calls")) == bool(said.get("numbers")):
            self.add_error(
                "calls", _("Name either calls or numbers; make a second one for both.")
            )
        if (last := said.get("kept_until")) and last <= timezone.localdate():
            self.add_error("kept_until", _("This day is over already."))
        return said

    def draft(self) -> PolicyDraft:
        """The policy that does it: for the legal duty alone, where a ceiling is over."""
        said = self.cleaned_data
        plain = {one: said[one] for one in ("name", "reference", "citation", "team")}
        return PolicyDraft(
            **plain,
            calls=said["calls"],
            numbers=said["numbers"],
            kept_until=said["kept_until"],
        )


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Verb.EDIT_POLICY)
def ask(request: HttpRequest) -> HttpResponse:
    """Write down what an authority asked for, as the draft of a policy."""
    person = person_of(request)
    form = AuthorityForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        try:
            made = policies.write(draft=form.draft(), by=person, now=timezone.now())
        except PolicyRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("The draft is kept. Nothing is kept longer by it yet.")
            )
            return redirect("policy", made.series)
    return render(request, "recordings/authority.html", {"form": form})
