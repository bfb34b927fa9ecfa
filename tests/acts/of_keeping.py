"""Acts about how long things stay: policies, and holds."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Hold, RetentionPolicy
from compliance.retention import hold_release, holds, policies
from compliance.retention.policies import PolicyDraft
from recordings import dating, restoring, store_rules
from recordings.media_store import s3_archive
from recordings.models import Recording, StoreRules
from tests.acts.of_law import page_of
from tests.acts.planted import WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.second_person import second


def _drafted(cast: Cast) -> RetentionPolicy:
    draft = PolicyDraft(
        name="Kept for quality",
        team=cast.claims,
        keep_at_least="P1Y",
        label_key="ticket",
        label_value=WORDS,
        note=WORDS,
    )
    return policies.write(draft=draft, by=cast.officer, now=timezone.now())


def _policy_dropped(cast: Cast) -> Act:
    draft = _drafted(cast)
    return lambda: policies.drop(draft=draft, by=cast.officer)


def _policy_versioned(cast: Cast) -> Act:
    draft = _drafted(cast)
    now = timezone.now()
    return lambda: policies.publish(draft=draft, by=cast.officer, now=now)


def _policy_reached(cast: Cast) -> Act:
    part_of(hearable_call(cast.claims))
    draft = PolicyDraft(name="Kept for evidence", team=cast.claims, delete_after="P7Y")
    now = timezone.now()
    row = policies.write(draft=draft, by=cast.officer, now=now)
    policies.publish(draft=row, by=cast.officer, now=now)
    return lambda: dating.catch_up(now=now)


def _scope(cast: Cast, *, typed: str = "") -> Scope:
    """One call; typed: a name in its saved filter, which no party of it bears."""
    call = hearable_call(cast.claims)
    part_of(call)
    filters = json.dumps({"query": "", "name": typed}) if typed else ""
    return Scope(team=cast.claims.pk, calls=(call.pk,), filters=filters)


def _previewed(cast: Cast) -> Act:
    scope = _scope(cast)
    return lambda: holds.preview(scope=scope, by=cast.officer)


def _placed(cast: Cast, scope: Scope) -> Hold:
    return holds.place(
        matter=WORDS,
        custodian=WORDS,
        reason=WORDS,
        scope=scope,
        by=cast.officer,
        now=timezone.now(),
    )


def _hold_placed(cast: Cast) -> Act:
    scope = _scope(cast, typed=WORD)
    return lambda: _placed(cast, scope)


def _hold_caught(cast: Cast) -> Act:
    scope = _scope(cast)
    return lambda: _placed(cast, scope)


def _hold_read(cast: Cast) -> Act:
    return page_of(cast.officer, "hold", _placed(cast, _scope(cast)).pk)


def _hold_released(cast: Cast) -> Act:
    other = second(Role.OFFICER)
    hold, now = _placed(cast, _scope(cast)), timezone.now()
    asked = hold_release.ask(hold=hold, by=cast.officer, now=now)
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    return lambda: approving.carry_out(approval=asked, by=other, now=now)


def _hold_over(cast: Cast) -> Act:
    _hold_released(cast)()
    later = timezone.now() + timedelta(days=40)
    return lambda: hold_release.end_cooled(now=later)


def _lifecycle_asked(cast: Cast) -> Act:
    row = StoreRules.objects.create(
        store="s3:somewhere", planned=[{"id": "a", "text": "b", "destroys": False}]
    )
    now, seen = timezone.now(), store_rules.shown(row)
    return lambda: store_rules.ask(rules_id=row.pk, seen=seen, by=cast.officer, now=now)


def _restore_asked(cast: Cast) -> Act:
    part = part_of(hearable_call(cast.claims))
    archived = {"is_closed": True, "storage_class": "GLACIER", "store": "s3:x:y"}
    Recording.objects.filter(pk=part.pk).update(**archived)
    now = timezone.now()

    def act() -> object:
        with pytest.MonkeyPatch.context() as patch:
            offered = s3_archive.WAYS_BACK["GLACIER"]
            patch.setattr(restoring, "ways_back", lambda _part: offered)
            return restoring.ask(
                recording_id=part.pk, by=cast.officer, speed="usual", now=now
            )

    return act


ACTS: Table = {
    Action.RESTORE_ASKED: _restore_asked,
    Action.LIFECYCLE_ASKED: _lifecycle_asked,
    Action.POLICY_DRAFTED: lambda cast: lambda: _drafted(cast),
    Action.POLICY_DRAFT_DROPPED: _policy_dropped,
    Action.POLICY_VERSIONED: _policy_versioned,
    Action.POLICY_REACHED: _policy_reached,
    Action.HOLD_PREVIEWED: _previewed,
    Action.HOLD_PLACED: _hold_placed,
    Action.HOLD_CAUGHT: _hold_caught,
    Action.HOLD_READ: _hold_read,
    Action.HOLD_RELEASED: _hold_released,
    Action.HOLD_OVER: _hold_over,
}
