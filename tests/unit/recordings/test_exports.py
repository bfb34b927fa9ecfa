"""A list as a file: asked for, made once, taken by its owner, gone after a day."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.http import Http404

from compliance import packages
from compliance.access import grants, policy
from compliance.access.refusals import Hidden, Refused
from compliance.access.roles import Role
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person, PhoneNumber, RoleGrant
from compliance.models.staff_identity import staff_mark
from recordings import exporting, exports, searching, spreadsheet
from recordings.models import Call, Export, SavedSearch
from tests.cast import SINCE, Cast
from tests.factories.compliance import StaffIdentityFactory
from tests.factories.recordings import CallFactory, PartyFactory

Entries = Callable[..., list[AuditEntry]]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=25)
NUMBER = "+4930123454711"
State = Export.State


def ask(
    by: Person, query: str = "", within: SavedSearch | None = None, now: datetime = NOW
) -> Export:
    """A list that this person wants as a file."""
    return exports.ask(query=query, within=within, by=by, now=now)


def taken(export: Export, by: Person) -> str:
    """What is in the file."""
    _export, file = exports.take(export_id=export.id, by=by, now=NOW)
    with file:
        return str(file.read(), "utf-8-sig")


def made(by: Person, query: str = "", within: SavedSearch | None = None) -> list[str]:
    """The ids in the file, in order."""
    export = ask(by, query, within)
    assert exporting.make(export_id=export.id, now=NOW)
    text = taken(export, by)
    return [row["Call"] for row in csv.DictReader(io.StringIO(text))]


def test_it_holds_what_the_filters_match_in_their_order(cast: Cast) -> None:
    short = CallFactory.create(team=cast.claims, duration_ms=1_000)
    long = CallFactory.create(team=cast.claims, duration_ms=9_000)
    CallFactory.create(team=cast.claims, capture=Call.Capture.FAILED)
    query = "capture=recorded&sort=length"
    assert made(cast.officer, query) == [str(short.id), str(long.id)]
    assert made(cast.officer, "capture=recorded&sort=-length") == [
        str(long.id),
        str(short.id),
    ]


def test_it_holds_only_teams_whose_lists_one_may_take(cast: Cast) -> None:
    grants.grant(
        person=cast.lead, role=Role.REVIEWER, by=None, now=SINCE, team=cast.sales
    )
    mine = CallFactory.create(team=cast.claims)
    CallFactory.create(team=cast.sales)
    assert made(cast.lead) == [str(mine.id)]


def test_a_search_for_a_person_is_taken_along_and_blanked_in_the_end(
    cast: Cast,
) -> None:
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(NUMBER))
    PartyFactory.create(call=CallFactory.create(team=cast.claims))
    search = searching.by_person(NUMBER, by=cast.officer, now=NOW)
    assert made(cast.officer, within=search) == [str(call.id)]
    export = Export.objects.get()
    assert json.loads(export.filters)["number"] == NUMBER
    with connection.cursor() as cursor:
        cursor.execute("SELECT filters FROM recordings_export")
        assert "4711" not in str(cursor.fetchall())
    exports.sweep(now=LATER)
    assert Export.objects.get().filters == ""
    with pytest.raises(Refused):
        ask(cast.lead, within=search)


def test_filters_that_can_no_longer_be_read_give_no_call(cast: Cast) -> None:
    CallFactory.create(team=cast.claims)
    assert made(cast.officer, "capture=unknown&sort=unknown") == []


@pytest.mark.parametrize("who", ["reviewer", "auditor", "administrator", "stranger"])
def test_who_may_not_take_lists_asks_in_vain(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        ask(cast.people[who])
    assert not Export.objects.exists()


def test_each_step_is_an_entry_without_what_was_looked_for(
    cast: Cast, entries: Entries
) -> None:
    CallFactory.create(team=cast.claims)
    made(cast.officer, "label=ticket:T-1005&capture=recorded")
    exports.sweep(now=LATER)
    asked, finished, taken, deleted = entries(act__startswith="export.")
    assert asked.act == Action.EXPORT_ASKED
    assert asked.facts == {"filters": "capture,label"}
    assert asked.actor == cast.officer
    assert finished.facts["rows"] == 0
    assert finished.facts["bytes"] > 0
    assert taken.act == Action.EXPORT_TAKEN
    assert taken.actor == cast.officer
    assert deleted.act == Action.EXPORT_DELETED


def test_three_at_once_are_enough(cast: Cast) -> None:
    for _ in range(exports.MOST_AT_ONCE):
        ask(cast.officer)
    with pytest.raises(exports.TooMany):
        ask(cast.officer)
    ask(cast.lead)


def test_a_role_that_ended_meanwhile_ends_the_export(
    cast: Cast, entries: Entries
) -> None:
    export = ask(cast.lead)
    RoleGrant.objects.filter(person=cast.lead).update(valid_until=SINCE)
    assert not exporting.make(export_id=export.id, now=NOW)
    export.refresh_from_db()
    assert (export.state, export.reason) == (State.FAILED, "refused")
    assert entries(act=Action.EXPORT_FAILED)[0].facts == {"reason": "refused"}


def end(person: Person, **grants_of: object) -> None:
    """Some of this person's roles are over; what he may do is asked anew."""
    RoleGrant.objects.filter(person=person, **grants_of).update(valid_until=SINCE)
    policy.forget(person)


