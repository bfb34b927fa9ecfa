"""Acts about how long things stay: policies, and holds."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance import certificates
from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import (
    Certificate,
    ClockEvent,
    DestructionReceipt,
    Hold,
    NumberList,
    RetentionPolicy,
)
from compliance.retention import (
    clock_events,
    hold_release,
    holds,
    number_lists,
    pausing,
    policies,
)
from compliance.retention.policies import PolicyDraft
from recordings import (
    archive_restore,
    dating,
    expiry,
    frozen,
    purges,
    purging,
    store_rules,
    told_events,
)
from recordings.media_store import s3_archive
from recordings.models import Call, Purge, PurgeItem, Recording, Rehearsal, StoreRules
from recordings.told_events import Told
from tests.acts.of_law import page_of
from tests.acts.planted import WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.compliance import DestructionReceiptFactory
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
        reference=WORDS,
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


def _numbers(cast: Cast) -> NumberList:
    now = timezone.now()
    return number_lists.make(name=WORDS, team=None, by=cast.officer, now=now)


def _numbers_changed(cast: Cast) -> Act:
    found = _numbers(cast)
    add = number_lists.kept(["+493023125001"])
    wanted = number_lists.change(found, add=add)
    now = timezone.now()
    return lambda: number_lists.carry_out(wanted=wanted, by=cast.officer, now=now)


def _frozen(cast: Cast) -> Rehearsal:
    return frozen.freeze(_drafted(cast), by=cast.officer, now=timezone.now())


def _rehearsal_frozen(cast: Cast) -> Act:
    draft, now = _drafted(cast), timezone.now()
    return lambda: frozen.freeze(draft, by=cast.officer, now=now)


def _rehearsal_taken(cast: Cast) -> Act:
    made = _frozen(cast)
    return lambda: frozen.take(frozen=made, by=cast.officer)


def _event_named(cast: Cast) -> ClockEvent:
    now = timezone.now()
    return clock_events.name(
        code="contract_ended", words=WORDS, by=cast.officer, now=now
    )


def _event_ended(cast: Cast) -> Act:
    event = _event_named(cast)
    return lambda: clock_events.end(event=event, by=cast.officer, now=timezone.now())


def _told(cast: Cast, event: ClockEvent, call: Call, days: int) -> Told:
    now = timezone.now()
    return told_events.tell(
        event=event,
        calls=[call],
        occurred_at=now - timedelta(days=days),
        corrects=True,
        by=cast.officer,
        now=now,
    )


def _event_told(cast: Cast) -> Act:
    event, call = _event_named(cast), hearable_call(cast.claims)
    return lambda: _told(cast, event, call, days=3)


def _event_corrected(cast: Cast) -> Act:
    event, call = _event_named(cast), hearable_call(cast.claims)
    _told(cast, event, call, days=3)
    return lambda: _told(cast, event, call, days=9)


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


def _sweep_paused(cast: Cast) -> Act:
    return lambda: pausing.pause(reason=WORDS, by=cast.officer, now=timezone.now())


def _sweep_resumed(cast: Cast) -> Act:
    _sweep_paused(cast)()
    return lambda: pausing.resume(by=cast.officer, now=timezone.now())


def _brought_back(cast: Cast) -> Act:
    now = timezone.now()
    part = part_of(hearable_call(cast.claims))
    yesterday = now - timedelta(days=1)
    part.expires_at, part.gone_by = yesterday, now + timedelta(days=9)
    part.dating = {"written": yesterday.isoformat(), "by_hand": None}
    part.save()
    return lambda: expiry.bring_back(recording=part, days=7, by=cast.officer, now=now)


def _purge(cast: Cast) -> Purge:
    """Of one recording, by a name in its filter that no party of it bears."""
    scope = _scope(cast)
    filters = json.dumps({"query": "", "name": ""})
    wanted = Scope(team=scope.team, calls=scope.calls, filters=filters)
    return purges.rehearse(scope=wanted, by=cast.officer, now=timezone.now())


def _purge_rehearsed(cast: Cast) -> Act:
    scope, now = _scope(cast), timezone.now()
    return lambda: purges.rehearse(scope=scope, by=cast.officer, now=now)


def _purge_taken(cast: Cast) -> Act:
    purge = _purge(cast)
    return lambda: purges.take(purge=purge, by=cast.officer)


def _purge_begun(cast: Cast) -> Act:
    other = second(Role.OFFICER)
    purge, now = _purge(cast), timezone.now()
    asked = purges.ask(purge=purge, by=cast.officer, now=now)
    approving.approve(approval=asked, by=other, now=now)
    asked.refresh_from_db()
    return lambda: approving.carry_out(approval=asked, by=other, now=now)


def _running(cast: Cast) -> Purge:
    _purge_begun(cast)()
    return Purge.objects.get()


def _purge_cancelled(cast: Cast) -> Act:
    purge = _running(cast)
    return lambda: purges.cancel(purge=purge, by=cast.officer, now=timezone.now())


def _purge_done(cast: Cast) -> Act:
    purge = _running(cast)
    purge.items.update(fate=PurgeItem.Fate.CHANGED)
    return lambda: purging.advance(purge_id=purge.pk, now=timezone.now())


def _certified(cast: Cast) -> Certificate:
    part = part_of(hearable_call(cast.claims))
    DestructionReceiptFactory.create(item_id=part.pk, team_id=cast.claims.pk)
    return certificates.issue(
        receipts=DestructionReceipt.objects.filter(item_id=part.pk),
        about=Certificate.About.CALL,
        by=cast.officer,
        now=timezone.now(),
    )


def _certificate_made(cast: Cast) -> Act:
    receipt = DestructionReceiptFactory.create(team_id=cast.claims.pk)
    now = timezone.now()
    return lambda: certificates.issue(
        receipts=DestructionReceipt.objects.filter(pk=receipt.pk),
        about=Certificate.About.LIST,
        by=cast.officer,
        now=now,
    )


def _certificate_taken(cast: Cast) -> Act:
    made = _certified(cast)
    return lambda: certificates.taken(made, form="json", by=cast.officer)


def _restore_asked(cast: Cast) -> Act:
    part = part_of(hearable_call(cast.claims))
    archived = {"is_closed": True, "storage_class": "GLACIER", "store": "s3:x:y"}
    Recording.objects.filter(pk=part.pk).update(**archived)
    now = timezone.now()

    def act() -> object:
        with pytest.MonkeyPatch.context() as patch:
            offered = s3_archive.WAYS_BACK["GLACIER"]
            patch.setattr(archive_restore, "ways_back", lambda _part: offered)
            return archive_restore.ask(
                recording_id=part.pk, by=cast.officer, speed="usual", now=now
            )

    return act


ACTS: Table = {
    Action.RESTORE_ASKED: _restore_asked,
    Action.LIFECYCLE_ASKED: _lifecycle_asked,
    Action.PURGE_REHEARSED: _purge_rehearsed,
    Action.PURGE_TAKEN: _purge_taken,
    Action.PURGE_BEGUN: _purge_begun,
    Action.PURGE_CANCELLED: _purge_cancelled,
    Action.PURGE_DONE: _purge_done,
    Action.SWEEP_PAUSED: _sweep_paused,
    Action.SWEEP_RESUMED: _sweep_resumed,
    Action.RECORDING_BROUGHT_BACK: _brought_back,
    Action.POLICY_DRAFTED: lambda cast: lambda: _drafted(cast),
    Action.POLICY_DRAFT_DROPPED: _policy_dropped,
    Action.POLICY_VERSIONED: _policy_versioned,
    Action.POLICY_REACHED: _policy_reached,
    Action.NUMBER_LIST_MADE: lambda cast: lambda: _numbers(cast),
    Action.NUMBER_LIST_CHANGED: _numbers_changed,
    Action.REHEARSAL_FROZEN: _rehearsal_frozen,
    Action.REHEARSAL_TAKEN: _rehearsal_taken,
    Action.CLOCK_EVENT_NAMED: lambda cast: lambda: _event_named(cast),
    Action.CLOCK_EVENT_ENDED: _event_ended,
    Action.CLOCK_EVENT_TOLD: _event_told,
    Action.CLOCK_EVENT_CORRECTED: _event_corrected,
    Action.HOLD_PREVIEWED: _previewed,
    Action.HOLD_PLACED: _hold_placed,
    Action.HOLD_CAUGHT: _hold_caught,
    Action.HOLD_READ: _hold_read,
    Action.HOLD_RELEASED: _hold_released,
    Action.HOLD_OVER: _hold_over,
    Action.CERTIFICATE_MADE: _certificate_made,
    Action.CERTIFICATE_TAKEN: _certificate_taken,
}
