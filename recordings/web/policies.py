"""Retention: which policies there are, what they say, and what a draft would do."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of, require_or_hide
from compliance.access.permissions import Verb
from compliance.approvals import NotOpen
from compliance.models import Approval, Person, RetentionPolicy
from compliance.retention import changes, pausing, policies, stops, wording
from compliance.retention.policies import PolicyDraft, PolicyRefused
from recordings import dating, policy_approvals, queries, rehearsal
from recordings.models import Rehearsal
from recordings.web.policy_form import PolicyForm, filled_from
from recordings.web.today import COUNT_UP_TO


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def listed(request: HttpRequest) -> HttpResponse:
    """Every policy with its floor and ceiling: adopted ones, drafts, and presets."""
    person = person_of(request)
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    rows = [
        one
        for one in policies.in_force()
        if one.team_id is None or scope.covers(one.team_id)
    ]
    without = queries.undated(person, limit=COUNT_UP_TO + 1).total()
    context = {
        "adopted": [_line(one) for one in rows if one.is_adopted],
        "presets": [_line(one) for one in rows if not one.is_adopted],
        "drafts": [_line(one) for one in _drafts(person)],
        "stopped": stops.current(),
        "may_certify": policy.allows(person, Verb.CERTIFY),
        "without": min(without, COUNT_UP_TO),
        "is_more": without > COUNT_UP_TO,
        "behind": dating.behind(),
        "may_write_all": scope.everything,
        "may_see_stores": policy.allows(person, Verb.EDIT_LIFECYCLE),
        "paused": pausing.standing(),
        "may_purge": policy.allows(person, Verb.PURGE),
        "may_keep_numbers": policy.allows(person, Verb.EDIT_NUMBER_LIST),
    }
    return render(request, "recordings/policies.html", context)


@require_safe
@never_cache
@guarded(Verb.EDIT_POLICY)
def one(request: HttpRequest, series: UUID) -> HttpResponse:
    """What a policy says, its versions, and its draft with what that would do."""
    person, now = person_of(request), timezone.now()
    current, draft = _found(series, person)
    versions = policies.versions_of(series)
    shown = current or draft
    context: dict[str, Any] = {
        "shown": shown,
        "current": current,
        "draft": draft,
        "said": wording.said(shown) if shown else [],
        "status": wording.status(shown) if shown else "",
        "versions": [(one, wording.status(one), wording.said(one)) for one in versions],
        "may_edit": all(
            policy.allows(person, Verb.EDIT_POLICY, one)
            for one in (current, draft)
            if one
        ),
    }
    if draft:
        context |= {
            "draft_said": wording.said(draft),
            "effect": rehearsal.effect(draft, now=now),
            "shortens": changes.may_shorten(current, draft),
            "takes_two": policies.takes_two(draft, by=person),
            "asked": policies.asked(draft),
        }
    return render(request, "recordings/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Verb.EDIT_POLICY)
def add(request: HttpRequest) -> HttpResponse:
    """Write the draft of a policy there is not yet."""
    team = request.GET.get("team", "")
    form = PolicyForm(
        request.POST or None, person=person_of(request), initial={"team": team}
    )
    return _written(request, form, None) or _form(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Verb.EDIT_POLICY)
def edit(request: HttpRequest, series: UUID) -> HttpResponse:
    """Go on with the draft of a policy, or begin one from what is in force."""
    person = person_of(request)
    current, draft = _editable(series, person)
    base = draft or current
    if base is None or base.is_of_authority:  # that is ended, and written anew
        raise Http404
    form = PolicyForm(
        request.POST or None, person=person, before=base, initial=filled_from(base)
    )
    return _written(request, form, series) or _form(request, form, base)


@require_POST
@guarded(Verb.EDIT_POLICY)
def adopt(request: HttpRequest, series: UUID) -> HttpResponse:
    """Make a draft of what a preset says: its own figures come before it is in force."""
    return _from_current(request, series, is_ended=False)


@require_POST
@guarded(Verb.EDIT_POLICY)
def end(request: HttpRequest, series: UUID) -> HttpResponse:
    """Make a draft that ends a policy."""
    return _from_current(request, series, is_ended=True)


@require_POST
@guarded(Verb.EDIT_POLICY)
def publish(request: HttpRequest, series: UUID) -> HttpResponse:
    """Put the draft in force, or ask a second person for it."""
    person, now = person_of(request), timezone.now()
    draft = _editable(series, person)[1]
    if draft is None:
        raise Http404
    if changes.may_shorten(policies.current(series), draft):
        step_up.require(request, Verb.EDIT_POLICY)
    try:
        done = policy_approvals.put_in_force(
            draft=draft, seen=_frozen(request, draft), by=person, now=now
        )
    except (PolicyRefused, NotOpen) as refused:
        messages.error(request, str(refused))
        return redirect("policy", series)
    if isinstance(done, Approval):
        messages.success(request, _("A second person is asked."))
        return redirect("approval", done.pk)
    messages.success(
        request, _("It is in force. What is kept already gets its new dates shortly.")
    )
    return redirect("policy", series)


@require_POST
@guarded(Verb.EDIT_POLICY)
def drop(request: HttpRequest, series: UUID) -> HttpResponse:
    """Delete the draft of a policy."""
    current, draft = _editable(series, person_of(request))
    if draft is None:
        raise Http404
    try:
        policies.drop(draft=draft, by=person_of(request))
    except PolicyRefused as refused:
        messages.error(request, str(refused))
        return redirect("policy", series)
    messages.success(request, _("The draft is dropped."))
    return redirect("policy", series) if current else redirect("policies")


def _frozen(request: HttpRequest, draft: RetentionPolicy) -> Rehearsal | None:
    """The frozen list that the page showed whoever asks; None where it showed none."""
    shown = request.POST.get("rehearsal", "")
    if not shown:
        return None
    return load_or_404(
        Rehearsal.objects.filter(about=draft.pk),
        request.user,
        Verb.EDIT_POLICY,
        shown,
    )


def _from_current(
    request: HttpRequest, series: UUID, *, is_ended: bool
) -> HttpResponse:
    person = person_of(request)
    current, _draft = _editable(series, person)
    if current is None:
        raise Http404
    said = PolicyDraft.of(current)
    said = PolicyDraft(**{**said.__dict__, "is_ended": is_ended})
    try:
        policies.write(draft=said, by=person, now=timezone.now(), series=series)
    except PolicyRefused as refused:
        messages.error(request, str(refused))
    return redirect("policy", series)


def _written(
    request: HttpRequest, form: PolicyForm, series: UUID | None
) -> HttpResponse | None:
    """The way to the draft; None where nothing was sent, or it is not in order."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        made = policies.write(
            draft=form.draft(),
            by=person_of(request),
            now=timezone.now(),
            series=series,
        )
    except PolicyRefused as refused:
        form.add_error(None, str(refused))
        return None
    messages.success(request, _("The draft is kept. Nothing goes by it yet."))
    return redirect("policy", made.series)


