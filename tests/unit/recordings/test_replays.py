"""Events can be applied again by an operator, which mends what was missed and no more."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from compliance.access.refusals import Refused
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import ingest, replays, tasks
from recordings.models import Alert, Call, LiveKitEvent, Trunk
from recordings.replays import Outcome
from tests.cast import Cast
from tests.factories.compliance import TeamFactory
from tests.factories.recordings import TrunkFactory
from tests.telling import Payload, agent, at, caller, event, hear, joined, left, receive
from tests.unit.recordings import test_any_order
from tests.unit.recordings.test_any_order import ANY_ORDER, one_call, rows, two_calls

pytestmark = pytest.mark.django_db
planned = test_any_order.planned
Entries = Callable[..., list[AuditEntry]]
SignIn = Callable[[Person], Client]
State = LiveKitEvent.State
INBOX = "admin:recordings_livekitevent_changelist"


@pytest.fixture
def trunk(cast: Cast) -> Trunk:
    return TrunkFactory.create(livekit_id="ST_claims", team=cast.claims)


def stuck(payload: Payload, monkeypatch: pytest.MonkeyPatch) -> LiveKitEvent:
    """An event that threw until it was given up; what it threw at is mended since."""
    event_id = receive(payload)
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "_apply", lambda *_given: 1 / 0)
        for _try in range(ingest.MOST_ATTEMPTS):
            LiveKitEvent.objects.filter(id=event_id).update(due_at=at(0))
            tasks.drain_inbox()
    row = LiveKitEvent.objects.get(id=event_id)
    assert row.state == State.FAILED
    return row


def replay(*ids: str) -> None:
    """Have these applied again, in this order, as workers do."""
    for event_id in ids:
        rows = LiveKitEvent.objects.filter(id=event_id)
        replays.again(events=list(rows), by=None, now=at(4000))
        ingest.apply_event(event_id=event_id, now=at(4000))


# what it does


@pytest.mark.parametrize("call", [one_call, two_calls])
@given(data=st.data())
@ANY_ORDER
def test_what_was_applied_changes_nothing_in_whatever_order_it_is_applied_again(
    planned: None, call: Callable[[], list[Payload]], data: st.DataObject
) -> None:
    LiveKitEvent.objects.all().delete()
    told = call()
    hear(*told, now=at(3600))
    before, calls = rows(), list(Call.objects.order_by("id").values())
    ids = st.sampled_from([payload["id"] for payload in told])

    replay(*data.draw(st.lists(ids, max_size=20)))

    assert rows() == before
    assert list(Call.objects.order_by("id").values()) == calls


def test_a_call_stays_with_its_team_though_the_trunk_has_another_by_now(
    cast: Cast, trunk: Trunk
) -> None:
    told = [joined(caller()), left(caller(), 60)]
    hear(*told)
    before = list(Call.objects.order_by("id").values())
    trunk.team = TeamFactory.create(purposes=["ai_training"])
    trunk.save()

    replay(*(payload["id"] for payload in told))

    assert list(Call.objects.order_by("id").values()) == before


def test_what_was_stuck_is_made_good_and_its_matter_is_closed(
    trunk: Trunk, monkeypatch: pytest.MonkeyPatch, entries: Entries
) -> None:
    row = stuck(joined(caller()), monkeypatch)
    assert not Call.objects.exists()

    outcomes = replays.again(events=[row], by=None, now=at(100))
    tasks.drain_inbox()

    assert outcomes == {row.id: Outcome.AGAIN}
    assert Call.objects.get().parties.count() == 1
    row.refresh_from_db()
    assert (row.state, row.attempt) == (State.APPLIED, 0)
    alert = Alert.objects.get(kind=Alert.Kind.EVENT_STUCK)
    assert alert.closed_at is not None
    (entry,) = entries(act=Action.INBOX_REPLAYED)
    assert (entry.object_pk, entry.facts) == (row.id, {"was": "failed"})


def test_what_an_older_version_did_not_understand_may_be_understood_now(
    trunk: Trunk,
) -> None:
    new = receive(event("egress_teleported", 0))
    early = receive(joined(caller()))
    LiveKitEvent.objects.update(state=State.UNKNOWN, applied_at=at(0))

    outcomes = replays.again(
        events=list(LiveKitEvent.objects.all()), by=None, now=at(9)
    )

    assert outcomes == {new: Outcome.UNKNOWN, early: Outcome.AGAIN}


def test_what_waits_is_left_to_the_workers(trunk: Trunk, entries: Entries) -> None:
    row = LiveKitEvent.objects.get(id=receive(joined(caller())))

    outcomes = replays.again(events=[row], by=None, now=at(9))

    assert outcomes == {row.id: Outcome.WAITS}
    assert not entries(act=Action.INBOX_REPLAYED)


def test_a_blanked_event_is_said_to_be_blanked(trunk: Trunk, entries: Entries) -> None:
    hear(joined(caller()), now=at(0))
    ingest.blank_payloads(now=at(0) + timedelta(days=8))
    row = LiveKitEvent.objects.get()

    outcomes = replays.again(events=[row], by=None, now=at(0) + timedelta(days=8))

    assert outcomes == {row.id: Outcome.BLANKED}
    row.refresh_from_db()
    assert row.state == State.APPLIED
    assert not entries(act=Action.INBOX_REPLAYED)


def test_to_be_applied_again_keeps_a_payload_no_longer(trunk: Trunk) -> None:
    told = joined(caller())
    hear(told, now=at(0))
    almost = at(0) + ingest.PAYLOAD_KEPT - timedelta(seconds=1)
    replays.again(events=list(LiveKitEvent.objects.all()), by=None, now=almost)
    late = almost + timedelta(seconds=2)
    assert ingest.blank_payloads(now=late) == 0, "a worker has it"
    ingest.apply_event(event_id=told["id"], now=late)

    assert ingest.blank_payloads(now=late) == 1


# who may


def test_operators_of_everything_may_and_nobody_else(
    cast: Cast, trunk: Trunk, entries: Entries
) -> None:
    hear(joined(caller()))
    events = list(LiveKitEvent.objects.all())
    for person in (cast.reviewer, cast.lead, cast.auditor, cast.stranger):
        with pytest.raises(Refused):
            replays.again(events=events, by=person, now=at(9))
    assert not entries(act=Action.INBOX_REPLAYED)

    replays.again(events=events, by=cast.administrator, now=at(9))

    assert entries(act=Action.INBOX_REPLAYED)[0].actor == cast.administrator


def test_in_settings_rows_are_chosen_and_what_comes_of_it_is_told(
    cast: Cast, trunk: Trunk, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(joined(agent()), now=at(0))
    LiveKitEvent.objects.update(payload="")
    row = stuck(joined(caller()), monkeypatch)
    chosen = {
        "action": "apply_again",
        "_selected_action": list(LiveKitEvent.objects.values_list("id", flat=True)),
    }
    refused = sign_in(cast.auditor).post(reverse(INBOX), chosen)
    assert refused.status_code == 403
    assert not AuditEntry.objects.filter(act=Action.INBOX_REPLAYED).exists()

    page = sign_in(cast.administrator).post(reverse(INBOX), chosen, follow=True)

    words = page.content.decode()
    assert "They will be applied again: 1." in words
    assert "blanked because its time was over: 1." in words
    row.refresh_from_db()
    assert row.state == State.RECEIVED


# from the command line


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("replay_events", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_says_what_it_would_do_and_does_it_when_told(
    trunk: Trunk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = stuck(joined(caller()), monkeypatch)

    told = run("--state", "failed")
    assert f"{row.id}  participant_joined  failed  to be applied again\n" in told
    assert "1 to be applied again\nNothing was done" in told
    row.refresh_from_db()
    assert row.state == State.FAILED

    assert "Nothing was done" not in run("--state", "failed", "--go")
    tasks.drain_inbox()
    assert Call.objects.exists()
    assert run("--state", "failed") == "No such event.\n"


def test_the_command_tells_of_a_blanked_event_plainly(trunk: Trunk) -> None:
    told = joined(caller())
    hear(told)
    LiveKitEvent.objects.update(payload="")

    assert "not possible: what it said was blanked" in run("--id", told["id"], "--go")


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--room", "RM_direct"], 2),
        (["--since", "2026-11-02T14:32:30Z"], 1),
        (["--since", "2026-11-02T14:00:00Z", "--state", "applied"], 2),
        (["--room", "RM_other"], 0),
    ],
)
def test_filters_narrow_one_another(
    trunk: Trunk, arguments: list[str], count: int
) -> None:
    hear(joined(caller()), left(caller(), 60))

    assert run(*arguments).count("participant_") == count


@pytest.mark.parametrize("arguments", [[], ["--go"], ["--since", "yesterday"]])
def test_without_a_filter_that_can_be_read_nothing_is_done(
    arguments: list[str],
) -> None:
    with pytest.raises(CommandError):
        run(*arguments)
