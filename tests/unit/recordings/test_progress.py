"""A part moves forward by what LiveKit says, never back."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from recordings import progress
from recordings.livekit.facts import EgressFacts, EgressStatus, FileFacts
from recordings.models import Recording
from tests.telling import at

State = Recording.State
Status = EgressStatus
NOW = at(100)

FILE = FileFacts(filename="k", size=96_000, started_at=at(3), ended_at=at(60))


def part(state: State = State.STARTING, **fields: object) -> Recording:
    """A part that LiveKit knows, in memory only."""
    row = Recording(part=1, state=state, egress_id="EG_one")
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def facts(
    status: EgressStatus,
    seconds: float = 10,
    *,
    file: FileFacts | None = None,
    error: str = "",
    details: str = "",
    code: int = 0,
    backup: bool = False,
    raw: str = "",
) -> EgressFacts:
    """What LiveKit says of it at that second."""
    return EgressFacts(
        egress_id="EG_one",
        status=status,
        status_raw=raw or f"EGRESS_{status.value.upper()}",
        updated_at=at(seconds),
        ended_at=at(seconds) if status.has_ended else None,
        file=file,
        error=error,
        details=details,
        error_code=code,
        backup_storage_used=backup,
    )


ON_THE_WAY = {
    Status.STARTING: State.STARTING,
    Status.ACTIVE: State.RECORDING,
    Status.ENDING: State.STOPPING,
}
FORWARD = (
    State.PLANNED,
    State.STARTING,
    State.RECORDING,
    State.STOPPING,
    State.CHECKING,
    State.AVAILABLE,
)


@pytest.mark.parametrize("told", ON_THE_WAY)
@pytest.mark.parametrize("before", FORWARD)
def test_a_part_moves_forward_or_stays(before: State, told: EgressStatus) -> None:
    row = part(before, reason="complete" if before == State.AVAILABLE else "")

    progress.apply_egress(row, facts(told), now=NOW)

    further = max(FORWARD.index(before), FORWARD.index(ON_THE_WAY[told]))
    assert row.state == FORWARD[further]


@pytest.mark.parametrize("told", ON_THE_WAY)
def test_an_unclear_start_is_clear_as_soon_as_livekit_says_anything(
    told: EgressStatus,
) -> None:
    row = part(State.UNCLEAR)

    progress.apply_egress(row, facts(told), now=NOW)

    assert row.state == ON_THE_WAY[told]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (facts(Status.COMPLETE, file=FILE), "complete"),
        (facts(Status.LIMIT_REACHED, file=FILE), "limit_reached"),
        (facts(Status.ABORTED, error="Start signal not received"), "aborted:no_media"),
        (facts(Status.FAILED, error="S3 upload failed: 403"), "failed:upload"),
        (facts(Status.FAILED, error="pipeline frozen"), "failed:frozen"),
        (
            facts(
                Status.FAILED, error="recording ended early: connection to room failed"
            ),
            "failed:connection",
        ),
        (facts(Status.FAILED, error="OOM: killed"), "failed:memory"),
        (facts(Status.FAILED, error="server is shutting down"), "failed:shutdown"),
        (facts(Status.FAILED, error="?", code=500), "failed:code_500"),
        (facts(Status.FAILED), "failed:unknown"),
        (
            facts(Status.COMPLETE, details="End reason: CPU exhausted"),
            "complete:cpu_exhausted",
        ),
        (facts(Status.COMPLETE, backup=True), "complete:backup_store"),
    ],
)
@pytest.mark.parametrize(
    "before",
    [
        State.PLANNED,
        State.STARTING,
        State.UNCLEAR,
        State.RECORDING,
        State.STOPPING,
    ],
)
def test_every_end_is_checked_against_the_store_and_keeps_its_reason(
    before: State, told: EgressFacts, reason: str
) -> None:
    row = part(before, looks=3, claimed_until=NOW)

    changed = progress.apply_egress(row, told, now=NOW)

    assert changed
    assert (row.state, row.reason) == (State.CHECKING, reason)
    assert row.due_at == NOW
    assert row.claimed_until is None, "whoever held it waited for this"
    assert row.looks == 0, "looks for the start do not count against the file"


def test_the_words_of_a_failure_never_reach_a_row() -> None:
    row = part()

    told = facts(Status.FAILED, error="no route for sip:+493023125042@carrier")
    progress.apply_egress(row, told, now=NOW)

    assert "3023125042" not in row.reason + row.egress_status


def test_an_unknown_status_is_shown_and_changes_nothing_else() -> None:
    row = part(State.RECORDING)

    told = facts(Status.UNKNOWN, raw="EGRESS_HIBERNATING")
    progress.apply_egress(row, told, now=NOW)

    assert row.state == State.RECORDING
    assert row.egress_status == "EGRESS_HIBERNATING"


def test_an_older_word_does_not_replace_a_newer_one() -> None:
    row = part()

    progress.apply_egress(row, facts(Status.ACTIVE, 20), now=NOW)
    progress.apply_egress(row, facts(Status.STARTING, 10), now=NOW)

    assert row.egress_status == "EGRESS_ACTIVE"
    assert row.egress_updated_at == at(20)


def test_a_part_is_heard_from_the_moment_it_is_active() -> None:
    """The patience with a missing announcement is counted from then."""
    row = part()

    progress.apply_egress(row, facts(Status.ACTIVE, 4), now=NOW)
    assert row.started_at == at(4)

    progress.apply_egress(row, facts(Status.COMPLETE, 61, file=FILE), now=NOW)
    assert row.started_at == at(3), "the file knows better"
    progress.apply_egress(row, facts(Status.ACTIVE, 4), now=NOW)
    assert row.started_at == at(3)


LIFE = (
    facts(Status.STARTING, 2),
    facts(Status.ACTIVE, 4),
    facts(Status.ENDING, 60),
    facts(Status.COMPLETE, 61, file=FILE),
)


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_any_order_of_a_life_ends_alike(order: tuple[EgressFacts, ...]) -> None:
    row = part()

    for told in (*order, *order):
        progress.apply_egress(row, told, now=NOW)

    assert row.state == State.CHECKING
    assert row.reason == "complete"
    assert row.egress_status == "EGRESS_COMPLETE"
    assert (row.started_at, row.ended_at) == (at(3), at(60))
    assert row.promised_bytes == 96_000
    assert row.findings == []


@pytest.mark.parametrize("failed_first", [False, True])
def test_a_bare_failure_never_wipes_a_complete_and_is_noted(
    *, failed_first: bool
) -> None:
    row = part(State.RECORDING)
    complete = facts(Status.COMPLETE, 61, file=FILE)
    failed = facts(Status.FAILED, 62, code=500)

    for told in (failed, complete) if failed_first else (complete, failed):
        progress.apply_egress(row, told, now=NOW)

    assert (row.state, row.reason) == (State.CHECKING, "complete")
    assert row.findings == [progress.CONTRADICTED]
    assert row.promised_bytes == 96_000


def test_a_failure_told_after_the_check_is_only_a_finding() -> None:
    row = part(State.AVAILABLE, reason="complete", sha256="5e" * 32)

    progress.apply_egress(row, facts(Status.FAILED, 70, code=500), now=NOW)

    assert (row.state, row.reason) == (State.AVAILABLE, "complete")
    assert row.findings == [progress.CONTRADICTED]


@pytest.mark.parametrize("reason", ["not_announced", "forgotten"])
def test_our_own_reasons_are_no_contradiction(reason: str) -> None:
    row = part(State.QUARANTINED, reason=reason, sha256="5e" * 32)

    progress.apply_egress(row, facts(Status.COMPLETE, 70, file=FILE), now=NOW)

    assert row.state == State.QUARANTINED
    assert row.findings == []


def test_the_end_of_an_egress_that_was_thought_forgotten_is_no_contradiction() -> None:
    row = part(State.RECORDING)
    progress.end_unheard(row, reason="forgotten", now=NOW)
    assert (row.state, row.reason) == (State.CHECKING, "forgotten")

    progress.apply_egress(row, facts(Status.COMPLETE, 61, file=FILE), now=NOW)

    assert (row.state, row.reason, row.findings) == (State.CHECKING, "complete", [])


def test_a_part_past_checking_does_not_become_forgotten() -> None:
    row = part(State.AVAILABLE, reason="complete")

    progress.end_unheard(row, reason="forgotten", now=NOW)

    assert (row.state, row.reason) == (State.AVAILABLE, "complete")


@pytest.mark.parametrize("closed", [State.FAILED, State.LOST])
def test_a_file_told_of_after_the_part_was_closed_is_looked_for_again(
    closed: State,
) -> None:
    """Else somebody's voice would lie in the store with no row and no end."""
    row = part(closed, reason="failed:unknown", looks=5)

    progress.apply_egress(row, facts(Status.COMPLETE, 61, file=FILE), now=NOW)

    assert (row.state, row.looks, row.due_at) == (State.CHECKING, 0, NOW)


