"""Place a legal hold: say what it is for, look what it would catch, place it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.custody import Extent
from compliance.publish import publish_after_commit
from compliance.retention import holds
from compliance.tasks import catch_hold
from recordings.web import hold_words
from recordings.web.chosen_calls import initial
from recordings.web.hold_form import HoldForm

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.PLACE_HOLD)
def new(request: HttpRequest) -> HttpResponse:
    """The form, filled from a call or a list of calls one comes from."""
    person, now = person_of(request), timezone.now()
    if request.method != "POST":
        form = HoldForm(person=person, now=now, initial=initial(request))
        return _drawn(request, form)
    form = HoldForm(request.POST, person=person, now=now)
    if not form.is_valid():
        return _drawn(request, form, status=UNPROCESSABLE)
    try:
        if request.POST.get("act") != "place":
            extent = holds.preview(scope=form.scope(), by=person)
            return _drawn(request, form, extent=extent)
        return _place(request, form)
    except holds.HoldRefused as refused:
        form.add_error(None, str(refused))
        return _drawn(request, form, status=UNPROCESSABLE)


def _place(request: HttpRequest, form: HoldForm) -> HttpResponse:
    told = form.cleaned_data
    hold = holds.place(
        matter=told["matter"],
        custodian=told["custodian"],
        reason=told["reason"],
        is_confidential=told["is_confidential"],
        scope=form.scope(),
        by=form.person,
        now=form.now,
    )
    if hold.listed_at is None:
        publish_after_commit(catch_hold, hold_id=str(hold.pk))
    messages.success(request, _("The hold is in force."))
    return redirect("hold", hold.pk)


def _drawn(
    request: HttpRequest,
    form: HoldForm,
    *,
    extent: Extent | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "extent": extent,
        "scope": hold_words.scope(form.scope()) if extent else [],
        "from_list": bool(form["listed"].value()),
    }
    return render(request, "recordings/hold_new.html", context, status=status)
