"""Reviews of access: who holds what, when it was used last, kept or taken away."""

import csv
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access import reviews as use_case
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.roles import name_of
from compliance.cells import safe
from compliance.models import AccessReview, ReviewLine, RoleGrant

SHOWN = 50


class DecisionForm(forms.Form):
    """Keep it or take it away, and why."""

    decision = forms.ChoiceField(
        choices=[
            (choice.value, choice.label)
            for choice in (ReviewLine.Decision.KEEP, ReviewLine.Decision.TAKE_AWAY)
        ]
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@require_safe
@never_cache
@guarded(Verb.SEE_ROLES)
def reviews(request: HttpRequest) -> HttpResponse:
    """The reviews there were, the newest first."""
    rounds = AccessReview.objects.select_related("begun_by").order_by("-begun_at")
    context = {
        "reviews": rounds[:SHOWN],
        "may_begin": policy.allows(request.user, Verb.GRANT_ROLE)
        and not rounds.filter(done_at=None).exists(),
    }
    return render(request, "compliance/reviews.html", context)


@require_POST
@guarded(Verb.GRANT_ROLE)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a review of every role held now."""
    try:
        review = use_case.begin(by=person_of(request), now=timezone.now())
    except use_case.NotNow as error:
        messages.warning(request, str(error))
        return redirect("reviews")
    return redirect("review", review.pk)


@require_safe
@never_cache
@guarded(Verb.SEE_ROLES)
def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """The lines of a review; what is open comes first."""
    found = get_object_or_404(AccessReview, pk=review_id)
    viewer = person_of(request)
    may_decide = policy.allows(viewer, Verb.GRANT_ROLE)
    mine = set(policy.running(viewer).values_list("pk", flat=True))
    lines = _lines(found)
    context = {
        "review": found,
        "lines": [
            {
                "line": line,
                "role": name_of(line.grant.role),
                "may_decide": may_decide
                and not line.decision
                and line.grant_id not in mine,
                "is_mine": line.grant_id in mine,
            }
            for line in lines
        ],
        "left": sum(not line.decision for line in lines),
        "unused": sum(line.last_used_at is None for line in lines),
    }
    return render(request, "compliance/review.html", context)


@require_POST
@guarded(Verb.GRANT_ROLE)
def decide(request: HttpRequest, line_id: UUID) -> HttpResponse:
    """Keep a role or take it away."""
    person = person_of(request)
    lines = ReviewLine.objects.select_related("grant__team", "grant__group")
    line = get_object_or_404(lines, pk=line_id)
    grant = load_or_404(RoleGrant.objects.all(), person, Verb.GRANT_ROLE, line.grant_id)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Say why, in a few words."))
        return redirect("review", line.review_id)
    line.grant = grant
    try:
        use_case.decide(
            line=line,
            decision=ReviewLine.Decision(form.cleaned_data["decision"]),
            reason=form.cleaned_data["reason"],
            by=person,
            now=timezone.now(),
        )
    except use_case.NotNow as error:
        messages.warning(request, str(error))
    return redirect("review", line.review_id)


@require_safe
@never_cache
@guarded(Verb.SEE_ROLES)
def file(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """A review as a CSV file; that it was taken is an entry."""
    found = get_object_or_404(AccessReview, pk=review_id)
    lines = _lines(found)
    use_case.taken(review=found, by=person_of(request), lines=len(lines))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"access-review-{found.begun_at:%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow([str(name) for name in _COLUMNS])
    writer.writerows([safe(cell) for cell in _cells(line)] for line in lines)
    return response


_COLUMNS = (
    gettext_lazy("holder"),
    gettext_lazy("kind"),
    gettext_lazy("role"),
    gettext_lazy("reaches"),
    gettext_lazy("from"),
    gettext_lazy("until"),
    gettext_lazy("given by"),
    gettext_lazy("last used"),
    gettext_lazy("decision"),
    gettext_lazy("reason"),
    gettext_lazy("decided by"),
    gettext_lazy("decided at"),
)


def _cells(line: ReviewLine) -> list[str]:
    grant = line.grant
    times = (grant.valid_from, grant.valid_until, line.last_used_at, line.decided_at)
    since, until, used, decided = (
        f"{at:%Y-%m-%dT%H:%MZ}" if at else "" for at in times
    )
    return [
        str(grant.holder),
        str(grant.holder._meta.verbose_name),
        name_of(grant.role),
        grant.reach,
        since,
        until,
        str(grant.granted_by or ""),
        used or _("never"),
        line.get_decision_display(),
        line.reason,
        str(line.decided_by or ""),
        decided,
    ]


def _lines(review: AccessReview) -> list[ReviewLine]:
    """Its lines with everything shown of them, in one query; the unused first."""
    lines = review.lines.select_related(
        "decided_by",
        "grant__person",
        "grant__group",
        "grant__team",
        "grant__region",
        "grant__granted_by",
    )
    return sorted(
        lines,
        key=lambda line: (
            bool(line.decision),
            line.last_used_at is not None,
            str(line.grant.holder).casefold(),
        ),
    )
