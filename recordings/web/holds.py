"""Legal holds: which there are, what one has caught, and its release by two."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import approvals, keyset
from compliance.access import policy, step_up
from compliance.access.guards import guarded, load_or_404, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Hold, HoldItem
from compliance.retention import held, hold_release
from recordings import queries
from recordings.models import Call, Recording
from recordings.web import hold_words, words

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """A hold as the list draws it."""

    hold: Hold

    @property
    def scope(self) -> str:
        """What it catches, in one line."""
        return hold_words.briefly(held.scope_of(self.hold))

    @property
    def store(self) -> hold_words.StoreWords:
        """What the store says of what it keeps."""
        return hold_words.store(self.hold)

    @property
    def mark(self) -> tuple[str, str]:
        """Mark and tone of its state."""
        return hold_words.TONES[Hold.State(self.hold.state)]


@dataclass(frozen=True)
class Caught:
    """An item of a hold, with its call."""

    item: HoldItem
    part: Recording | None

    @property
    def caller(self) -> object:
        """The number at the other end."""
        party = words.caller(self.part.call) if self.part else None
        return party.number if party else None


@require_safe
@never_cache
@guarded(Verb.VIEW_HOLD)
def holds(request: HttpRequest) -> HttpResponse:
    """The holds this person may see, those in force first by being the newest."""
    person = person_of(request)
    order = keyset.Order("placed_at")
    rows = held.seen_by(person)
    page = keyset.page_or_first(
        rows, order=order, cursor=request.GET.get("cursor", ""), size=SHOWN
    )
    counted = held.counted(rows).in_bulk([one.pk for one in page.rows])
    context = {
        "lines": [Line(counted[one.pk]) for one in page.rows],
        "may_place": policy.allows(person, Verb.PLACE_HOLD),
        "may_restrict": policy.allows(person, Verb.RESTRICT),
        "in_force": rows.filter(Hold.holding(timezone.now())).count(),
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/holds.html", context)


@require_safe
@never_cache
@guarded(Verb.VIEW_HOLD)
def hold(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """One hold and its contents. Reading them is an entry."""
    rows = held.counted(Hold.objects.select_related("team", "placed_by"))
    found = load_or_404(rows, request.user, Verb.VIEW_HOLD, hold_id)
    with transaction.atomic():
        log.append(Action.HOLD_READ, subject=found)
    page = keyset.page_or_first(
        HoldItem.objects.filter(hold=found),
        order=keyset.Order("id"),
        cursor=request.GET.get("cursor", ""),
        size=SHOWN,
    )
    context = {
        "hold": found,
        "line": Line(found),
        "scope": hold_words.scope(held.scope_of(found)),
        "rows": _caught(page.rows),
        "may_release": policy.allows(request.user, Verb.RELEASE_HOLD, found),
        "may_produce": policy.allows(request.user, Verb.PRODUCE, found),
        "asked": hold_release.asked(found),
        "may_certify": found.state == Hold.State.OVER
        and policy.allows(request.user, Verb.CERTIFY, found),
        "days": settings.HOLD_COOLING_DAYS,
        "older_url": f"?cursor={page.next}" if page.next else "",
        "newer_url": f"?cursor={page.previous}" if page.previous else "",
    }
    return render(request, "recordings/hold.html", context)


@require_POST
@guarded(Verb.RELEASE_HOLD)
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Ask a second person to release it; nothing is released yet."""
    rows = Hold.objects.select_related("team")
    found = load_or_404(rows, request.user, Verb.RELEASE_HOLD, hold_id)
    step_up.require(request, Verb.RELEASE_HOLD)
    try:
        asked = hold_release.ask(hold=found, by=person_of(request), now=timezone.now())
    except approvals.NotOpen as error:
        messages.warning(request, str(error))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        return redirect("approval", asked.pk)
    return redirect("hold", hold_id)


def _caught(items: list[HoldItem]) -> list[Caught]:
    """The items with their calls, in three queries."""
    ids = [item.item_id for item in items if item.kind == Recording.ITEM]
    parts = Recording.objects.filter(id__in=ids).select_related("call__team")
    by_id = {part.id: part for part in parts}
    calls = {part.call_id for part in by_id.values()}
    full = {one.pk: one for one in queries.for_list(Call.objects.filter(pk__in=calls))}
    for part in by_id.values():
        part.call = full[part.call_id]
    return [Caught(item, by_id.get(item.item_id)) for item in items]
