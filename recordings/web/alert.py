"""One alert: what happened, who sees to it, and its history; and the acts on alerts.

The same three acts work one alert or a whole group; of a group, only what had opened
when the page was drawn.
"""

from collections.abc import Callable, Collection
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.audit import presenters
from compliance.models import AuditEntry, Person
from recordings import alerts as use_case
from recordings import queries
from recordings.models import Alert
from recordings.web import alerts as listed
from recordings.web import matters
from recordings.web.groups import NO_TEAM

MOST_AT_ONCE = 500
LONGEST_NOTE = 1000


class NoteForm(forms.Form):
    """How a matter was settled."""

    note = forms.CharField(
        label=gettext_lazy("How it was settled"),
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy(
            "Kept sealed beside the alert, for whoever may see it. No card data."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ControlNoteForm(NoteForm):
    """The same where control itself failed: why, and what may have happened meanwhile."""

    cause = forms.CharField(
        label=gettext_lazy("Cause"),
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("Why it failed, and why it will not again."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    risk = forms.CharField(
        label=gettext_lazy("Risk"),
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("What could have happened unseen, and how you looked."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("cause", "risk", "note")


@require_safe
@never_cache
@guarded(Verb.SEE_ALERTS)
def alert(request: HttpRequest, alert_id: UUID) -> HttpResponse:
    """The page of one alert."""
    person = person_of(request)
    found = _load(person, alert_id)
    (matter,) = matters.told([found], person)
    context = {
        "matter": matter,
        "alert": found,
        "people": _people(found) if matter.may_close else [],
        "form": _form(found)(),
        "history": presenters.lines(_history(found), words={}),
        "settled_by": policy.holders(use_case.verb_to_close(found), _place(found))[:3],
    }
    return render(request, "recordings/alert.html", context)


@require_POST
@guarded(Verb.SEE_ALERTS)
def work(request: HttpRequest, alert_id: UUID, act: str) -> HttpResponse:
    """Acknowledge, assign or close one alert, and go back to where that was asked."""
    found = _load(person_of(request), alert_id)
    _carry_out(request, act, [found])
    if request.POST.get("back") == "alert":
        return redirect("alert", alert_id=found.id)
    return redirect(listed.back(request))


@require_POST
@guarded(Verb.SEE_ALERTS)
def work_group(request: HttpRequest, kind: str, team: str, act: str) -> HttpResponse:
    """The same to all open alerts of a kind and team that had been seen."""
    until = parse_datetime(request.POST.get("until", ""))
    if until is None or kind not in Alert.Kind.values:
        raise Http404
    rows = queries.alerts(person_of(request)).filter(kind=kind, opened_at__lte=until)
    rows = rows.filter(team=None if team == NO_TEAM else _uuid(team))
    _carry_out(request, act, rows[:MOST_AT_ONCE])
    return redirect(listed.back(request))


def _carry_out(
    request: HttpRequest, act: str, chosen: Collection[Alert] | QuerySet[Alert]
) -> None:
    carry_out = ACTS.get(act)
    if carry_out is None:
        raise Http404
    found = list(chosen)
    use_case.require(chosen=found, by=person_of(request))
    what = capfirst(found[0].get_kind_display()) if found else ""
    carry_out(request, found, what)


def _acknowledge(request: HttpRequest, chosen: list[Alert], what: str) -> None:
    done = use_case.acknowledge(
        chosen=chosen, by=person_of(request), now=timezone.now()
    )
    _say(request, done, what, _("Acknowledged: %(what)s."))


def _assign(request: HttpRequest, chosen: list[Alert], what: str) -> None:
    """To the person named by the form, else to oneself."""
    by = person_of(request)
    to = by
    if request.POST.get("to"):
        to = get_object_or_404(Person, id=_uuid(request.POST["to"]), is_active=True)
    try:
        done = use_case.assign(chosen=chosen, to=to, by=by, now=timezone.now())
    except use_case.CannotSettle:
        messages.warning(request, _("%(name)s may not close this.") % {"name": to.name})
        return
    words = _("Yours now: %(what)s.") if to == by else _("Assigned: %(what)s.")
    _say(request, done, what, words)


def _close(request: HttpRequest, chosen: list[Alert], what: str) -> None:
    form = _form(*chosen)(request.POST)
    if not form.is_valid():
        told = _("Write how it was settled; it is still open.")
        if "cause" in form.fields:
            told = _("Write cause, risk and how it was settled; it is still open.")
        messages.warning(request, told)
        return
    done = use_case.settle(
        chosen=chosen, by=person_of(request), now=timezone.now(), **form.cleaned_data
    )
    _say(request, done, what, _("Closed: %(what)s."))


def _form(*chosen: Alert) -> type[NoteForm]:
    """What has to be written to close these."""
    return ControlNoteForm if any(a.is_of_control for a in chosen) else NoteForm


ACTS: dict[str, Callable[[HttpRequest, list[Alert], str], None]] = {
    "acknowledge": _acknowledge,
    "assign": _assign,
    "close": _close,
}


def _say(request: HttpRequest, done: int, what: str, words: str) -> None:
    """Tell what was done; nothing, when somebody was faster."""
    if not done:
        messages.warning(request, _("Somebody has done that already: nothing changed."))
        return
    many = ngettext("%(n)s matter", "%(n)s matters", done) % {"n": done}
    told = what if done == 1 else f"{what}, {many}"
    messages.info(request, words % {"what": told})


def _load(person: Person, alert_id: UUID) -> Alert:
    """The alert, if it is this person's to see. Raises Http404, also as Hidden."""
    rows = Alert.objects.select_related(
        "team", "call", "recording", "assigned_to", "acknowledged_by", "closed_by"
    )
    found = get_object_or_404(rows, id=alert_id)
    if not queries.all_alerts(person).filter(id=found.id).exists():
        raise Hidden(_outside(found))
    return found


def _outside(found: Alert) -> Refused:
    return Refused(
        verb=Verb.SEE_ALERTS,
        code="outside_scope",
        reason=_("Your roles do not reach this team."),
        ask=policy.whom_to_ask(),
        subject=found,
    )


def _people(found: Alert) -> QuerySet[Person]:
    """Whom it may be given to."""
    return policy.holders(use_case.verb_to_close(found), _place(found))


def _place(found: Alert) -> Alert | None:
    return found if found.team_id else None


def _history(found: Alert) -> QuerySet[AuditEntry]:
    """What the audit log tells of it, oldest first."""
    about = {"object_kind": Alert._meta.label_lower, "object_pk": str(found.id)}
    entries: QuerySet[AuditEntry] = AuditEntry.objects.filter(**about).order_by("id")
    return entries


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
