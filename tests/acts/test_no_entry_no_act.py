"""When an entry cannot be written, what it tells of does not happen.

In real transactions, each act by itself: the one entry that tells of it is made to
fail, and afterwards every row of every table is what it was.
"""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from compliance.access.refusals import Hidden, record
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Purpose
from portal import maintenance
from recordings import media_store, playback
from recordings.media_store.base import Listing
from tests.acts import (
    of_access,
    of_calls,
    of_copies,
    of_keeping,
    of_law,
    of_log,
    of_plans,
    of_production,
    of_requests,
    of_restrictions,
    of_stock,
    of_telling,
)
from tests.acts.table import Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

ACTS: Table = {
    **of_access.ACTS,
    **of_calls.ACTS,
    **of_copies.ACTS,
    **of_keeping.ACTS,
    **of_law.ACTS,
    **of_log.ACTS,
    **of_production.ACTS,
    **of_restrictions.ACTS,
    **of_stock.ACTS,
    **of_requests.ACTS,
    **of_plans.ACTS,
    **of_telling.ACTS,
}
DENIAL = "a denial: whoever is turned away stays out, entered or not"
AFTER = "the end of something outside: its beginning is proved, and a sweep settles it"
TOLD = (
    "a fact that LiveKit or the store told: the row stays as it was, and is asked anew"
)
AFTER_LOCK = "a lock only keeps longer: what is not entered is found at the next look"
FOUND = "what a check of the log found, no act: the next one finds it again"
EXCEPTIONS = {
    Action.ACCESS_REFUSED: DENIAL,
    Action.APPROVAL_TAMPERED: DENIAL,
    Action.DIRECTORY_REFUSED: DENIAL,
    Action.LISTEN_REFUSED: DENIAL,
    Action.LOGIN_FAILED: DENIAL,
    Action.SERVICE_KEY_REFUSED: DENIAL,
    Action.STEP_UP_FAILED: DENIAL,
    Action.CAPTURE_STARTED: AFTER,
    Action.CAPTURE_FAILED: AFTER,
    Action.CAPTURE_UNCLEAR: AFTER,
    Action.CAPTURE_STOPPED: AFTER,
    Action.CAPTURE_STOP_FAILED: AFTER,
    Action.DESTRUCTION_DONE: AFTER,
    Action.DESTRUCTION_FAILED: AFTER,
    Action.RECORDING_REDACTED: "a new file was put aside; it takes no place before this",
    Action.ORIGINAL_DESTROYED: AFTER,
    Action.EXPORT_MADE: AFTER,
    Action.EXPORT_FAILED: AFTER,
    Action.EXPORT_DELETED: AFTER,
    Action.RENDITION_MADE: AFTER,
    Action.RENDITION_FAILED: AFTER,
    Action.RENDITION_DELETED: AFTER,
    Action.REQUEST_CODE_FAILED: AFTER,
    Action.REQUEST_PLAN_DONE: "a result, no act: the plan goes on until it is entered",
    Action.IMPACT_DONE: "a result, no act: the run goes on until it can be entered",
    Action.IMPACT_FAILED: "a result, no act: the run goes on until it can be entered",
    Action.INVENTORY_DONE: "a result, no act: the run goes on until it can be entered",
    Action.INVENTORY_FAILED: "a result, no act: the run goes on until it can be entered",
    Action.AUDIT_CHECKED: FOUND,
    Action.AUDIT_FOUND_CHANGED: FOUND,
    Action.AUDIT_ANCHORED: AFTER,
    Action.AUDIT_ANCHOR_WRONG: FOUND,
    Action.AUDIT_EPOCH_OPENED: FOUND,
    Action.AUDIT_PACK_MADE: AFTER,
    Action.AUDIT_PACK_FAILED: AFTER,
    Action.AUDIT_PACK_DELETED: AFTER,
    Action.COPY_MADE: AFTER,
    Action.COPY_FAILED: AFTER,
    Action.COPY_DELETED: AFTER,
    Action.PRODUCTION_VOLUME_MADE: AFTER,
    Action.PRODUCTION_VOLUME_FAILED: AFTER,
    Action.PRODUCTION_VOLUME_DELETED: AFTER,
    Action.PRODUCTION_READY: AFTER,
    Action.PRODUCTION_FAILED: AFTER,
    Action.RECORDING_PRODUCED: "stands with its volume's end; nothing has left by then",
    Action.CONTROL_RESTORED: FOUND,
    Action.HOLD_UNMARKED: FOUND,
    Action.LIFECYCLE_APPLIED: AFTER,
    Action.LIFECYCLE_FAILED: AFTER,
    Action.LIFECYCLE_DRIFTED: FOUND,
    Action.SIEM_RESUMED: FOUND,
    Action.SWEEP_STOPPED: FOUND,
    Action.JOURNAL_REPLAYED: "the end of a run: the sweep stays stopped until it stands",
    Action.CALL_RECONCILED: TOLD,
    Action.CAPTURE_FOUND: TOLD,
    Action.RECORDING_ABORTED: TOLD,
    Action.RECORDING_AVAILABLE: TOLD,
    Action.RECORDING_FAILED: TOLD,
    Action.RECORDING_IN_BACKUP: TOLD,
    Action.RECORDING_LIMIT_REACHED: TOLD,
    Action.RECORDING_LOST: TOLD,
    Action.RECORDING_LOCKED: AFTER_LOCK,
    Action.RESTORE_DONE: AFTER,
    Action.RESTORE_FAILED: AFTER,
    Action.RESTORE_LAPSED: TOLD,
    Action.RECORDING_UNLOCKED: TOLD,
}
"""Actions without a proof of their own, each with its reason."""
LOOKED = {"compliance_installation", "compliance_journalmark"}
"""How far the vault was compared, before anything is destroyed: no part of the act."""
PUT_OFF = {
    Action.DESTRUCTION_BEGUN: {"compliance_auditentry", "recordings_recording"},
    Action.PURGE_DONE: LOOKED,
}
"""What fails here is tried again later, and that it failed is an entry of its own."""


