"""Who holds which role: seen by who may, given and taken away by who may."""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import grants, policy, role_approvals, step_up, usage
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import WORDS, Verb
from compliance.access.refusals import Refused, record
from compliance.access.roles import ROLES, Role, name_of
from compliance.models import Approval, Group, Person, Region, RoleGrant, Team
from compliance.templatetags.earwitness import DASH
from compliance.web.access import told_of

SHOWN = 50
LONGEST_AUDIT = dt.timedelta(days=366)
BY_BEGIN = keyset.Order("valid_from")


class GiveForm(forms.Form):
    """Who, which role, how far, until when."""

    person = forms.ModelChoiceField(
        Person.objects.filter(is_active=True).order_by("name"),
        label=_("Person or service"),
        empty_label=DASH,
        required=False,
    )
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"),
        label=_("Or a group"),
        empty_label=DASH,
        required=False,
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = forms.ModelChoiceField(
        Team.objects.order_by("name"),
        label=_("For the calls of"),
        empty_label=DASH,
        required=False,
    )
    region = forms.ModelChoiceField(
        Region.objects.order_by("name"),
        label=_("Or of a region"),
        empty_label=DASH,
        required=False,
    )
    is_own = forms.BooleanField(
        label=_("For own calls"),
        required=False,
        help_text=_(
            "Those the holder took part in as staff; for reviewers and team leads"
        ),
    )
    is_for_everything = forms.BooleanField(
        label=_("For everything there is"), required=False
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_(
            "Empty: until it is taken away. An auditor's role has one, within a year"
        ),
    )

    _SCOPES = ("team", "region", "is_own", "is_for_everything")

    def clean(self) -> dict[str, Any]:
        """One holder and one scope: everything is said, not left out."""
        said: dict[str, Any] = super().clean() or {}
        if bool(said.get("person")) == bool(said.get("group")):
            raise forms.ValidationError(_("Choose a person or a group."))
        scopes = [said.get(name) for name in self._SCOPES]
        if sum(map(bool, scopes)) != 1:
            raise forms.ValidationError(
                _("Choose a team, a region, own calls, or everything: one of the four.")
            )
        if said.get("role") == Role.AUDITOR and "last_day" in said:
            self._require_end(said["last_day"])
        return said

    def _require_end(self, day: dt.date | None) -> None:
        """Who reads the evidence is mostly a guest: his time is set beforehand."""
        latest = timezone.localdate() + LONGEST_AUDIT
        if day is None or day > latest:
            words = _("An auditor's role has a last day, at most a year from now.")
            self.add_error("last_day", forms.ValidationError(words))

    def clean_last_day(self) -> dt.date | None:
        """Today or later."""
        day: dt.date | None = self.cleaned_data["last_day"]
        if day and day < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return day

    def until(self) -> dt.datetime | None:
        """The end of the last day in the viewer's zone."""
        day: dt.date | None = self.cleaned_data["last_day"]
        if day is None:
            return None
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min)
        return timezone.make_aware(midnight)


@require_safe
@never_cache
@guarded(Verb.SEE_ROLES)
def roles(request: HttpRequest) -> HttpResponse:
    """Every role that is held or will be, with when it was used last."""
    return _drawn(request, GiveForm())


@require_POST
@guarded(Verb.GRANT_ROLE)
def give(request: HttpRequest) -> HttpResponse:
    """Give a role; what is wrong with it is said above the form."""
    step_up.require(request, Verb.GRANT_ROLE)
    form = GiveForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            given = role_approvals.give(
                person=said["person"],
                group=said["group"],
                role=Role(said["role"]),
                team=said["team"],
                region=said["region"],
                is_own=said["is_own"],
                until=form.until(),
                by=person_of(request),
                now=timezone.now(),
            )
        except Refused as refused:
            record(refused)
            form.add_error(None, f"{refused.reason} {refused.ask}")
        else:
            if isinstance(given, Approval):
                messages.info(request, gettext("A second person must approve this."))
                return redirect("approval", given.pk)
            messages.success(request, gettext("The role is given, from now on."))
            return redirect("roles")
    return _drawn(request, form)


@require_POST
@guarded(Verb.GRANT_ROLE)
def end(request: HttpRequest, grant_id: UUID) -> HttpResponse:
    """Take a role away from now on."""
    person = person_of(request)
    rows = RoleGrant.objects.select_related("team")
    grant = load_or_404(rows, person, Verb.GRANT_ROLE, grant_id)
    step_up.require(request, Verb.GRANT_ROLE)
    grants.end(grant=grant, by=person, now=timezone.now())
    messages.success(request, gettext("The role is taken away."))
    return redirect("roles")


@require_safe
@never_cache
@guarded(Verb.SEE_ROLES)
def of_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What somebody may hear and do, and why, in the words he reads himself."""
    person = get_object_or_404(Person, pk=person_id)
    return render(request, "compliance/access.html", told_of(person))


def _drawn(request: HttpRequest, form: GiveForm) -> HttpResponse:
    viewer = person_of(request)
    page = _page(request.GET.get("cursor", ""))
    used = usage.last_used(page.rows)
    context = {
        "form": form,
        "lines": [
            {"grant": one, "role": name_of(one.role), "used_at": used.get(one.pk)}
            for one in page.rows
        ],
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
        "may_give": policy.allows(viewer, Verb.GRANT_ROLE),
        "administrators": policy.holders(Verb.GRANT_ROLE).count(),
        "definitions": [
            (role.label, ROLES[role].description, _words(role)) for role in Role
        ],
        "now": timezone.now(),
    }
    return render(request, "compliance/roles.html", context)


def _page(cursor: str) -> keyset.Page[RoleGrant]:
    rows = policy.not_over().select_related(
        "person", "group", "team", "region", "granted_by"
    )
    return keyset.page_or_first(rows, order=BY_BEGIN, cursor=cursor, size=SHOWN)


def _words(role: Role) -> str:
    return ", ".join(str(WORDS[verb]) for verb in Verb if verb in ROLES[role].verbs)
