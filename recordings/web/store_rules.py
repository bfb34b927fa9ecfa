"""What the buckets do by themselves: as it is, as it should be, and the way from one to the
other. Two steps: the difference is looked at, then asked for; a worker carries it out."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.publish import publish_after_commit
from recordings import store_rules
from recordings.models import StoreRules
from recordings.store_tasks import settle_store_rules

State = StoreRules.State
TONES = {
    State.FITS: ("check", "green"),
    State.NONE: ("none", "faint"),
    State.UNSEEN: ("wait", "faint"),
    State.DIFFERS: ("wait", "amber"),
    State.DRIFTED: ("warn", "red"),
    State.FAILED: ("warn", "red"),
}
TROUBLES = {
    "LifecycleMoved": gettext_lazy(
        "The rules of the bucket, or the policies, were others by then. Look again, then ask anew."
    ),
    "StoreRefused": gettext_lazy(
        "The store refused: the worker lacks the right s3:PutLifecycleConfiguration."
    ),
}


@dataclass(frozen=True)
class Rule:
    """One rule and what would become of it: stays, comes, goes, or changes.

    lines: of its text, each with ' ', '+' or '-' before it.
    """

    id: str
    is_ours: bool
    destroys: bool
    fate: str
    fate_words: str
    lines: list[tuple[str, str]]


@require_safe
@never_cache
@guarded(Verb.EDIT_LIFECYCLE)
def listed(request: HttpRequest) -> HttpResponse:
    """Every store with what was found when it was asked last."""
    stores = [(one, *TONES[State(one.state)]) for one in StoreRules.objects.all()]
    return render(request, "recordings/store_rules_list.html", {"stores": stores})


@require_safe
@never_cache
@guarded(Verb.EDIT_LIFECYCLE)
def one(request: HttpRequest, rules_id: UUID) -> HttpResponse:
    """The rules of one store, rule by rule, and what would change."""
    row = _found(rules_id)
    rules = _compared(row)
    mark, tone = TONES[State(row.state)]
    context: dict[str, Any] = {
        "row": row,
        "mark": mark,
        "tone": tone,
        "rules": rules,
        "changes": [one for one in rules if one.fate != "stays"],
        "others_destroy": [one for one in rules if one.destroys],
        "seen": store_rules.shown(row),
        "trouble": TROUBLES.get(row.trouble, _("The store did not do it.")),
    }
    return render(request, "recordings/store_rules.html", context)


@require_POST
@guarded(Verb.EDIT_LIFECYCLE)
def apply(request: HttpRequest, rules_id: UUID) -> HttpResponse:
    """Ask for the rules as they were shown."""
    row = _found(rules_id)
    step_up.require(request, Verb.EDIT_LIFECYCLE)
    try:
        store_rules.ask(
            rules_id=row.pk,
            seen=request.POST.get("seen", ""),
            by=person_of(request),
            now=timezone.now(),
        )
    except store_rules.RulesMoved:
        messages.error(
            request, _("The rules have changed since this page was drawn. Look anew.")
        )
        return redirect("store-rules", row.pk)
    publish_after_commit(settle_store_rules)
    messages.success(
        request, _("Asked for. A worker writes the rules and reads them back.")
    )
    return redirect("store-rules", row.pk)


@require_POST
@guarded(Verb.EDIT_LIFECYCLE)
def look(request: HttpRequest, rules_id: UUID) -> HttpResponse:
    """Have a worker ask the store now."""
    row = _found(rules_id)
    store_rules.look_again(rules_id=row.pk, by=person_of(request))
    publish_after_commit(settle_store_rules)
    messages.success(request, _("A worker asks the store."))
    return redirect("store-rules", row.pk)


def _found(rules_id: UUID) -> StoreRules:
    row = StoreRules.objects.filter(pk=rules_id).select_related("asked_by").first()
    if row is None:
        raise Http404
    return row


_FATES: dict[str, Promise] = {
    "stays": gettext_lazy("stays"),
    "comes": gettext_lazy("is added"),
    "goes": gettext_lazy("is removed"),
    "changes": gettext_lazy("changes"),
}


def _compared(row: StoreRules) -> list[Rule]:
    """Each rule that is there or would be: what changes first, then those of others."""
    now = {one.id: one for one in store_rules.rules_of(row.found)}
    then = {one.id: one for one in store_rules.rules_of(row.planned)}
    rules = []
    for name in {**now, **then}:
        have, want = now.get(name), then.get(name)
        either = have or want
        if either is None:
            continue
        old, new = have.text if have else "", want.text if want else ""
        fate = "stays" if old == new else "changes"
        fate = "comes" if have is None else "goes" if want is None else fate
        lines = list(_diff(old, new))
        words = str(_FATES[fate])
        rules.append(Rule(name, either.is_ours, either.destroys, fate, words, lines))
    return sorted(rules, key=lambda one: (one.fate == "stays", one.is_ours, one.id))


def _diff(old: str, new: str) -> Iterable[tuple[str, str]]:
    for line in difflib.ndiff(old.splitlines(), new.splitlines()):
        if line[0] in " +-":
            yield line[0], line[2:]
