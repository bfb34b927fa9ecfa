"""Drafts of consent rules: written, changed, dropped, published. One a place at a time.

No call is judged by a draft. It becomes law only where somebody names the fingerprint of
exactly this draft beside exactly this law, which `recordings.impact` gives to whoever has
looked at the calls that it would change.
"""

import datetime as dt
import hashlib
import json
from dataclasses import fields
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.consent import places, rules
from compliance.consent.rules import RuleDraft
from compliance.consent.versions import RuleRefused, check_period
from compliance.models import ConsentRule, Person, Team


def of(place: str) -> ConsentRule | None:
    """The draft of a place's rule, with its author, if there is one."""
    return every().filter(place=places.normalise(place)).first()


def every() -> QuerySet[ConsentRule]:
    """All drafts with their authors, by place."""
    rows = ConsentRule.objects.filter(published_at=None)
    return rows.select_related("author").order_by("place_name")


def may_read(person: Person) -> bool:
    """Whether drafts are any business of this person: who changes rules for some team."""
    return not policy.scope_for(person, Verb.EDIT_RULE).is_empty


def require_reader(person: Person) -> None:
    """Raise Refused unless `may_read`."""
    if not may_read(person):
        raise Refused(
            verb=Verb.EDIT_RULE,
            code="no_role",
            reason=_("None of your roles allows this."),
            ask=policy.whom_to_ask(),
        )


@transaction.atomic
def write(*, draft: RuleDraft, by: Person, now: dt.datetime) -> ConsentRule:
    """Keep what an author wrote as the draft of its place, instead of an earlier one.

    Raises RuleRefused when it would never come into force: its period ends before it
    begins, or it begins before the version it is to replace.
    """
    versions = rules.locked_versions(draft.place)
    check_period(draft, versions, now.date())
    rule, _made = ConsentRule.objects.update_or_create(
        place=draft.place,
        version=ConsentRule.DRAFT,
        defaults={**draft.columns(), "author": by, "created_at": now},
    )
    facts = {"place": rule.place, "draft": fingerprint(rule)}
    log.append(Action.RULE_DRAFTED, subject=rule, facts=facts, actor=by)
    return rule


def hold(rule_id: UUID) -> ConsentRule:
    """The draft, which nobody else changes before this transaction ends.

    Raises RuleRefused when it has been published or dropped.
    """
    return _locked(rule_id)[0]


@transaction.atomic
def drop(*, rule: ConsentRule, by: Person) -> None:
    """Delete a draft. Raises RuleRefused when it is none any more."""
    draft = hold(rule.id)
    facts = {"place": draft.place}
    log.append(Action.RULE_DRAFT_DROPPED, subject=draft, facts=facts, actor=by)
    draft.delete()


@transaction.atomic
def publish(*, rule_id: UUID, seen: str, by: Person, now: dt.datetime) -> ConsentRule:
    """Make a draft the next version of its place's rule, reviewed by who publishes it.

    seen: the fingerprint of what somebody has looked at. Raises RuleRefused when draft or
    law have changed since, and when the draft would not come into force any more.
    """
    draft, versions = _locked(rule_id)
    if fingerprint(draft) != seen:
        raise RuleRefused(
            _("The draft, or the law beside it, has changed since: look again.")
        )
    check_period(draft, versions, now.date())
    draft.version = 1 + max((version.version for version in versions), default=0)
    draft.published_at = draft.reviewed_at = now
    draft.reviewed_by = by
    draft.save(update_fields=["version", "published_at", "reviewed_at", "reviewed_by"])
    log.append(
        Action.RULE_PUBLISHED,
        subject=draft,
        facts={
            "place": draft.place,
            "version": draft.version,
            "begins": draft.effective_from.isoformat(),
            "draft": seen,
        },
        actor=by,
    )
    return draft


def fingerprint(rule: ConsentRule) -> str:
    """Equal while the draft is, and the law that calls are judged by beside it: the book,
    the fallback, and what the teams have chosen of both."""
    draft = {field.name: getattr(rule, field.name) for field in fields(RuleDraft)}
    teams = Team.objects.order_by("id").values_list(
        "id", "seat", "strict", "fallback_level"
    )
    law = [rules.stamp(), rules.fallback_codes(), list(teams)]
    text = json.dumps([draft, law], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _locked(rule_id: UUID) -> tuple[ConsentRule, list[ConsentRule]]:
    """The draft and the versions beside it, held; the book first, as `write` does."""
    rows = ConsentRule.objects.filter(id=rule_id, published_at=None)
    found = rows.first()
    versions = rules.locked_versions(found.place) if found else []
    draft = rows.select_for_update().first()
    if draft is None:
        raise RuleRefused(_("This draft has been published or dropped meanwhile."))
    return draft, versions