def test_a_part_whose_file_was_read_is_not_checked_a_second_time() -> None:
    row = part(State.FAILED, reason="failed:upload", sha256="5e" * 32)

    progress.apply_egress(row, facts(Status.COMPLETE, 61, file=FILE), now=NOW)

    assert row.state == State.FAILED


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (facts(Status.STARTING), State.STARTING),
        (facts(Status.ACTIVE), State.RECORDING),
        (facts(Status.COMPLETE, file=FILE), State.CHECKING),
    ],
)
def test_a_start_that_was_given_up_and_came_after_all_is_stopped(
    told: EgressFacts, state: State
) -> None:
    row = part(State.FAILED, egress_id="", reason="never_started")

    progress.apply_egress(row, told, now=NOW)

    assert (row.state, row.egress_id) == (state, "EG_one")
    assert row.stop_wanted == progress.GIVEN_UP
    assert progress.CONTRADICTED not in row.findings


def test_nothing_new_is_reported_as_no_change() -> None:
    row = part()
    told = facts(Status.ACTIVE, 20)

    assert progress.apply_egress(row, told, now=NOW)
    assert not progress.apply_egress(row, told, now=NOW + timedelta(seconds=1))


def test_the_end_is_the_files_else_the_egress_else_now() -> None:
    ends: list[datetime | None] = []
    bare = EgressFacts(egress_id="EG_one", status=Status.ABORTED)
    for told in (
        facts(Status.COMPLETE, 61, file=FILE),
        facts(Status.FAILED, 61),
        bare,
    ):
        row = part()
        progress.apply_egress(row, told, now=NOW)
        ends.append(row.ended_at)

    assert ends == [at(60), at(61), NOW]
