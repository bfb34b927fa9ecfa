"""Takes a copy away: for whom, why, for which purpose; then the store's own link.

A copy may be had as WAV. That file is written first; what was answered waits in the
page meanwhile, for nothing has left yet and there is nothing to write down.
"""

import logging
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from compliance.access import step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import Purpose
from compliance.models.team import FileFormat
from recordings import playback, queries, renditions
from recordings.models import Recording, Rendition
from recordings.renditions import Preparing
from recordings.web.listen import have_made

logger = logging.getLogger(__name__)

ACCEPTED, SEE_OTHER, UNPROCESSABLE = 202, 303, 422
WAV = Rendition.Form.WAV.value


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
    kind = forms.ChoiceField(label=_("File"), required=False)
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A case, a request, an order; not what was said on the call"),
    )

    def __init__(
        self, *args: Any, part: Recording, purposes: list[Purpose], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(purpose.value, purpose.label) for purpose in purposes]
        self.fields["purpose"].choices = choices  # type: ignore[attr-defined]
        self.fields["kind"].choices = _kinds(part)  # type: ignore[attr-defined]
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            kind = "form-select" if chosen else "form-control"
            field.widget.attrs.update({"class": kind, "autocomplete": "off"})


def _kinds(part: Recording) -> list[tuple[str, str]]:
    """The file as it is and as WAV, each with its size."""
    form = renditions.form_of(part.object_key)
    name = dict(FileFormat.choices).get(form, form.upper())
    told = {"kind": name, "size": filesizeformat(part.bytes or 0)}
    about = filesizeformat(renditions.wav_bytes(part))
    return [
        ("", _("%(kind)s as it was recorded, %(size)s") % told),
        (WAV, _("WAV, about %(size)s, written first") % {"size": about}),
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.VIEW)
def download(request: HttpRequest, id: UUID) -> HttpResponse:
    """The questions; once answered, the way to the copy, good for five minutes."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.DOWNLOAD, id)
    step_up.require(request, Verb.DOWNLOAD)
    purposes = playback.open_purposes(part, now=timezone.now())
    form = CopyForm(request.POST or None, part=part, purposes=purposes)
    if request.method != "POST" or not form.is_valid():
        status = UNPROCESSABLE if request.method == "POST" else 200
        context = {"form": form, "part": part, "call": part.call}
        return render(request, "recordings/download.html", context, status=status)
    return _copy(request, part, form)


@require_safe
@never_cache
@guarded(Verb.VIEW)
def wav(request: HttpRequest, id: UUID) -> HttpResponse:
    """How far the WAV of a part is: the page that waits for it asks."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.DOWNLOAD, id)
    context = {"part": part, "wav": renditions.of(part, Rendition.Form.WAV)}
    return render(request, "recordings/_download_wav.html", context)


def _copy(request: HttpRequest, part: Recording, form: CopyForm) -> HttpResponse:
    told = form.cleaned_data
    try:
        link = playback.download(
            recording_id=part.id,
            by=person_of(request),
            purpose=Purpose(told["purpose"]),
            recipient=told["recipient"],
            organisation=told["organisation"],
            reason=told["reason"],
            as_wav=told["kind"] == WAV,
            now=timezone.now(),
        )
    except playback.NoLink:
        logger.exception("download.no_link")
        messages.error(request, _("The store gives no link at present. Try again."))
        return redirect("download", part.id)
    if isinstance(link, Preparing):
        have_made(link)
        context = {"form": form, "part": part, "call": part.call, "told": told}
        context["wav"] = renditions.of(part, Rendition.Form.WAV)
        return render(request, "recordings/download.html", context, status=ACCEPTED)
    response = HttpResponse(status=SEE_OTHER)
    response.headers["Location"] = link.url
    response.headers["Cache-Control"] = "no-store, private"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
