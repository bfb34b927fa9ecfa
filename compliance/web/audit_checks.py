"""Whether the log is what was sealed, and packs of it for others to check."""

import datetime as dt
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import audit_packs
from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.audit import checks as use_case
from compliance.models import AuditCheck
from compliance.publish import publish_after_commit
from compliance.tasks import make_audit_pack

SHOWN = 14
PACKS_SHOWN = 10


class PackForm(forms.Form):
    """Which part; days are whole days in the viewer's zone."""

    since = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def bounds(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """From the first day's beginning to the last one's end."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return _midnight(since), _midnight(until, days=1)


@require_safe
@never_cache
@guarded(Verb.VERIFY_AUDIT)
def checks(request: HttpRequest) -> HttpResponse:
    """The last results, and one's own packs. While one is made, it asks again."""
    last = use_case.latest()
    packs = list(audit_packs.mine(person_of(request))[:PACKS_SHOWN])
    context = {
        "last": last,
        "findings": use_case.findings(last) if last else [],
        "checks": AuditCheck.objects.all()[:SHOWN],
        "is_overdue": use_case.is_due(now=timezone.now(), after=use_case.OVERDUE),
        "packs": [(one, audit_packs.progress(one)) for one in packs],
        "is_unfinished": any(one.is_unfinished for one in packs),
        "form": PackForm(),
        "now": timezone.now(),
    }
    return render(request, "compliance/audit_checks.html", context)


@require_POST
@guarded(Verb.VERIFY_AUDIT)
def ask(request: HttpRequest) -> HttpResponse:
    """Have a part of the log written out."""
    step_up.require(request, Verb.VERIFY_AUDIT)
    form = PackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("A date could not be read."))
        return redirect("audit-checks")
    since, until = form.bounds()
    try:
        asked = audit_packs.ask(
            since=since, until=until, by=person_of(request), now=timezone.now()
        )
    except audit_packs.TooMany:
        messages.warning(request, _("Wait until the packs you asked for are made."))
        return redirect("audit-checks")
    publish_after_commit(make_audit_pack, pack_id=str(asked.id))
    return redirect("audit-checks")


@require_safe
@never_cache
@guarded(Verb.VERIFY_AUDIT)
def take(request: HttpRequest, pack_id: UUID) -> HttpResponseBase:
    """The file itself, to who asked for it; each time it is taken is an entry."""
    step_up.require(request, Verb.VERIFY_AUDIT)
    try:
        asked, opened = audit_packs.take(
            pack_id=pack_id, by=person_of(request), now=timezone.now()
        )
    except audit_packs.NotThere:
        messages.warning(request, _("This file is not there. Ask for it again."))
        return redirect("audit-checks")
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=f"audit-{asked.asked_at:%Y-%m-%d-%H%M}.zip",
        content_type="application/zip",
    )
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _midnight(day: dt.date | None, *, days: int = 0) -> dt.datetime | None:
    if day is None or day.year >= dt.MAXYEAR:
        return None
    midnight = dt.datetime.combine(day + dt.timedelta(days=days), dt.time.min)
    return timezone.make_aware(midnight)