class LogBroken(DatabaseError):
    """No space is left for the entry."""


@pytest.fixture
def break_log(monkeypatch: pytest.MonkeyPatch) -> Callable[[Action], None]:
    """From then on entries of this action cannot be written, by whatever road."""
    sign = AuditEntry.expected_mac

    def broken_for(action: Action) -> None:
        def broken(entry: AuditEntry) -> str:
            if entry.act == action:
                raise LogBroken
            return sign(entry)

        monkeypatch.setattr(AuditEntry, "expected_mac", broken)

    return broken_for


@pytest.fixture
def asked_of_store(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """From then on the store does nothing but note what it is asked for."""
    asked: list[str] = []

    class Store:
        def list_versions(self, _key: str) -> Listing:
            return Listing(versions=1, bytes=9)  # a question, not an act

        def list_several(self, keys: list[str]) -> dict[str, Listing]:
            return dict.fromkeys(keys, Listing(versions=1, bytes=9))

        def __getattr__(self, name: str) -> Callable[..., None]:
            return lambda *_, **__: asked.append(name)

    def watch() -> list[str]:
        monkeypatch.setattr(media_store, "store", lambda *_: Store())
        return asked

    return watch


def everything() -> dict[str, str]:
    """What every table holds, as a hash by its name."""
    hashes = ", ".join(
        f"(SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"  # noqa: S608
        f' FROM "{name}" t) AS "{name}"'
        for name in sorted(connection.introspection.table_names())
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {hashes}")
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", sorted(ACTS))
def test_no_entry_no_act(
    action: Action,
    cast: Cast,
    break_log: Callable[[Action], None],
    asked_of_store: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maintenance, "_last", (float("-inf"), None))
    act = ACTS[action](cast)
    before, asked = everything(), asked_of_store()
    break_log(action)

    with pytest.raises(LogBroken):
        act()

    after = everything()
    changed = {name for name in before if after[name] != before[name]}
    assert changed == PUT_OFF.get(action, set())
    assert asked == []


def test_every_action_is_proved_or_has_a_reason() -> None:
    missing = set(Action) - set(ACTS) - set(EXCEPTIONS)

    assert not missing, (
        f"{sorted(missing)}: write how each is done into a table of tests/acts,"
        " or say in EXCEPTIONS why nothing is left to undo when its entry fails"
    )
    assert not set(ACTS) & set(EXCEPTIONS), "what is proved needs no reason"


@pytest.mark.django_db(transaction=True)
def test_a_refused_listen_is_an_entry_that_outlives_the_rollback(
    cast: Cast, asked_of_store: Callable[[], list[str]]
) -> None:
    part = part_of(hearable_call(cast.claims))
    asked = asked_of_store()
    with pytest.raises(Hidden) as hidden:
        playback.open(
            recording_id=part.id,
            listener=cast.sales_reviewer,
            purpose=Purpose.QUALITY,
            now=timezone.now(),
        )
    record(hidden.value)

    entry = AuditEntry.objects.get(outcome="refused")
    assert entry.object_pk == str(part.pk)
    assert entry.team_id == cast.claims.pk
    assert asked == []
