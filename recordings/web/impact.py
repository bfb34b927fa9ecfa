"""The page of a draft of a consent rule: what it says, which calls it would have changed,
and the button that makes it law."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance import keyset
from compliance.access import policy
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.consent import drafts, rules
from compliance.consent.versions import RuleRefused, in_force
from compliance.keyset import Order
from compliance.models import ConsentRule
from compliance.publish import publish_after_commit
from compliance.web import rule_words
from recordings import impact as use_case
from recordings.models import Flip, Impact
from recordings.tasks import look_into_impact
from recordings.web import tally
from recordings.web.flip_words import Row

PAGE_SIZE = 50
NEWEST_FIRST = Order("started_at")


@require_safe
@never_cache
@guarded(Verb.VIEW)
def draft(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """A draft beside the version it is to replace, and what a run over the calls found.

    Once it is published the page stays as what was seen before.
    """
    person = person_of(request)
    drafts.require_reader(person)
    every = ConsentRule.objects.select_related("author", "reviewed_by")
    rule = get_object_or_404(every, id=rule_id)
    impact = Impact.objects.filter(rule=rule).select_related("asked_by").first()
    if impact is None and not rule.is_draft:
        return redirect("rule", rule.place)
    context = {
        "rule": rule,
        "sentence": rule_words.asks_for(rule),
        "impact": impact,
        "is_stale": _is_stale(rule, impact),
        "may_edit": policy.allows(person, Verb.EDIT_RULE),
        **_beside(rule),
    }
    if impact and impact.state == Impact.State.DONE and not context["is_stale"]:
        context |= _found(request, impact)
    return render(request, "recordings/draft.html", context)


@require_POST
@guarded(Verb.EDIT_RULE)
def look(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Have the stored calls judged by the draft too."""
    get_object_or_404(ConsentRule, id=rule_id)
    try:
        impact = use_case.begin(
            rule_id=rule_id, by=person_of(request), now=timezone.now()
        )
    except RuleRefused as refused:
        messages.error(request, str(refused))
    else:
        publish_after_commit(look_into_impact, impact_id=str(impact.id))
    return redirect("draft", rule_id)


@require_POST
@guarded(Verb.EDIT_RULE)
def publish(request: HttpRequest, rule_id: UUID) -> HttpResponse:
    """Make the draft law, as its page showed it."""
    get_object_or_404(ConsentRule, id=rule_id)
    try:
        rule = use_case.publish(
            rule_id=rule_id,
            seen=request.POST.get("seen", ""),
            by=person_of(request),
            now=timezone.now(),
        )
    except RuleRefused as refused:
        messages.error(request, str(refused))
        return redirect("draft", rule_id)
    told = {
        "version": rule.version,
        "day": date_format(rule.effective_from, "SHORT_DATE_FORMAT"),
    }
    messages.success(
        request, _("Version %(version)s is published. It holds from %(day)s.") % told
    )
    return redirect("rule", rule.place)


def _is_stale(rule: ConsentRule, impact: Impact | None) -> bool:
    """Whether draft or law have changed since the run began. What was published was not."""
    if impact is None or not rule.is_draft:
        return False
    return impact.fingerprint != drafts.fingerprint(rule)


def _beside(rule: ConsentRule) -> dict[str, Any]:
    """What the draft says, and where it differs from what it follows, if anything."""
    versions = [one for one in rules.versions_of(rule.place) if one != rule]
    follows = in_force(versions, rule.effective_from)
    if follows is None:
        return {"rows": rule_words.compared([rule])}
    today = timezone.now().date()
    rows = rule_words.compared([rule, follows])
    return {
        "rows": [row for row in rows if row.cells[0].changed],
        "follows": follows,
        "standing": rule_words.standing(follows, versions=versions, today=today),
    }


def _found(request: HttpRequest, impact: Impact) -> dict[str, Any]:
    flips = use_case.flips_of(impact, person_of(request))
    means = request.GET.get("means", "")
    shown = flips.filter(effect=means) if means in Flip.Effect else flips
    page = _page(shown, request.GET.get("cursor", ""))
    return {
        "tally": tally.of(impact, person_of(request)),
        "within": _within(impact.rule, flips).count(),
        "means": means if means in Flip.Effect else "",
        "flips": [Row(flip) for flip in page.rows],
        "older_url": _url(impact, means, page.next),
        "newer_url": _url(impact, means, page.previous),
    }


def _page(flips: QuerySet[Flip], cursor: str) -> keyset.Page[Flip]:
    rows = flips.select_related("call", "team")
    return keyset.page_or_first(rows, order=NEWEST_FIRST, cursor=cursor, size=PAGE_SIZE)


def _within(rule: ConsentRule, flips: QuerySet[Flip]) -> QuerySet[Flip]:
    """Those of days on which the rule is to hold: not only what would have been."""
    midnight = datetime.combine(rule.effective_from, time(), UTC)
    flips = flips.filter(started_at__gte=midnight)
    if rule.effective_to is None:
        return flips
    over = datetime.combine(rule.effective_to, time(), UTC) + timedelta(days=1)
    return flips.filter(started_at__lt=over)


def _url(impact: Impact, means: str, cursor: str) -> str:
    if not cursor:
        return ""
    query = {"means": means, "cursor": cursor} if means else {"cursor": cursor}
    return f"{reverse('draft', args=[impact.rule_id])}?{urlencode(query)}"