def test_a_file_is_not_given_to_who_no_longer_reaches_all_that_is_in_it(
    cast: Cast, entries: Entries
) -> None:
    grants.grant(
        person=cast.lead, role=Role.TEAM_LEAD, by=None, now=SINCE, team=cast.sales
    )
    policy.forget(cast.lead)
    CallFactory.create(team=cast.claims)
    only_claims = ask(cast.lead)
    assert exporting.make(export_id=only_claims.id, now=NOW)
    CallFactory.create(team=cast.sales)
    both = ask(cast.lead)
    assert exporting.make(export_id=both.id, now=NOW)
    taken(both, cast.lead)

    end(cast.lead, team=cast.sales)
    with pytest.raises(Refused) as refused:
        taken(both, cast.lead)
    assert "no longer reach" in refused.value.reason
    assert "anew" in refused.value.ask
    assert len(entries(act=Action.EXPORT_TAKEN)) == 1
    taken(only_claims, cast.lead)
    assert len(made(cast.lead)) == 1, "the list made anew"


def test_own_calls_are_given_as_long_as_they_are_own(cast: Cast) -> None:
    """Beside those of a team; of other teams, no other call gets into the list."""
    me = StaffIdentityFactory.create(person=cast.lead, identity="lena")
    grants.grant(person=cast.lead, role=Role.TEAM_LEAD, by=None, now=SINCE, is_own=True)
    policy.forget(cast.lead)
    CallFactory.create(team=cast.claims)
    CallFactory.create(team=cast.sales)
    CallFactory.create(team=cast.sales, staff=[staff_mark("lena"), staff_mark("x")])
    list_of_two = ask(cast.lead)
    assert exporting.make(export_id=list_of_two.id, now=NOW)
    list_of_two.refresh_from_db()
    assert list_of_two.rows == 2
    assert list_of_two.team_ids == [cast.claims.pk]
    taken(list_of_two, cast.lead)

    me.ended_at = NOW
    me.save()
    policy.forget(cast.lead)
    with pytest.raises(Refused) as refused:
        taken(list_of_two, cast.lead)
    assert "no longer your own" in refused.value.reason


def test_to_hear_calls_of_a_team_is_not_to_take_its_lists(cast: Cast) -> None:
    CallFactory.create(team=cast.claims)
    export = ask(cast.officer)
    assert exporting.make(export_id=export.id, now=NOW)
    end(cast.officer)
    for role, team in ((Role.REVIEWER, cast.claims), (Role.TEAM_LEAD, cast.sales)):
        grants.grant(person=cast.officer, role=role, by=None, now=SINCE, team=team)
    policy.forget(cast.officer)
    with pytest.raises(Refused):
        taken(export, cast.officer)


def test_a_list_of_one_person_is_not_given_to_who_may_no_longer_search(
    cast: Cast,
) -> None:
    call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(NUMBER))
    search = searching.by_person(NUMBER, by=cast.officer, now=NOW)
    of_one, of_all = ask(cast.officer, within=search), ask(cast.officer)
    for export in (of_one, of_all):
        assert exporting.make(export_id=export.id, now=NOW)
    end(cast.officer)
    grants.grant(
        person=cast.officer, role=Role.TEAM_LEAD, by=None, now=SINCE, team=cast.claims
    )
    policy.forget(cast.officer)
    with pytest.raises(Refused) as refused:
        taken(of_one, cast.officer)
    assert "search" in refused.value.reason
    taken(of_all, cast.officer)


