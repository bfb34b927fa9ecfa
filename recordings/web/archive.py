"""Ask for a recording out of the store's archive."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.publish import publish_after_commit
from recordings import archive_restore, queries
from recordings.store_tasks import settle_restorations


@require_POST
@guarded(Verb.VIEW)
def ask(request: HttpRequest, id: UUID) -> HttpResponse:
    """Ask for it, and go back to the call, which shows how far it is."""
    rows = queries.known_parts(person_of(request))
    part = load_or_404(rows, request.user, Verb.LISTEN, id)
    speed = request.POST.get("speed", "")
    try:
        archive_restore.ask(
            recording_id=part.pk, by=person_of(request), speed=speed, now=timezone.now()
        )
    except archive_restore.NotPossible:
        messages.error(request, _("It cannot be asked for so: look where it lies now."))
    else:
        publish_after_commit(settle_restorations)
        messages.success(request, _("Asked for. You are mailed when it is there."))
    return redirect(f"{reverse('call', args=[part.call_id])}?part={part.part}")
