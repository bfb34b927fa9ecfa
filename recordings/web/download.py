"""Takes a copy away: for whom, why, for which purpose; then the store's own link."""

import logging
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access.guards import guarded, load_or_404
from compliance.access.permissions import Verb
from compliance.models import Purpose
from recordings import playback
from recordings.models import Recording
from recordings.web.listing import person_of

logger = logging.getLogger(__name__)

SEE_OTHER = 303
UNPROCESSABLE = 422


class CopyForm(forms.Form):
    """What is kept with every copy."""

    recipient = forms.CharField(
        label=_("To whom"),
        max_length=200,
        help_text=_("The person who will have the copy"),
    )
    organisation = forms.CharField(
        label=_("Organisation"), max_length=200, required=False
    )
    purpose = forms.ChoiceField(label=_("For"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A case, a request, an order; not what was said on the call"),
    )

    def __init__(self, *args: Any, purposes: list[Purpose], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(purpose.value, purpose.label) for purpose in purposes]
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            kind = "form-select" if name == "purpose" else "form-control"
            field.widget.attrs.update({"class": kind, "autocomplete": "off"})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.VIEW)
def download(request: HttpRequest, id: UUID) -> HttpResponse:
    """The questions; once answered, the way to the copy, good for five minutes."""
    rows = Recording.objects.select_related("call__team")
    part = load_or_404(rows, request.user, Verb.DOWNLOAD, id)
    form = CopyForm(request.POST or None, purposes=playback.open_purposes(part))
    if request.method != "POST" or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        context = {"form": form, "part": part, "call": part.call}
        return render(request, "recordings/download.html", context, status=status)
    return _copy(request, part, form.cleaned_data)


def _copy(request: HttpRequest, part: Recording, told: dict[str, Any]) -> HttpResponse:
    try:
        link = playback.download(
            recording_id=part.id,
            by=person_of(request),
            purpose=Purpose(told["purpose"]),
            recipient=told["recipient"],
            organisation=told["organisation"],
            reason=told["reason"],
            now=timezone.now(),
        )
    except playback.NoLink:
        logger.exception("download.no_link")
        messages.error(request, _("The store gives no link at present. Try again."))
        return redirect("download", part.id)
    response = HttpResponse(status=SEE_OTHER)
    response.headers["Location"] = link.url
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
