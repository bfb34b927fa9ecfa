"""The plan of a request on its page: found, weighed item by item, frozen, followed."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.certificates import CannotCertify
from compliance.models import Person, PlanItem, RequestPlan, SubjectRequest
from compliance.requests import (
    plan,
    plan_approval,
    plan_contents,
    redacting,
    request_certificate,
    traces,
)
from compliance.requests.clock import NotByLaw
from compliance.retention import pausing, stops
from compliance.web import request_words
from compliance.web.plan_forms import REDACT, ReasonsForm, TreatForm

SHOWN = 50
BY_ID = keyset.Order("id", descending=False)
Fate = PlanItem.Fate
T = TypeVar("T")


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What was found, what becomes of it, and how far that has come."""
    about = _about(request_id)
    found = plan_contents.current(about)
    context: dict[str, Any] = {
        "request_row": about,
        "plan": found,
        "is_planned": about.kind in plan.PLANNED,
        **(_told(request, found) if found else {}),
    }
    return render(request, "compliance/request_plan.html", context)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def make(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Have everything found, and a plan proposed."""
    about, by, now = _about(request_id), person_of(request), timezone.now()
    _do(request, lambda: plan.make(request=about, by=by, now=now))
    return redirect("request-plan", request_id)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def treat(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Keep the marked ones on a ground, or let them go."""
    found = _plan(request_id)
    form = TreatForm(request.POST, plan=found)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return redirect("request-plan", request_id)
    by, now, told = person_of(request), timezone.now(), form.told()
    if told["ground"] == REDACT:
        _redact(request, found, told["items"], by)
        return redirect("request-plan", request_id)
    changed = _do(request, lambda: plan.treat(plan=found, by=by, now=now, **told))
    if changed is not None:
        messages.success(request, _("Changed: %(n)s.") % {"n": changed})
    return redirect("request-plan", request_id)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def reword(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Say in other words why things stay."""
    found, by = _plan(request_id), person_of(request)
    form = ReasonsForm(request.POST)
    if form.is_valid():
        reasons = form.cleaned_data["reasons"]
        _do(request, lambda: plan.reword(plan=found, reasons=reasons, by=by))
    return redirect("request-plan", request_id)


@require_POST
@guarded(Verb.ERASE_SUBJECT)
def freeze(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Freeze it and ask a second person; nothing goes yet."""
    found, by, now = _plan(request_id), person_of(request), timezone.now()
    step_up.require(request, Verb.ERASE_SUBJECT)
    asked = _do(request, lambda: plan.freeze(plan=found, by=by, now=now))
    if asked is None:
        return redirect("request-plan", request_id)
    return redirect("approval", asked.pk)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def reopen(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Take a plan up again that nobody agreed to."""
    found, by = _plan(request_id), person_of(request)
    _do(request, lambda: plan.reopen(plan=found, by=by))
    return redirect("request-plan", request_id)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def drop(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Give the plan up."""
    found, by, now = _plan(request_id), person_of(request), timezone.now()
    _do(request, lambda: plan.drop(plan=found, by=by, now=now))
    return redirect("request-plan", request_id)


@require_POST
@guarded(Verb.CERTIFY)
def certify(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Sign what was done."""
    about, by, now = _about(request_id), person_of(request), timezone.now()
    made = _do(
        request, lambda: request_certificate.issue(request=about, by=by, now=now)
    )
    if made is None:
        return redirect("request-plan", request_id)
    return redirect("certificate", made.pk)


def _redact(
    request: HttpRequest, found: RequestPlan, items: Collection[int], by: Person
) -> None:
    """Have the person silenced where that can be; say of the others why not."""
    now = timezone.now()
    done = _do(request, lambda: plan.redact(plan=found, items=items, by=by, now=now))
    if done is None:
        return
    changed, refused = done
    messages.success(request, _("Changed: %(n)s.") % {"n": changed})
    for why, n in refused.items():
        words = _("The person cannot be silenced alone in %(n)s: %(why)s.")
        messages.warning(request, words % {"n": n, "why": why})


def _do(request: HttpRequest, act: Callable[[], T]) -> T | None:
    """Do it; where that is not allowed, say why."""
    try:
        return act()
    except (NotByLaw, CannotCertify) as refused:
        messages.error(request, str(refused))
        return None
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
        return None


def _told(request: HttpRequest, found: RequestPlan) -> dict[str, Any]:
    fate = request.GET.get("fate", "")
    rows = found.items.filter(fate=fate) if fate in Fate else found.items.all()
    page = keyset.page_or_first(
        rows, order=BY_ID, cursor=request.GET.get("cursor", ""), size=SHOWN
    )
    why_not: dict[int, str] = {}
    if found.state == RequestPlan.State.DRAFT:
        why_not = redacting.why_not(
            page.rows, request=found.request, now=timezone.now()
        )
    more = f"&fate={fate}" if fate in Fate else ""
    told = plan_contents.fates(found)
    waiting = sum(told[one] for one in (Fate.PLANNED, Fate.GOING, Fate.FAILED))
    whole = sum(told.values())
    shares = plan_contents.shares(found)
    labels = {one.kind: one.label() for one in traces.registered()}
    return {
        "rows": [
            (
                one,
                request_words.until(one.ground, one.until),
                why_not.get(one.pk, "") if not one.stays_by_itself else "",
            )
            for one in page.rows
        ],
        "older_url": f"?cursor={page.next}{more}" if page.next else "",
        "newer_url": f"?cursor={page.previous}{more}" if page.previous else "",
        "shares": request_words.shares(shares),
        "most": max((share.items for share in shares), default=0),
        "fates": [(one, one.label, told[one]) for one in Fate if told[one]],
        "done": whole - waiting,
        "whole": whole,
        "gone": told[Fate.GONE],
        "redacted": told[Fate.REDACTED],
        "traces": [
            (labels.get(row.kind, row.kind), row)
            for row in found.traces.order_by("pk")
            if row.found or row.erased
        ],
        "asked": plan_approval.asked(found)
        if found.state == RequestPlan.State.FROZEN
        else None,
        "certificate": request_certificate.issued(found.request),
        "paused": pausing.standing(),
        "stopped": stops.current(),
        "treat_form": TreatForm(plan=found),
        "reasons_form": ReasonsForm(initial={"reasons": found.reasons}),
    }


def _about(request_id: UUID) -> SubjectRequest:
    return get_object_or_404(SubjectRequest, pk=request_id)


def _plan(request_id: UUID) -> RequestPlan:
    found = plan_contents.current(_about(request_id))
    if found is None:
        raise Http404
    return found