def test_a_second_attempt_forgets_whose_calls_the_first_had_written(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = CallFactory.create(team=cast.sales)
    export = ask(cast.officer)
    with monkeypatch.context() as patch:
        break_store(patch)
        with pytest.raises(OSError, match="No space"):
            exporting.make(export_id=export.id, now=NOW)
    Call.objects.filter(id=call.id).update(team=cast.claims)
    lease_ends()
    assert exporting.make(export_id=export.id, now=NOW)
    export.refresh_from_db()
    assert export.team_ids == [cast.claims.id]


def break_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing can be written."""

    def full(*_: object, **__: object) -> str:
        raise OSError("No space left on device")

    monkeypatch.setattr(storages["exports"], "save", full)


def lease_ends() -> None:
    """The time of whoever held an export is over."""
    Export.objects.update(claimed_until=SINCE)


def test_what_fails_is_tried_again_three_times(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_store(monkeypatch)
    export = ask(cast.officer)
    for attempt in range(1, packages.MOST_ATTEMPTS + 1):
        with pytest.raises(OSError, match="No space"):
            exporting.make(export_id=export.id, now=NOW)
        export.refresh_from_db()
        assert export.attempt == attempt
        assert not exporting.make(export_id=export.id, now=NOW), "it waits a little"
        lease_ends()
    assert (export.state, export.reason) == (State.FAILED, "OSError")
    assert exporting.due(now=NOW, limit=9) == []


def test_a_dead_worker_is_followed_by_another_and_at_last_by_none(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(cast.officer)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "_write", die)
    for _ in range(packages.MOST_ATTEMPTS):
        assert exporting.due(now=NOW, limit=9) == [export.id]
        with pytest.raises(KeyboardInterrupt):
            exporting.make(export_id=export.id, now=NOW)
        assert exporting.due(now=NOW, limit=9) == [], "its lease still runs"
        lease_ends()
    assert not exporting.make(export_id=export.id, now=NOW)
    export.refresh_from_db()
    assert (export.state, export.reason) == (State.FAILED, "worker_lost")


def test_a_late_worker_changes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    CallFactory.create(team=cast.claims)
    export = ask(cast.officer)
    pages = spreadsheet.pages

    def overtaken(*args: object, **kwargs: object) -> object:
        yield from pages(*args, **kwargs)  # type: ignore[arg-type]
        Export.objects.update(attempt=7)

    monkeypatch.setattr(spreadsheet, "pages", overtaken)
    assert not exporting.make(export_id=export.id, now=NOW)
    export.refresh_from_db()
    assert export.state == State.MAKING
    assert not storages["exports"].exists(export.file_name)


def test_what_a_dead_worker_left_is_replaced(cast: Cast) -> None:
    export = ask(cast.officer)
    store = storages["exports"]
    with store.open(export.file_name, "wb") as left:
        left.write(b"half a")
    assert exporting.make(export_id=export.id, now=NOW)
    export.refresh_from_db()
    with store.open(export.file_name) as file:
        assert file.read().decode("utf-8-sig").startswith("Call,")


def test_a_finished_export_is_not_made_again(cast: Cast) -> None:
    export = ask(cast.officer)
    assert exporting.make(export_id=export.id, now=NOW)
    assert not exporting.make(export_id=export.id, now=NOW)


def test_after_a_day_the_file_is_gone(cast: Cast) -> None:
    export = ask(cast.officer)
    exporting.make(export_id=export.id, now=NOW)
    with pytest.raises(exports.NotThere):
        exports.take(export_id=export.id, by=cast.officer, now=LATER)
    assert exports.sweep(now=NOW) == 0
    assert exports.sweep(now=LATER) == 1
    assert exports.sweep(now=LATER) == 0
    export.refresh_from_db()
    assert export.state == State.GONE
    assert not storages["exports"].exists(export.file_name)


def test_a_file_that_cannot_be_deleted_keeps_no_other_alive(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = ask(cast.officer), ask(cast.officer)
    delete = storages["exports"].delete

    def refuse(name: str) -> None:
        if name == stuck.file_name:
            raise OSError("read-only file system")
        delete(name)

    monkeypatch.setattr(storages["exports"], "delete", refuse)
    assert exports.sweep(now=LATER) == 1
    gone = Export.objects.get(state=State.GONE)
    assert gone == other


def test_only_the_owner_takes_it(cast: Cast, entries: Entries) -> None:
    export = ask(cast.officer)
    exporting.make(export_id=export.id, now=NOW)
    with pytest.raises(Hidden):
        exports.take(export_id=export.id, by=cast.lead, now=NOW)
    with pytest.raises(Refused):
        exports.take(export_id=export.id, by=cast.auditor, now=NOW)
    with pytest.raises(Http404):
        exports.take(export_id=cast.claims.id, by=cast.officer, now=NOW)
    assert entries(act=Action.EXPORT_TAKEN) == []


def test_a_file_that_the_store_has_lost_is_not_taken(
    cast: Cast, entries: Entries
) -> None:
    export = ask(cast.officer)
    with pytest.raises(exports.NotThere):
        exports.take(export_id=export.id, by=cast.officer, now=NOW)
    exporting.make(export_id=export.id, now=NOW)
    storages["exports"].delete(export.file_name)
    with pytest.raises(exports.NotThere):
        exports.take(export_id=export.id, by=cast.officer, now=NOW)
    assert entries(act=Action.EXPORT_TAKEN) == []


def test_without_the_entry_nothing_is_asked_or_taken(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(cast.officer)
    exporting.make(export_id=export.id, now=NOW)

    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("no space left on device")

    monkeypatch.setattr(log, "insert", broken)
    opened: list[str] = []
    monkeypatch.setattr(storages["exports"], "open", opened.append)
    with pytest.raises(DatabaseError):
        exports.take(export_id=export.id, by=cast.officer, now=NOW)
    assert opened == []
    with pytest.raises(DatabaseError):
        ask(cast.officer)
    assert Export.objects.count() == 1