def _form(
    request: HttpRequest, form: PolicyForm, base: RetentionPolicy | None = None
) -> HttpResponse:
    return render(request, "recordings/policy_edit.html", {"form": form, "base": base})


def _line(row: RetentionPolicy) -> dict[str, Any]:
    return {
        "policy": row,
        "covers": wording.covers(row),
        "least": wording.period(row.keep_at_least),
        "most": wording.period(row.delete_after),
        "status": wording.status(row),
    }


def _drafts(person: Person) -> list[RetentionPolicy]:
    rows = RetentionPolicy.objects.filter(published_at=None).select_related("team")
    scope = policy.scope_for(person, Verb.EDIT_POLICY)
    return list(scope.narrow(rows).order_by("name"))


def _found(
    series: UUID, person: Person
) -> tuple[RetentionPolicy | None, RetentionPolicy | None]:
    """The version that counts and the draft, if this person may see them.

    What is for every team is seen by whoever writes policies for one. Raises Http404.
    """
    current, draft = policies.current(series), policies.draft_of(series)
    for row in filter(None, (current, draft)):
        if row.team_id is not None:
            require_or_hide(person, Verb.EDIT_POLICY, row)
    if current is None and draft is None:
        raise Http404
    return current, draft


def _editable(
    series: UUID, person: Person
) -> tuple[RetentionPolicy | None, RetentionPolicy | None]:
    """The same, for somebody who may change them. Raises Refused, Http404."""
    current, draft = _found(series, person)
    for row in filter(None, (current, draft)):
        policy.require(person, Verb.EDIT_POLICY, row)
    return current, draft
