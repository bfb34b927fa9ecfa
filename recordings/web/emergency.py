"""Emergencies: hear a recording out of reach, see which were heard so, judge them."""

import logging
import re
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Purpose
from recordings import emergency as use_case
from recordings import playback, sittings
from recordings.models import EmergencyListen, Recording
from recordings.playback import Served
from recordings.renditions import Preparing
from recordings.web import plain_player
from recordings.web.plain_player import Frame

logger = logging.getLogger(__name__)

UNPROCESSABLE, UNAVAILABLE = 422, 503
SHOWN = 50
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_UNKNOWN = gettext_lazy("There is no such recording.")


class OpenForm(forms.Form):
    """Which call, what for, and why now."""

    call = forms.CharField(
        label=gettext_lazy("Call"),
        max_length=300,
        help_text=gettext_lazy("Its address in this portal, or its id"),
    )
    part = forms.IntegerField(
        label=gettext_lazy("Part"), min_value=1, max_value=999, initial=1
    )
    purpose = forms.ChoiceField(label=gettext_lazy("For"), choices=Purpose.choices)
    reason = forms.CharField(
        label=gettext_lazy("Why now"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Somebody else reads this and judges it within a day"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            chosen = isinstance(field, forms.ChoiceField)
            kind = "form-select" if chosen else "form-control"
            field.widget.attrs.update({"class": kind, "autocomplete": "off"})

    def clean_call(self) -> UUID:
        """The id in what was typed or pasted."""
        found = _ID.search(self.cleaned_data["call"])
        if not found:
            raise forms.ValidationError(_("There is no id of a call in this."))
        return UUID(found.group())


class JudgeForm(forms.Form):
    """What somebody else says of it, with a word why."""

    judgement = forms.ChoiceField(choices=EmergencyListen.Judgement.choices)
    remark = forms.CharField(max_length=1000)


@require_safe
@never_cache
@guarded(Verb.SEE_ALERTS)
def emergencies(request: HttpRequest) -> HttpResponse:
    """Those that wait, then the judged ones; the form for whoever may open one."""
    return _drawn(request, OpenForm())


@require_POST
@never_cache
@guarded(Verb.EMERGENCY_LISTEN)
def open(request: HttpRequest) -> HttpResponse:
    """Hear it now: alarmed, entered, and judged by somebody else."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _drawn(request, form, status=UNPROCESSABLE)
    said = form.cleaned_data
    part = Recording.objects.filter(call=said["call"], part=said["part"]).first()
    if part is None:
        form.add_error("call", str(_UNKNOWN))
        return _drawn(request, form, status=UNPROCESSABLE)
    try:
        served = use_case.open(
            recording_id=part.id,
            listener=person_of(request),
            purpose=Purpose(said["purpose"]),
            reason=said["reason"],
            plays=plain_player.plays(request),
            now=timezone.now(),
        )
    except use_case.NoEmergency:
        messages.info(request, _("You may hear this call anyhow: here it is."))
        return redirect("call", part.call_id)
    except Refused as refused:
        record(refused)
        form.add_error(None, f"{refused.reason} {refused.ask}")
        return _drawn(request, form, status=UNPROCESSABLE)
    except playback.NoLink:
        return _no_link(request)
    return _page(request, served)


@require_POST
@never_cache
@guarded(Verb.EMERGENCY_LISTEN)
def again(request: HttpRequest, id: UUID) -> HttpResponse:
    """A further link within the sitting. Everything is asked anew."""
    try:
        served = playback.renew(
            listen_id=id,
            listener=person_of(request),
            plays=plain_player.plays(request),
            now=timezone.now(),
        )
    except sittings.NothingToPlay as error:
        raise Http404 from error
    except playback.NoLink:
        return _no_link(request)
    return _page(request, served, sitting=id)


@require_POST
@guarded(Verb.JUDGE_EMERGENCY)
def judge(request: HttpRequest, id: UUID) -> HttpResponse:
    """Justified or not, and why."""
    person = person_of(request)
    row = load_or_404(EmergencyListen.objects.all(), person, Verb.JUDGE_EMERGENCY, id)
    form = JudgeForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Say why, in a few words."))
        return redirect("emergencies")
    try:
        use_case.judge(
            emergency_id=row.id,
            judgement=EmergencyListen.Judgement(form.cleaned_data["judgement"]),
            remark=form.cleaned_data["remark"],
            by=person,
            now=timezone.now(),
        )
    except use_case.AlreadyJudged:
        messages.warning(request, _("Somebody else has judged it already."))
    else:
        messages.success(request, _("It is judged."))
    return redirect("emergencies")


def _drawn(request: HttpRequest, form: OpenForm, *, status: int = 200) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    rows = use_case.seen_by(person).select_related(
        "listener", "team", "judged_by", "listen__recording"
    )
    waiting = rows.filter(judged_at=None).order_by("judge_by")[:SHOWN]
    judged = rows.exclude(judged_at=None).order_by("-opened_at", "-id")[:SHOWN]
    context = {
        "form": form,
        "may_open": policy.allows(person, Verb.EMERGENCY_LISTEN),
        "waiting": [
            {
                "row": row,
                "may_judge": use_case.may_judge(row, by=person),
                "is_mine": row.listener_id == person.pk,
                "is_overdue": row.judge_by <= now,
            }
            for row in waiting
        ],
        "judged": list(judged),
    }
    return render(request, "recordings/emergencies.html", context, status=status)


def _no_link(request: HttpRequest) -> HttpResponse:
    logger.error("emergency.no_link", exc_info=True)  # noqa: LOG014
    messages.error(request, _("The store gives no link at present."))
    return _drawn(request, OpenForm(), status=UNAVAILABLE)


def _page(
    request: HttpRequest, served: Served | Preparing, *, sitting: UUID | None = None
) -> HttpResponse:
    frame = Frame(
        title=_("Heard in an emergency"),
        up=_("Emergencies"),
        up_url=reverse("emergencies"),
        told=_("The sitting lasts an hour. Somebody else judges it within a day."),
        open_url=reverse("emergency-open"),
        again="emergency-again",
    )
    return plain_player.drawn(request, served, frame, sitting=sitting)
