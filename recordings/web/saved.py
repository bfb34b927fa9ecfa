"""Filters kept under a name: made and dropped by their owner."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from recordings import searching
from recordings.models import SavedSearch
from recordings.web import listing

NAME_LENGTH = 80


@require_POST
@guarded(Verb.VIEW)
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the address (?...) under the name of the form."""
    name = request.POST.get("name", "").replace("\0", "").strip()[:NAME_LENGTH]
    shown = listing.read(request)
    if not name:
        messages.warning(request, _("A saved search wants a name."))
        return redirect(f"{reverse('calls')}?{shown.query()}")
    kept = searching.keep(
        name=name,
        query=shown.query(search=""),
        within=shown.search,
        shared=request.POST.get("shared") == "on",
        by=shown.person,
        now=timezone.now(),
    )
    messages.info(request, _("Saved as %(name)s.") % {"name": kept.name})
    return redirect(f"{reverse('calls')}?search={kept.id}")


@require_POST
@guarded(Verb.VIEW)
def drop(request: HttpRequest, search_id: UUID) -> HttpResponse:
    """Drop one's own saved search; links to it end."""
    person = person_of(request)
    found = get_object_or_404(SavedSearch, id=search_id, owner=person)
    found.delete()
    messages.info(request, _("%(name)s is dropped.") % {"name": found.name})
    return redirect("calls")
