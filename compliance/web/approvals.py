"""What waits for a second person: asked, decided and carried out on these pages."""

import datetime as dt
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import approvals as paper
from compliance import keyset
from compliance.access import approving, deputies, step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Approval, Deputy, Person
from compliance.templatetags.earwitness import DASH

SHOWN = 50
BY_END = keyset.Order("ended_at", filled=True)
State = Approval.State
TONES = {
    State.ASKED: ("wait", "amber"),
    State.APPROVED: ("wait", "amber"),
    State.CARRIED_OUT: ("check", ""),
    State.REJECTED: ("refused", ""),
    State.WITHDRAWN: ("none", "faint"),
    State.EXPIRED: ("none", "faint"),
}


class DecisionForm(forms.Form):
    """What becomes of it; a refusal says why."""

    act = forms.ChoiceField(
        choices=[(act, act) for act in ("approve", "reject", "withdraw", "carry_out")]
    )
    remark = forms.CharField(max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Nobody is turned down without a word."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("act") == "reject" and not said.get("remark"):
            self.add_error("remark", _("Say why, in a few words."))
        return said


class DeputyForm(forms.Form):
    """Who stands in, and from which day to which."""

    deputy = forms.ModelChoiceField(
        Person.objects.none(), label=_("Deputy"), empty_label=DASH
    )
    first_day = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    last_day = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("A month at most"),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.ModelChoiceField[Person]", self.fields["deputy"])
        field.queryset = deputies.candidates(person)

    def period(self) -> tuple[dt.datetime, dt.datetime]:
        """From the first midnight to the last, in the viewer's zone."""
        first, last = self.cleaned_data["first_day"], self.cleaned_data["last_day"]
        return _midnight(first), _midnight(last + dt.timedelta(days=1))


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


@require_safe
@never_cache
@guarded(Verb.APPROVE)
def listed(request: HttpRequest) -> HttpResponse:
    """What waits for this person, what he asked for, and what has ended."""
    return _drawn(request, DeputyForm(person=person_of(request)))


@require_safe
@never_cache
@guarded(Verb.APPROVE)
def one(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """What was asked for, in plain words and with its hash, and what can be done."""
    person, now = person_of(request), timezone.now()
    found = _found(approval_id, person, now)
    place = approving.seat(found, person, now=now)
    in_time, is_mine = found.until > now, found.asked_by_id == person.pk
    context = {
        **_line(found),
        "page_url": _page_of(found),
        "may_decide": place is not None and found.state == State.ASKED and in_time,
        "in_place_of": place if place != person else None,
        "may_carry_out": found.state == State.APPROVED and in_time,
        "may_withdraw": is_mine and found.state in Approval.OPEN and in_time,
        "is_mine": is_mine,
        "is_over": found.state in Approval.OPEN and not in_time,
        "approvers": approving.approvers(found, now=now)
        if found.state == State.ASKED
        else [],
    }
    return render(request, "compliance/approval.html", context)


@require_POST
@guarded(Verb.APPROVE)
def decide(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Approve and carry out, reject, withdraw; what is refused is said above."""
    person, now = person_of(request), timezone.now()
    found = _found(approval_id, person, now)
    form = DecisionForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        if said["act"] in DOES_IT:
            step_up.require(request, Verb.APPROVE)
        try:
            words = _ACTS[said["act"]](found, person, said["remark"], now)
            messages.success(request, words)
        except paper.NotOpen as error:
            messages.warning(request, str(error))
        except Refused as refused:
            record(refused)
            messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        messages.warning(request, gettext("Say why, in a few words."))
    return redirect("approval", approval_id)


@require_POST
@guarded(Verb.APPROVE)
def name_deputy(request: HttpRequest) -> HttpResponse:
    """Have somebody approve in one's place for a while."""
    person = person_of(request)
    form = DeputyForm(request.POST, person=person)
    if form.is_valid():
        since, until = form.period()
        try:
            deputies.name(
                deputy=form.cleaned_data["deputy"],
                since=since,
                until=until,
                by=person,
                now=timezone.now(),
            )
        except Refused as refused:
            record(refused)
            form.add_error(None, refused.reason)
        else:
            messages.success(request, gettext("The deputy is named."))
            return redirect("approvals")
    return _drawn(request, form)


@require_POST
@guarded(Verb.APPROVE)
def end_deputy(request: HttpRequest, deputy_id: UUID) -> HttpResponse:
    """Stand in for oneself again."""
    person = person_of(request)
    rows = Deputy.objects.filter(person=person).select_related("deputy")
    deputy = get_object_or_404(rows, pk=deputy_id)
    deputies.end(deputy=deputy, by=person, now=timezone.now())
    messages.success(request, gettext("The deputy's time has ended."))
    return redirect("approvals")


def _approve(found: Approval, person: Person, remark: str, now: dt.datetime) -> str:
    """Agree to it, and do it at once: two commits, so that a no to the act keeps the yes."""
    approving.approve(approval=found, by=person, remark=remark, now=now)
    return _carry_out(found, person, remark, now)


def _reject(found: Approval, person: Person, remark: str, now: dt.datetime) -> str:
    approving.reject(approval=found, by=person, remark=remark, now=now)
    return gettext("It is rejected.")


def _withdraw(found: Approval, person: Person, _said: str, now: dt.datetime) -> str:
    approving.withdraw(approval=found, by=person, now=now)
    return gettext("It is withdrawn.")


def _carry_out(found: Approval, person: Person, _said: str, now: dt.datetime) -> str:
    found.refresh_from_db()
    approving.carry_out(approval=found, by=person, now=now)
    return gettext("It is approved and carried out.")


_ACTS = {
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "carry_out": _carry_out,
}
DOES_IT = {"approve", "carry_out"}
"""What takes a fresh second factor: saying no does not."""


def _drawn(request: HttpRequest, form: DeputyForm) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    asked = Approval.objects.filter(
        asked_by=person, state__in=Approval.OPEN, until__gt=now
    ).select_related("team", "asked_by", "decided_by")
    page = _ended(person, request.GET.get("cursor", ""))
    context = {
        "form": form,
        "waiting": [_line(one) for one in approving.waiting_for(person, now=now)],
        "asked": [_line(one) for one in asked.order_by("asked_at")],
        "ended": [_line(one, briefly=True) for one in page.rows],
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
        "deputies": deputies.of(person, now),
        "standing_in_for": deputies.principals(person, now),
    }
    return render(request, "compliance/approvals.html", context)


def _ended(person: Person, cursor: str) -> keyset.Page[Approval]:
    rows = approving.seen_by(person).filter(ended_at__isnull=False)
    rows = rows.select_related("team", "asked_by", "decided_by")
    return keyset.page_or_first(rows, order=BY_END, cursor=cursor, size=SHOWN)


def _line(approval: Approval, *, briefly: bool = False) -> dict[str, Any]:
    """An approval in words. briefly: without its content, which asks for each name."""
    kind = paper.kind_of(approval)
    mark, tone = TONES[State(approval.state)]
    return {
        "approval": approval,
        "label": kind.label if kind else approval.kind,
        "told": kind.tell(approval.content) if kind and not briefly else [],
        "mark": mark,
        "tone": tone,
    }


def _page_of(approval: Approval) -> str:
    """Where all of what is asked for is shown; '' where this page is enough."""
    kind = paper.kind_of(approval)
    if kind is None or kind.page is None:
        return ""
    name, key = kind.page(approval.content)
    return reverse(name, args=[key])


def _found(approval_id: UUID, person: Person, now: dt.datetime) -> Approval:
    rows = Approval.objects.select_related(
        "team", "asked_by", "decided_by", "decided_for"
    )
    found = get_object_or_404(rows, pk=approval_id)
    approving.require_sight(found, person, now=now)
    return found
