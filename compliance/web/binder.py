"""The binder: each control in a sentence, with the entries that show it at work."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access import policy
from compliance.access.guards import guarded
from compliance.access.permissions import Verb
from compliance.audit import controls, log
from compliance.audit.actions import Action
from compliance.audit.controls import Control
from compliance.models import AuditEntry
from compliance.models.audit import first_uuid_of

DAYS = 30


@dataclass(frozen=True)
class Shown:
    """A control with what happened of late."""

    control: Control
    count: int
    newest: AuditEntry | None


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def binder(request: HttpRequest) -> HttpResponse:
    """Every control, by standard; the figures are of the last DAYS days."""
    since = timezone.now() - timedelta(days=DAYS)
    scope = policy.scope_for(request.user, Verb.READ_AUDIT)
    rows = scope.narrow(AuditEntry.objects.filter(id__gte=first_uuid_of(since)))
    with transaction.atomic():
        log.append(Action.AUDIT_BINDER_READ)
        shown = _shown(rows)
    context = {
        "frameworks": [
            (name, list(those))
            for name, those in groupby(shown, key=lambda one: one.control.framework)
        ],
        "days": DAYS,
        "since": timezone.localdate(since),
        "controls": len(shown),
        "silent": sum(not one.count for one in shown),
    }
    return render(request, "compliance/binder.html", context)


def _shown(rows: "models.QuerySet[AuditEntry]") -> list[Shown]:
    """Two queries: the counts by act, and the newest entries."""
    by_act: dict[str, tuple[int, UUID]] = {
        act: (count, newest)
        for act, count, newest in rows.order_by()
        .values_list("act")
        .annotate(count=Count("id"), newest=_Newest("id"))
    }
    told: list[tuple[Control, int, Any]] = []
    for control in controls.CONTROLS:
        acts = {act.value for act in control.acts} or by_act.keys()
        found = [by_act[act] for act in acts if act in by_act]
        newest = max((id for _count, id in found), default=None)
        told.append((control, sum(count for count, _id in found), newest))
    entries = AuditEntry.objects.in_bulk([id for _c, _n, id in told if id])
    return [Shown(control, count, entries.get(id)) for control, count, id in told]


class _Newest(Max):
    """The largest id: PostgreSQL knows no max() of UUIDs before version 18."""

    template = "%(function)s(%(expressions)s::text)::uuid"
