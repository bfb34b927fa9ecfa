"""Listen to a recording for others' voices, and mark what stays silent in the copy."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.models import SubjectRequest
from compliance.requests import subject as subjects
from compliance.requests.clock import NotByLaw
from compliance.templatetags.earwitness import duration
from recordings import about as people
from recordings import playback
from recordings.copies import reviewing
from recordings.copies.judging import Judge
from recordings.models import CopyReview, Recording
from recordings.web import misplaced, player

UNPROCESSABLE = 422
ROWS = 12
"""Empty rows of the table; whoever needs more saves and goes on."""
_WITHIN = {"offset": 0, "next": "", "between": ""}


class DecisionForm(forms.Form):
    """What becomes of the recording."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What becomes of it"),
        choices=CopyReview.Decision.choices,
        widget=forms.Select(attrs={"class": "form-select"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def review(request: HttpRequest, request_id: UUID, part_id: UUID) -> HttpResponse:
    """The player, the table of stretches, and the decision."""
    found = get_object_or_404(SubjectRequest, pk=request_id)
    rows = Recording.objects.select_related("call__team", "waveform")
    part = load_or_404(rows, request.user, Verb.DOWNLOAD, part_id)
    if part.pk not in people.parts(subjects.of(found)):
        raise Http404
    if request.method != "POST":
        return _drawn(request, found, part)
    typed = _typed(request)
    form = DecisionForm(request.POST)
    try:
        ranges = [_range(*row) for row in typed]
        if not form.is_valid():
            raise NotByLaw(_("Say what becomes of it."))
        reviewing.decide(
            request=found,
            part=part,
            decision=reviewing.Decision(form.cleaned_data["decision"]),
            ranges=ranges,
            by=person_of(request),
            now=timezone.now(),
        )
    except NotByLaw as refused:
        messages.error(request, str(refused))
        return _drawn(request, found, part, typed=typed, status=UNPROCESSABLE)
    messages.success(request, _("It is put down."))
    for_a_copy = found.kind in SubjectRequest.BY_COPY
    return redirect("access-copy" if for_a_copy else "request-plan", found.pk)


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """The rows of the table that say anything."""
    begins, ends = request.POST.getlist("start"), request.POST.getlist("end")
    told = zip(begins, ends, strict=False)
    return [
        (one.strip(), two.strip()) for one, two in told if one.strip() or two.strip()
    ]


def _range(begin: str, end: str) -> tuple[int, int]:
    """In ms. Raises NotByLaw for what is no time."""
    since, until = player.read_time(begin), player.read_time(end)
    if since is None or until is None:
        raise NotByLaw(_("Write times as 1:33 or 1:33.5."))
    return since, until


def _drawn(
    request: HttpRequest,
    found: SubjectRequest,
    part: Recording,
    *,
    typed: list[tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    judge = Judge(found, [part], now=now)
    before = judge.review(part)
    rows = typed if typed is not None else _kept(before)
    purposes = playback.open_purposes(part, now=now)
    context: dict[str, Any] = {
        "request_row": found,
        "for_a_copy": found.kind in SubjectRequest.BY_COPY,
        "part": part,
        "own": judge.own(part),
        "review": before,
        "form": DecisionForm(initial={"decision": before.decision if before else None}),
        "rows": [*rows, *[("", "")] * ROWS],
        "is_hearable": part.is_hearable and bool(purposes),
    }
    if context["is_hearable"]:
        context["misplaced"] = misplaced.CHOICES
        context["player"] = player.context(
            part,
            listener=person_of(request),
            purposes=purposes,
            lines=[],
            params=request.GET,
            within=_WITHIN,
        )
    return render(request, "recordings/copy_review.html", context, status=status)


def _kept(before: CopyReview | None) -> list[tuple[str, str]]:
    if before is None:
        return []
    return [(_told(one.start_ms), _told(one.end_ms)) for one in before.ranges.all()]


def _told(ms: int) -> str:
    """As it is typed: 1:33.5, to the ms."""
    whole, rest = duration(ms - ms % 1000), ms % 1000
    return f"{whole}.{rest:03}" if rest else whole
