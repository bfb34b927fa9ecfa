"""Ask for a certificate of destruction: of a call, of a list as it is filtered, of a hold,
of a purge."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from compliance import certificates
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.certificates import About, CannotCertify
from compliance.models import Certificate, DestructionReceipt, Hold
from recordings import certifying, queries
from recordings.models import Purge
from recordings.web import listing


@dataclass(frozen=True)
class Asked:
    """What the address of the page is about."""

    about: Certificate.About
    receipts: QuerySet[DestructionReceipt]
    subject_id: UUID | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.CERTIFY)
def new(request: HttpRequest) -> HttpResponse:
    """What it would certify; a POST to the same address issues it."""
    person, now = person_of(request), timezone.now()
    asked = _asked(request)
    if request.method == "POST":
        try:
            made = certificates.issue(
                receipts=asked.receipts,
                about=asked.about,
                subject_id=asked.subject_id,
                by=person,
                now=now,
            )
        except CannotCertify as error:
            messages.warning(request, str(error))
            return redirect(request.get_full_path())
        return redirect("certificate", made.pk)
    context = {
        "about": asked.about.label,
        "extent": certifying.measure(certificates.reach(asked.receipts, by=person)),
        "most": certificates.MOST,
        "query": request.GET.urlencode(),
    }
    return render(request, "recordings/certify.html", context)


def _asked(request: HttpRequest) -> Asked:
    """By ?hold=, ?purge=, ?call=, else the list of calls that the address describes."""
    if "hold" in request.GET:
        hold = load_or_404(
            Hold.objects.all(), request.user, Verb.VIEW_HOLD, _id(request, "hold")
        )
        return Asked(About.HOLD, certifying.of_hold(hold), hold.pk)
    if "purge" in request.GET:
        purge = load_or_404(
            Purge.objects.all(), request.user, Verb.PURGE, _id(request, "purge")
        )
        return Asked(About.PURGE, certifying.of_purge(purge), purge.pk)
    if "call" in request.GET:
        calls = queries.known_calls(person_of(request))
        call = load_or_404(calls, request.user, Verb.CERTIFY, _id(request, "call"))
        return Asked(About.CALL, certifying.of_calls(calls), call.pk)
    return Asked(About.LIST, certifying.of_calls(listing.read(request).rows))


def _id(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.GET[name])
    except ValueError as error:
        raise Http404 from error
