"""Certificates of destruction: those issued, one, and its files."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance import certificate_file, certificate_paper, certificates, keyset
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.audit.checkpoint import fingerprint
from compliance.models import Certificate
from compliance.paper import sheet

SHOWN = 50
ITEMS_SHOWN = 100
_TYPES = {"json": "application/json", "pdf": "application/pdf"}


@require_safe
@never_cache
@guarded(Verb.CERTIFY)
def listed(request: HttpRequest) -> HttpResponse:
    """The certificates this person may read, the newest first, and our key."""
    page = keyset.page_or_first(
        certificates.seen_by(person_of(request)),
        order=keyset.Order("issued_at"),
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    context = {
        "certificates": page.rows,
        "fingerprint": fingerprint(certificate_file.publics()[0]),
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render(request, "compliance/certificates.html", context)


@require_safe
@never_cache
@guarded(Verb.CERTIFY)
def one(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """What a certificate says."""
    found = _found(request, certificate_id)
    said = certificates.said(found)
    context = {
        "certificate": found,
        "said": said,
        "originals": certificate_paper.originals(said),
        "items": said["items"][:ITEMS_SHOWN],
        "more": max(0, len(said["items"]) - ITEMS_SHOWN),
        "facts": certificate_paper.sheet(found).facts,
    }
    return render(request, "compliance/certificate.html", context)


@require_safe
@never_cache
@guarded(Verb.CERTIFY)
def take(request: HttpRequest, certificate_id: UUID, form: str) -> HttpResponse:
    """The signed JSON, or the printed page; taking either is an entry."""
    found = _found(request, certificate_id)
    body = certificates.taken(found, form=form, by=person_of(request))
    if form == "pdf":
        body = sheet.pdf(certificate_paper.sheet(found))
    response = HttpResponse(body, content_type=_TYPES[form])
    name = f"certificate-{found.number}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found(request: HttpRequest, certificate_id: UUID) -> Certificate:
    rows = Certificate.objects.select_related("team", "issued_by")
    return load_or_404(rows, request.user, Verb.CERTIFY, certificate_id)
