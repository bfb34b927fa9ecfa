"""Named lists of numbers that policies go by: made, looked at, filled after a preview."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import approvals, keyset
from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of, require_or_hide
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Approval, NumberList, NumberListMember, Person, Team
from compliance.retention import number_lists
from compliance.retention.number_lists import ListRefused
from recordings import policy_approvals, rehearsal
from recordings.web.number_list_form import AddForm, RemoveForm

SHOWN = 50
CHANGES = 20
VERB = Verb.EDIT_NUMBER_LIST
NEWEST_FIRST = keyset.Order("added_at")


class NewForm(forms.Form):
    """A new list."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    team = forms.ModelChoiceField(
        label=gettext_lazy("Team"),
        queryset=Team.objects.none(),
        required=False,
        help_text=gettext_lazy("Whose policies may name it"),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scope = policy.scope_for(person, VERB)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        team.queryset = scope.narrow(Team.objects.order_by("name"), "pk")
        team.required = not scope.everything
        team.empty_label = _("every team") if scope.everything else None


@require_safe
@never_cache
@guarded(VERB)
def listed(request: HttpRequest) -> HttpResponse:
    """Every list, how long it is, and which policies go by it."""
    return _drawn(request, NewForm(person=person_of(request)))


@require_POST
@guarded(VERB)
def add(request: HttpRequest) -> HttpResponse:
    """Begin a list."""
    form = NewForm(request.POST, person=person_of(request))
    if form.is_valid():
        said, by = form.cleaned_data, person_of(request)
        try:
            made = number_lists.make(**said, by=by, now=timezone.now())
        except ListRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The list is there; nothing is on it yet."))
            return redirect("number-list", made.pk)
    return _drawn(request, form)


@require_safe
@never_cache
@guarded(VERB)
def one(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """What is on a list, masked, and how it came there."""
    return _page(request, _seen(request, list_id))


@require_POST
@never_cache
@guarded(VERB)
def preview(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """What of the numbers is good, and what would come of it; nothing is changed."""
    found = _editable(request, list_id)
    form = _form(request)
    if not form.is_valid():
        return _page(request, found, form)
    wanted = form.wanted(found)
    context = {
        "list": found,
        "form": form,
        "is_adding": isinstance(form, AddForm),
        "already": form.already(found),
        "effect": rehearsal.effect(wanted, now=timezone.now()),
        "policies": number_lists.used_by(found),
        "shortens": number_lists.may_shorten(wanted),
        "takes_two": number_lists.takes_two(wanted, by=person_of(request)),
        "asked": policy_approvals.asked(wanted),
    }
    return render(request, "recordings/number_list_preview.html", context)


@require_POST
@guarded(VERB)
def change(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Add the numbers or take them off, or ask a second person for it."""
    found, person = _editable(request, list_id), person_of(request)
    form = _form(request)
    if not form.is_valid():
        return _page(request, found, form)
    if number_lists.may_shorten(form.wanted(found)):
        step_up.require(request, VERB)
    try:
        done = policy_approvals.change_list(
            wanted=form.wanted(found, keep=True), by=person, now=timezone.now()
        )
    except (approvals.NotOpen, ListRefused) as error:
        messages.warning(request, str(error))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        if isinstance(done, Approval):
            messages.success(request, _("A second person is asked."))
            return redirect("approval", done.pk)
        words = _("It is done. What is kept already gets its new dates shortly.")
        messages.success(request, words if done else _("The list says so already."))
    return redirect("number-list", found.pk)


@require_POST
@never_cache
@guarded(VERB)
def reveal(request: HttpRequest, list_id: UUID, member_id: int) -> HttpResponse:
    """One whole number in its place, or the page where no script runs; an entry."""
    found = _seen(request, list_id)
    require_or_hide(person_of(request), Verb.REVEAL_NUMBER, found)
    rows = found.members.select_related("number", "added_by")
    member = rows.filter(pk=member_id).first()
    if member is None:
        raise Http404
    with transaction.atomic():
        log.append(Action.NUMBER_REVEALED, subject=found)
        if request.headers.get("HX-Request"):
            shown = {"party": member}
            return render(request, "recordings/_party_shown.html", shown)
        return _page(request, found, revealed=member)


def _form(request: HttpRequest) -> AddForm | RemoveForm:
    if "remove" in request.POST:
        return RemoveForm(request.POST)
    return AddForm(request.POST, request.FILES)


def _drawn(request: HttpRequest, form: NewForm) -> HttpResponse:
    rows = number_lists.seen_by(person_of(request))
    counted = rows.annotate(n=Count("members"))
    going_by = number_lists.by_list()
    lines = [(one, going_by.get(one.pk, [])) for one in counted]
    context = {"lines": lines, "form": form}
    return render(request, "recordings/number_lists.html", context)


def _page(
    request: HttpRequest,
    found: NumberList,
    form: AddForm | RemoveForm | None = None,
    revealed: NumberListMember | None = None,
) -> HttpResponse:
    person = person_of(request)
    page = keyset.page_or_first(
        found.members.select_related("number", "added_by"),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    context = {
        "list": found,
        "rows": [revealed] if revealed else page.rows,
        "revealed": revealed,
        "count": found.members.count(),
        "form": form if isinstance(form, AddForm) else AddForm(),
        "wrong": form if isinstance(form, RemoveForm) else None,
        "policies": number_lists.used_by(found),
        "changes": found.changes.select_related("changed_by")[:CHANGES],
        "may_edit": policy.allows(person, VERB, found),
        "may_reveal": policy.allows(person, Verb.REVEAL_NUMBER, found),
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/number_list.html", context)


def _seen(request: HttpRequest, list_id: UUID) -> NumberList:
    """The list, also one of everybody for who keeps those of a team. Raises Http404."""
    rows = NumberList.objects.select_related("team", "made_by")
    found = rows.filter(pk=list_id).first()
    if found is None:
        raise Http404
    if found.team_id is not None:
        require_or_hide(person_of(request), VERB, found)
    return found


def _editable(request: HttpRequest, list_id: UUID) -> NumberList:
    rows = NumberList.objects.select_related("team", "made_by")
    return load_or_404(rows, request.user, VERB, list_id)
