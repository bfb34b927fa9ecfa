"""The audit log as a timeline. Reading it is itself an entry."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, load_or_404
from compliance.access.permissions import Verb
from compliance.audit import controls, log, presenters, proofs, selection
from compliance.audit.actions import Action
from compliance.audit.selection import Found
from compliance.models import AuditEntry, Team
from compliance.web import proof_tree
from compliance.web.audit_filter import AuditFilter, query_of
from compliance.web.audit_words import WORDS

PAGE_SIZE = 50
_NOTHING = Found(keyset.Page([], "", ""))


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def timeline(request: HttpRequest) -> HttpResponse:
    """Fifty entries at a time, newest first."""
    form = AuditFilter(request.GET)
    is_read = form.is_valid()
    with transaction.atomic():
        found = _found(request, form) if is_read else _NOTHING
        used = form.used() if is_read else []
        log.append(
            Action.AUDIT_READ,
            facts={"filters": ",".join(used), "entries": len(found.page.rows)},
        )
    context = {
        "form": form,
        "is_filtered": bool(used),
        "may_verify": policy.allows(request.user, Verb.VERIFY_AUDIT),
        "control": controls.BY_CODE.get(request.GET.get("control", "")),
        "lines": presenters.lines(found.page.rows, words=WORDS),
        "looked_back_to": found.looked_back_to,
        "older_url": _url(request, found.next),
        "newer_url": _url(request, found.page.previous),
        "query": query_of(request.GET),
    }
    return render(request, "compliance/audit.html", context)


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """One entry with all its facts, whether its MAC still fits, and its proof."""
    found = _opened(request, entry_id)
    team = Team.objects.filter(pk=found.team_id).first() if found.team_id else None
    context = {
        "line": presenters.lines([found], words=WORDS)[0],
        "entry": found,
        "team": team,
        "changes": presenters.changes(found),
        "mac": _mac_state(found),
        **_proof(found),
    }
    return render(request, "compliance/audit_entry.html", context)


@require_safe
@never_cache
@guarded(Verb.READ_AUDIT)
def proof(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """An entry with its proof, for whoever checks it with a program of his own."""
    found = _opened(request, entry_id)
    shown = _proof(found)["proof"]
    if shown is None:
        return redirect("audit-entry", entry_id)  # which says why there is none
    response = JsonResponse(shown.as_json(found), json_dumps_params={"indent": 2})
    name = f"entry-{found.id}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _found(request: HttpRequest, form: AuditFilter) -> Found:
    scope = policy.scope_for(request.user, Verb.READ_AUDIT)
    return selection.find(
        form.selection(),
        within=scope.narrow(AuditEntry.objects.all()),
        is_scoped=not scope.everything,
        cursor=request.GET.get("cursor", ""),
        size=PAGE_SIZE,
    )


def _opened(request: HttpRequest, entry_id: UUID) -> AuditEntry:
    """The entry, once it is entered that it was opened."""
    found: AuditEntry = load_or_404(
        AuditEntry.objects.all(), request.user, Verb.READ_AUDIT, entry_id
    )
    with transaction.atomic():
        log.append(Action.AUDIT_ENTRY_READ, subject=found)
    return found


def _proof(found: AuditEntry) -> dict[str, Any]:
    """proof: None while it is not sealed. is_broken: what proves it is not there."""
    try:
        shown = proofs.shown(found)
    except LookupError:
        return {"proof": None, "is_broken": True}
    return {"proof": shown, "tree": proof_tree.drawn(shown) if shown else None}


def _mac_state(found: AuditEntry) -> str:
    try:
        return "fits" if found.is_authentic() else "broken"
    except LookupError:
        return "no_key"


def _url(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    query = query_of(request.GET)
    return f"{reverse('audit')}?{urlencode({**query, 'cursor': cursor})}"
