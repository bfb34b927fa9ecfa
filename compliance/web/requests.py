"""The desk of requests: what is due next, one request with its clock, and a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.audit import log, presenters
from compliance.audit.actions import Action
from compliance.models import (
    Person,
    PlanItem,
    RequestPlan,
    RequestSubject,
    SubjectRequest,
)
from compliance.publish import publish_after_commit
from compliance.requests import (
    codes,
    desk,
    identity,
    intake,
    neighbours,
    plan,
    plan_contents,
    request_log,
    restricting,
)
from compliance.requests.intake import NotTakenIn
from compliance.requests.laws import law
from compliance.requests.plan_words import Share
from compliance.tasks import deliver_letters
from compliance.web import outside_words, request_forms, request_words
from compliance.web.audit_words import WORDS

SHOWN = 50
UNPROCESSABLE = 422
VIEWS = ("", "mine", "unassigned", "overdue", "letters", "elsewhere", "closed")


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def listed(request: HttpRequest) -> HttpResponse:
    """The requests, those first that are due first; who has how much."""
    person, now = person_of(request), timezone.now()
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    page = keyset.page_or_first(
        _rows(view, person, now),
        order=desk.BY_END if view == "closed" else desk.BY_DUE,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    loads = desk.loads(now=now)
    kept = f"view={view}&" if view else ""
    context = {
        "lines": [request_words.line(one, now) for one in page.rows],
        "loads": loads,
        "most": max((one.open for one in loads), default=0),
        "open": sum(one.open for one in loads),
        "overdue": sum(one.overdue for one in loads),
        "to_write": desk.to_write().count(),
        "elsewhere": desk.held_elsewhere(now=now).count(),
        "view": view,
        "views": request_words.views(),
        "older_url": f"?{kept}cursor={page.next}" if page.next else "",
        "newer_url": f"?{kept}cursor={page.previous}" if page.previous else "",
    }
    return render(request, "compliance/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def new(request: HttpRequest) -> HttpResponse:
    """Write down a request that came to an officer."""
    if request.method != "POST":
        return _new(request, request_forms.NewForm())
    form = request_forms.NewForm(request.POST)
    if not form.is_valid():
        return _new(request, form, status=UNPROCESSABLE)
    now = timezone.now()
    try:
        made = intake.receive(told=form.told(now), by=person_of(request), now=now)
    except NotTakenIn as refused:
        form.add_error(None, str(refused))
        return _new(request, form, status=UNPROCESSABLE)
    publish_after_commit(deliver_letters)
    messages.success(request, _("It is written down, and its clock runs."))
    return redirect("request", made.pk)


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: its clock, who asks, what was said and done. Reading is an entry."""
    rows = SubjectRequest.objects.select_related(
        "assigned_to", "made_by", "duplicate_of", "texts"
    )
    found = get_object_or_404(rows, pk=request_id)
    with transaction.atomic():
        log.append(Action.REQUEST_READ, subject=found)
    now = timezone.now()
    context = {
        "request_row": found,
        "line": request_words.line(found, now),
        "answered_by_copy": found.kind in SubjectRequest.BY_COPY,
        "law": law(found.law),
        "clock": request_words.clock(found, now),
        "notes": found.notes.select_related("by").order_by("-at"),
        "duplicates": found.duplicates.all(),
        "history": presenters.lines(desk.history(found.pk), words=WORDS),
        **_identity(found),
        **_plan(found),
        **_restricted(found, person_of(request)),
        **_forms(found),
        **outside_words.drawn(found, now),
    }
    return render(request, "compliance/request.html", context)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def take_log(request: HttpRequest) -> HttpResponse:
    """The log of requests as a file, without anybody's name. Taking it is an entry."""
    body = request_log.take(by=person_of(request))
    name = f"requests-{timezone.now():%Y-%m-%d}.csv"
    response = HttpResponse(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _rows(view: str, person: Person, now: datetime) -> QuerySet[SubjectRequest]:
    if view == "closed":
        return desk.closed()
    if view == "letters":
        return desk.to_write()
    if view == "elsewhere":
        return desk.held_elsewhere(now=now)
    return desk.inbox(mine=person, view=view)


def _new(
    request: HttpRequest, form: request_forms.NewForm, *, status: int = 200
) -> HttpResponse:
    return render(request, "compliance/request_new.html", {"form": form}, status=status)


@dataclass(frozen=True)
class Linked:
    """An identifier as the page draws it. names: how many bore the number, if several.
    numbers: how many others went with the name."""

    subject: RequestSubject
    names: int
    numbers: int
    dates: request_forms.DatesForm
    code: request_forms.CodeForm


def _identity(found: SubjectRequest) -> dict[str, Any]:
    subjects = list(
        found.subjects.select_related("number", "confirmed_by").order_by("added_at")
    )
    shared = identity.shared_lines(subjects)
    namesakes = neighbours.namesakes(subjects)
    linked = []
    for subject in subjects:
        held = {"held_from": subject.held_from, "held_until": subject.held_until}
        linked.append(
            Linked(
                subject,
                shared.get(subject.number_id, 0) if subject.number_id else 0,
                namesakes.get(subject.pk, 0),
                request_forms.DatesForm(request=found, initial=held),
                request_forms.CodeForm(request=found),
            )
        )
    return {
        "linked": linked,
        "shared": bool(shared),
        "namesakes": bool(namesakes),
        "identity_mark": request_words.IDENTITY[found.identity],
        "suggestions": request_words.suggestions(found) if found.is_open else [],
        "checks": found.checks.select_related("by", "evidence").order_by("at"),
        "may_send_code": found.is_open and codes.may_send(),
    }


def _plan(found: SubjectRequest) -> dict[str, Any]:
    """What became of its plan, and the form to close it, which proposes to say so."""
    current = plan_contents.current(found)
    shares = plan_contents.shares(current) if current else []
    return {
        "is_planned": found.kind in plan.PLANNED,
        "plan": current,
        "plan_mark": request_words.PLAN.get(current.state, ("", "")) if current else "",
        "plan_shares": request_words.shares(shares),
        "close_form": request_forms.CloseForm(
            request=found, initial=_answer(current, shares)
        ),
    }


def _answer(current: RequestPlan | None, shares: Sequence[Share]) -> dict[str, str]:
    """What a plan came to, as the answer says it."""
    if current is None or current.state != RequestPlan.State.DONE:
        return {}
    stays = [one for one in shares if one.treatment == PlanItem.Treatment.KEEP]
    ended = SubjectRequest.Outcome
    return {
        "outcome": ended.PARTLY if stays else ended.FULFILLED,
        "ground": request_words.ground_of(stays),
        "why": str(current.reasons),
    }


def _restricted(found: SubjectRequest, person: Person) -> dict[str, Any]:
    """What it restricts, how much, and the forms to begin and to end that."""
    may = policy.allows(person, Verb.RESTRICT)
    current = restricting.current(found)
    return {
        "restricting": current,
        "restricted": restricting.in_force(found).count() if current else 0,
        "restricts_itself": found.kind in restricting.BY_ITSELF,
        "may_restrict": may,
        "restrict_form": request_forms.RestrictForm(request=found),
        "lift_form": request_forms.LiftForm(request=found),
    }


def _forms(found: SubjectRequest) -> dict[str, Any]:
    if not found.is_open:
        return {"comment_form": request_forms.CommentForm(request=found)}
    return {
        "assign_form": request_forms.AssignForm(request=found),
        "comment_form": request_forms.CommentForm(request=found),
        "pause_form": request_forms.PauseForm(request=found),
        "extend_form": request_forms.ExtendForm(request=found),
        "link_form": request_forms.LinkForm(request=found),
        "check_form": request_forms.CheckForm(request=found),
        "refuse_form": request_forms.RefuseIdentityForm(request=found),
    }
