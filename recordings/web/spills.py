"""Spills: what must not be on a recording, the oldest first, and the quick lane for it."""

from dataclasses import dataclass
from datetime import timedelta
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
from compliance.access import step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Person
from recordings import held_deletion, sealed_hearing, spills
from recordings.models import CompensatingControl, Recording, Spill
from recordings.spills import CannotDo, Control

SHOWN = 50
USUAL_REVIEW = timedelta(days=90)
OLDEST_FIRST = keyset.Order("reported_at", descending=False)
FORBIDS: dict[str, Promise] = {
    spills.LEGAL_GROUND: gettext_lazy("It is kept on a legal ground."),
    spills.FLOOR: gettext_lazy("A floor keeps it longer."),
}


class ControlForm(forms.Form):
    """What is done instead of destroying it."""

    cause = forms.CharField(
        label=gettext_lazy("Why it cannot be destroyed"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    risk = forms.CharField(
        label=gettext_lazy("Risk that stays"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    done = forms.CharField(
        label=gettext_lazy("What is done instead"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Who answers for it"), queryset=Person.objects.none()
    )
    review_on = forms.DateField(
        label=gettext_lazy("Next review"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: object, spill: Spill, **more: object) -> None:
        """Owners are those who answer for quarantine in this team."""
        super().__init__(*args, **more)  # type: ignore[arg-type]
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        owner.queryset = spills.possible_owners(spill)


class ReviewForm(forms.Form):
    """The day of the next review."""

    review_on = forms.DateField(
        label=gettext_lazy("Next review"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@dataclass(frozen=True)
class Line:
    """A spill as the inbox draws it."""

    spill: Spill
    control: CompensatingControl | None

    @property
    def state(self) -> tuple[str, str, str]:
        """Word, mark and tone of where it is."""
        part = self.spill.recording
        given_up = part.expires_at is not None and part.expires_at <= timezone.now()
        if part.state == Recording.State.SEALED:
            return _("sealed"), "held", ""
        if part.state == Recording.State.QUARANTINED and not given_up:
            return _("to be decided"), "warn", "red"
        if part.state in (Recording.State.QUARANTINED, Recording.State.EXPIRED):
            return _("being destroyed"), "wait", "amber"
        return str(part.get_state_display()), "none", "faint"

    @property
    def is_late(self) -> bool:
        """Whether the review of its control is overdue."""
        today = timezone.now().date()
        return self.control is not None and self.control.review_on < today


@require_safe
@never_cache
@guarded(Verb.QUARANTINE)
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first; on demand what was settled, too."""
    person = person_of(request)
    everything = "all" in request.GET
    rows = spills.seen_by(person) if everything else spills.inbox(person)
    page = keyset.page_or_first(
        rows.select_related("recording__call", "team", "reported_by"),
        order=OLDEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    more = "all=1&" if everything else ""
    context = {
        "lines": _lines(page.rows),
        "everything": everything,
        "waiting": spills.inbox(person).count(),
        "older_url": f"?{more}cursor={page.next}" if page.next else "",
        "newer_url": f"?{more}cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/spills.html", context)


@require_safe
@never_cache
@guarded(Verb.QUARANTINE)
def spill(request: HttpRequest, id: UUID) -> HttpResponse:
    """One spill: what can be done about it now, and the record where it is sealed."""
    found = _found(request, id)
    return _page(request, found, ControlForm(spill=found, initial=_usual(request)))


@require_POST
@guarded(Verb.QUARANTINE)
def destroy(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask a second person to have it destroyed at once."""
    found = _found(request, id)
    step_up.require(request, Verb.QUARANTINE)
    try:
        asked = spills.ask(spill=found, by=person_of(request), now=timezone.now())
    except (CannotDo, Refused) as error:
        return _told(request, error, id)
    return redirect("approval", asked.pk)


@require_POST
@guarded(Verb.QUARANTINE)
def seal(request: HttpRequest, id: UUID) -> HttpResponse:
    """Seal it, and open the record of what is done instead."""
    found = _found(request, id)
    step_up.require(request, Verb.QUARANTINE)
    form = ControlForm(request.POST, spill=found)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    control = Control(**form.cleaned_data)
    by, now = person_of(request), timezone.now()
    try:
        spills.seal(spill=found, control=control, by=by, now=now)
    except (CannotDo, Refused) as error:
        return _told(request, error, id)
    messages.success(request, _("It is sealed: nobody can hear it."))
    return redirect("spill", id)


@require_POST
@guarded(Verb.QUARANTINE)
def hear(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask a second person to let oneself hear it as evidence, for an hour."""
    found = _found(request, id)
    step_up.require(request, Verb.QUARANTINE)
    by, now = person_of(request), timezone.now()
    try:
        asked = sealed_hearing.ask(recording=found.recording, by=by, now=now)
    except Refused as error:
        return _told(request, error, id)
    return redirect("approval", asked.pk)


@require_POST
@guarded(Verb.QUARANTINE)
def review(request: HttpRequest, id: UUID) -> HttpResponse:
    """The control was looked at; the next time is another day."""
    control = _control(request, id)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say the day of the next review."))
        return redirect("spill", control.spill_id)
    day, by, now = form.cleaned_data["review_on"], person_of(request), timezone.now()
    try:
        spills.review(control=control, review_on=day, by=by, now=now)
    except (CannotDo, Refused) as error:
        return _told(request, error, control.spill_id)
    return redirect("spill", control.spill_id)


@require_POST
@guarded(Verb.QUARANTINE)
def close(request: HttpRequest, id: UUID) -> HttpResponse:
    """Close the control, as a second person."""
    control = _control(request, id)
    step_up.require(request, Verb.QUARANTINE)
    said, by, now = request.POST.get("closing", ""), person_of(request), timezone.now()
    try:
        spills.close(control=control, closing=said[:2000], by=by, now=now)
    except (CannotDo, Refused) as error:
        return _told(request, error, control.spill_id)
    messages.success(request, _("The compensating control is closed."))
    return redirect("spill", control.spill_id)


def _page(
    request: HttpRequest, found: Spill, form: ControlForm, status: int = 200
) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    part = found.recording
    controls = list(found.controls.select_related("owner", "opened_by", "closed_by"))
    running = next((one for one in controls if one.closed_at is None), None)
    context = {
        "spill": found,
        "part": part,
        "line": Line(found, running),
        "controls": controls,
        "forbidden": [FORBIDS[code] for code in spills.forbidden(part, now=now)],
        "waits": part.state in Spill.WAITING,
        "is_sealed": part.state == Recording.State.SEALED,
        "has_control": running is not None,
        "asked": held_deletion.asked(part),
        "asked_to_hear": sealed_hearing.asked(part, person),
        "may_close": running
        and person.pk not in {running.opened_by_id, running.owner_id},
        "form": form,
        "next_review": (now + USUAL_REVIEW).date(),
    }
    return render(request, "recordings/spill.html", context, status=status)


def _usual(request: HttpRequest) -> dict[str, object]:
    return {
        "owner": person_of(request),
        "review_on": (timezone.now() + USUAL_REVIEW).date(),
    }


def _found(request: HttpRequest, id: UUID) -> Spill:
    rows = Spill.objects.select_related("recording__call__team", "team", "reported_by")
    return load_or_404(rows, request.user, Verb.QUARANTINE, id)


def _control(request: HttpRequest, id: UUID) -> CompensatingControl:
    rows = CompensatingControl.objects.select_related("spill")
    return load_or_404(rows, request.user, Verb.QUARANTINE, id)


def _told(request: HttpRequest, error: Exception, id: UUID) -> HttpResponse:
    if isinstance(error, Refused):
        record(error)
        messages.error(request, f"{error.reason} {error.ask}")
    else:
        messages.warning(request, str(error))
    return redirect("spill", id)


def _lines(found: list[Spill]) -> list[Line]:
    rows = CompensatingControl.objects.filter(spill__in=found, closed_at=None)
    running = {one.spill_id: one for one in rows}
    return [Line(one, running.get(one.pk)) for one in found]
