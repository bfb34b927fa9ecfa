"""The reasons people gave for looking at what colleagues heard; their words can go."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import grounds, keyset
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.models import Ground

PAGE_SIZE = 50
_NEWEST_FIRST = keyset.Order("at", filled=True)


@require_safe
@never_cache
@guarded(Verb.ERASE_GROUND)
def listed(request: HttpRequest) -> HttpResponse:
    """Every reason, the newest first, page by page."""
    page = keyset.page_or_first(
        Ground.objects.select_related("by", "erased_by"),
        order=_NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )
    context = {
        "grounds": page.rows,
        "older_url": _url(page.next),
        "newer_url": _url(page.previous),
    }
    return render(request, "compliance/grounds.html", context)


@require_POST
@guarded(Verb.ERASE_GROUND)
def erase(request: HttpRequest, ground_id: UUID) -> HttpResponse:
    """Erase the words of one."""
    try:
        grounds.erase(ground_id=ground_id, by=person_of(request), now=timezone.now())
    except Ground.DoesNotExist as error:
        raise Http404 from error
    except grounds.AlreadyErased:
        messages.info(request, _("It was erased already."))
    else:
        messages.success(request, _("The words are erased; that they were is entered."))
    return redirect("grounds")


def _url(cursor: str) -> str:
    return reverse("grounds", query={"cursor": cursor}) if cursor else ""
