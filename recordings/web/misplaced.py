"""'This should not be here': shuts the part that is being heard."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from recordings import misplaced, queries
from recordings.misplaced import What

CHOICES = [
    (What.CARD.value, _("card data")),
    (What.HEALTH.value, _("health data")),
    (What.CHILD.value, _("a child")),
    (What.WRONG_PERSON.value, _("the wrong person")),
    (What.OTHER.value, _("something else")),
]


class ReportForm(forms.Form):
    """What was heard, and where in the part."""

    what = forms.ChoiceField(
        label=_("What is on it"), choices=CHOICES, widget=forms.RadioSelect
    )
    at_ms = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, widget=forms.HiddenInput
    )


@require_POST
@never_cache
@guarded(Verb.VIEW)
def report(request: HttpRequest, id: UUID) -> HttpResponse:
    """Shut the part and go back to its call, which says what happens next."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.VIEW, id)
    form = ReportForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say what is on it; nothing was shut so far."))
    elif misplaced.report(
        recording=part,
        what=What(form.cleaned_data["what"]),
        at_ms=form.cleaned_data["at_ms"] or 0,
        by=person_of(request),
        now=timezone.now(),
    ):
        messages.success(
            request, _("It is shut for everybody. A compliance officer was told.")
        )
    else:
        messages.warning(request, _("Nobody can hear it any more already."))
    return redirect("call", call_id=part.call_id)
