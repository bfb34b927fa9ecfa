"""What stores do by themselves: read hourly, compared, and changed when somebody asks.

The policies become neutral rules (`compliance.retention.tiers`), each store says what that
would make of its own, somebody looks at the difference and asks for it, and a worker puts it,
if it is still what was looked at. Where a store has no rules, the sweep alone destroys.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from compliance.retention import policies, tiers
from recordings import alerts, media_store
from recordings.media_store.errors import LifecycleMoved, StoreError
from recordings.media_store.lifecycle import StoreRule, fingerprint
from recordings.models import Alert, StoreRules

logger = logging.getLogger(__name__)

State = StoreRules.State
LOOKED_EVERY = timedelta(hours=1)
OURS_CHANGED, OTHERS_DESTROY = "ours_changed", "others_destroy"
"""Why an alert is open: codes that the pages put in words."""


_FOUND = ["state", "looked_at", "found", "planned"]
_ASKED = [
    *("applied", "applied_at", "trouble"),
    *("asked_by", "asked_at", "asked_found", "asked_planned"),
]


class RulesMoved(Exception):
    """The store, or the policies, say other things than the page that was decided on."""


def settle(*, now: datetime) -> int:
    """Carry out what somebody asked for, and look where an hour is over; returns how many
    stores were looked at."""
    for store in media_store.configured():
        StoreRules.objects.get_or_create(store=store.name)
    stale = Q(looked_at=None) | Q(looked_at__lte=now - LOOKED_EVERY)
    rows = list(StoreRules.objects.filter(stale | Q(asked_at__isnull=False)))
    for row in rows:
        if row.asked_at:
            _carry_out(row, now)
        look(row, now=now)
    return len(rows)


def ask(*, rules_id: UUID, seen: str, by: Person, now: datetime) -> None:
    """Ask that a store gets our rules as they were shown. seen: `shown` of that page.

    Raises Refused; RulesMoved where something has changed since.
    """
    policy.require(by, Verb.EDIT_LIFECYCLE)
    with transaction.atomic():
        row = StoreRules.objects.select_for_update().get(pk=rules_id)
        if seen != shown(row) or row.asked_at or not row.planned:
            raise RulesMoved
        row.asked_by, row.asked_at, row.trouble = by, now, ""
        row.asked_found = fingerprint(rules_of(row.found))
        row.asked_planned = fingerprint(rules_of(row.planned))
        row.save()
        log.append(
            Action.LIFECYCLE_ASKED,
            subject=row,
            actor=by,
            facts={"rules": len(row.planned), "print": row.asked_planned[:32]},
        )


def look_again(*, rules_id: UUID, by: Person) -> None:
    """Have a worker ask the store within the minute. Raises Refused."""
    policy.require(by, Verb.EDIT_LIFECYCLE)
    StoreRules.objects.filter(pk=rules_id).update(looked_at=None)


def shown(row: StoreRules) -> str:
    """Equal while a page shows the same: what is there, and what would be."""
    both = (fingerprint(rules_of(row.found)), fingerprint(rules_of(row.planned)))
    return "-".join(one[:32] for one in both)


def rules_of(stored: Iterable[dict[str, Any]]) -> list[StoreRule]:
    """Rules as they were written into a row."""
    return [StoreRule(one["id"], one["text"], one["destroys"]) for one in stored]


def _carry_out(row: StoreRules, now: datetime) -> None:
    """Put the rules, unless store or policies have moved on. Twice does no harm."""
    wanted = tiers.rules_of(policies.in_force())
    try:
        store = media_store.store(row.store)
        planned = store.planned_lifecycle(wanted) or []
        if fingerprint(planned) != row.asked_planned:
            raise LifecycleMoved("The policies say other things by now.")
        kept = store.lifecycle() or []
        if fingerprint(kept) != row.asked_planned:
            kept = store.set_lifecycle(wanted, seen=row.asked_found)
    except StoreError as error:
        _settled(row, Action.LIFECYCLE_FAILED, now, {"reason": type(error).__name__})
        return
    row.applied, row.applied_at = fingerprint(_ours(kept)), now
    _settled(row, Action.LIFECYCLE_APPLIED, now, {"rules": len(kept)})


def _settled(
    row: StoreRules, action: Action, now: datetime, facts: dict[str, Any]
) -> None:
    with transaction.atomic():
        rows = StoreRules.objects.select_for_update()
        if not rows.filter(pk=row.pk, asked_at=row.asked_at).exists():
            return  # another worker was at it too, and has told of it
        log.append(action, subject=row, actor=row.asked_by, facts=facts)
        row.trouble = facts.get("reason", "")
        row.asked_at = row.asked_by = None
        row.asked_found = row.asked_planned = ""
        row.save(update_fields=_ASKED)


def look(row: StoreRules, *, now: datetime) -> None:
    """Read the rules of a store and say how they stand; alert where they drifted."""
    wanted = tiers.rules_of(policies.in_force())
    try:
        store = media_store.store(row.store)
        found, planned = store.lifecycle(), store.planned_lifecycle(wanted)
    except StoreError as error:
        logger.warning("store_rules.not_read", extra={"error": type(error).__name__})
        row.state, row.looked_at = State.FAILED, now
        row.save(update_fields=_FOUND)
        return
    before = State(row.state)
    row.found, row.planned = _stored(found or []), _stored(planned or [])
    row.looked_at = now
    row.state = State.NONE if found is None else _compared(row)
    _tell(row, before, now)


def _compared(row: StoreRules) -> StoreRules.State:
    ours = fingerprint(_ours(rules_of(row.found)))
    if row.applied and ours != row.applied:
        return State.DRIFTED
    fits = ours == fingerprint(_ours(rules_of(row.planned)))
    return State.FITS if fits else State.DIFFERS


def _tell(row: StoreRules, before: StoreRules.State, now: datetime) -> None:
    why = OURS_CHANGED if row.state == State.DRIFTED else ""
    if not why and any(rule.destroys for rule in rules_of(row.found)):
        why = OTHERS_DESTROY
    with transaction.atomic():
        row.save(update_fields=_FOUND)
        subject = str(row.pk)
        if why:
            alerts.open_once(
                Alert.Kind.STORE_RULES, subject=subject, now=now, detail=why
            )
        else:
            alerts.close(Alert.Kind.STORE_RULES, subject=subject, now=now)
        if row.state == State.DRIFTED != before:
            log.append(Action.LIFECYCLE_DRIFTED, subject=row, facts={"what": why})


def _ours(rules: Iterable[StoreRule]) -> list[StoreRule]:
    return [one for one in rules if one.is_ours]


def _stored(rules: Iterable[StoreRule]) -> list[dict[str, Any]]:
    return [
        {"id": one.id, "text": one.text, "destroys": one.destroys}
        for one in sorted(rules, key=lambda one: one.id)
    ]
