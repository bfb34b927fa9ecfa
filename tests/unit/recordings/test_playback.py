"""Who may hear what, in which order that is asked, and what is said to have been heard."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from compliance.access.refusals import Hidden, Refused
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Purpose, Team
from recordings import media_store, playback, sittings
from recordings.models import ConsentRecord, Disclosure, Listen, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import LENGTH_MS, STARTED, ConsentRecordFactory

State = Recording.State
NOW = STARTED + timedelta(days=1)
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def part(cast: Cast, settings: Settings, tmp_path: object) -> Recording:
    """A recording of the claims team that may be heard for quality."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return part_of(hearable_call(cast.claims))


def listen(part: Recording, person: Any, **given: Any) -> playback.Served:
    asked = {"purpose": Purpose.QUALITY, "now": NOW, **given}
    served = playback.open(recording_id=part.id, listener=person, **asked)
    assert isinstance(served, playback.Served)
    return served


def test_a_listen_is_an_entry_a_row_and_a_link(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    served = listen(part, cast.reviewer, reason="  complaint 17  ")

    row = Listen.objects.get()
    assert (row.listener, row.recording, row.purpose) == (
        cast.reviewer,
        part,
        Purpose.QUALITY,
    )
    assert (row.opened_at, row.links_served, row.heard) == (NOW, 1, [])
    assert row.reason == "complaint 17"
    assert served.link.url
    entry = entries(act=Action.LISTEN_GRANTED)[0]
    assert entry.actor == cast.reviewer
    assert entry.facts["listen"] == str(row.id)
    assert entry.facts["reason_given"] is True
    assert "complaint" not in str(entry.facts), "the words stay in the row"


def test_a_link_is_not_made_before_its_entry_stands(
    cast: Cast, part: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    store = media_store.store()
    real = store.presign

    def presign(key: str, **given: Any) -> Any:
        seen.append(AuditEntry.objects.filter(act=Action.LISTEN_GRANTED).count())
        assert given["lifetime"] <= timedelta(minutes=5)
        return real(key, **given)

    monkeypatch.setattr(store, "presign", presign)
    listen(part, cast.reviewer)

    assert seen == [1]


# refusals, in their order


def refusal(part: Recording, person: Any, **given: Any) -> Refused:
    try:
        listen(part, person, **given)
    except Refused as refused:
        found = refused
    except Hidden as hidden:
        found = hidden.refused
    else:
        pytest.fail("it was granted")
    assert not Listen.objects.exists()
    return found


@pytest.mark.parametrize(
    "who", ["sales_reviewer", "auditor", "administrator", "service", "stranger"]
)
def test_role_and_scope_are_asked_first(cast: Cast, part: Recording, who: str) -> None:
    """Whoever may not hear it is not told what state it is in."""
    Recording.objects.update(state=State.QUARANTINED)
    part.refresh_from_db()

    refused = refusal(part, cast.people[who], purpose=Purpose.AI_TRAINING)

    assert not refused.code.startswith("state_")
    assert refused.code != "purpose_closed"


def test_a_superuser_is_nobody(cast: Cast, part: Recording) -> None:
    setattr(cast.stranger, "is_superuser", True)  # noqa: B010  no such field

    refusal(part, cast.stranger)


@pytest.mark.parametrize("state", sorted(set(State) - set(Recording.HEARABLE)))
def test_then_its_state(cast: Cast, part: Recording, state: str) -> None:
    Recording.objects.update(state=state)
    part.refresh_from_db()

    refused = refusal(part, cast.officer, purpose=Purpose.AI_TRAINING)

    assert refused.code == f"state_{state}"
    assert refused.action == Action.LISTEN_REFUSED


def test_what_is_over_is_silent_before_the_sweep_has_come(
    cast: Cast, part: Recording
) -> None:
    Recording.objects.update(expires_at=NOW)

    assert refusal(part, cast.reviewer).code == f"state_{part.state}"
    soon = NOW - timedelta(milliseconds=999)
    assert refusal(part, cast.reviewer, now=soon).code == f"state_{part.state}"
    assert listen(part, cast.reviewer, now=NOW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("left", "seconds"), [(None, 300), (301, 300), (300, 300), (42.9, 42), (1, 1)]
)
def test_no_link_outlives_its_recording(
    cast: Cast,
    part: Recording,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
    left: float | None,
    seconds: int,
) -> None:
    expires_at = None if left is None else NOW + timedelta(seconds=left)
    Recording.objects.update(expires_at=expires_at)
    lives: list[timedelta] = []
    store = media_store.store()
    real = store.presign

    def presign(key: str, **given: Any) -> Any:
        lives.append(given["lifetime"])
        return real(key, **given)

    monkeypatch.setattr(store, "presign", presign)
    sitting = listen(part, cast.reviewer).listen
    playback.renew(listen_id=sitting.id, listener=cast.reviewer, now=NOW)
    copy(cast.officer, part, "Court clerk", "order 12/26")

    assert [life // timedelta(seconds=1) for life in lives] == [seconds] * 3
    acts = (Action.LISTEN_GRANTED, Action.LISTEN_RENEWED, Action.DOWNLOADED)
    told = [entry.facts["seconds"] for entry in entries(act__in=acts)]
    assert told == [seconds] * 3, "the log says how long each link really lived"


def test_then_the_purpose(cast: Cast, part: Recording) -> None:
    cast.claims.ask_reason = True
    cast.claims.save()

    refused = refusal(part, cast.reviewer, purpose=Purpose.AI_TRAINING)

    assert refused.code == "purpose_closed"
    assert "Olga Officer" in refused.ask, "who can tell more"


def test_what_is_kept_for_a_floor_alone_is_heard_for_its_purposes_only(
    cast: Cast, part: Recording
) -> None:
    Recording.objects.update(narrowed_from=NOW, narrowed=["evidence"])
    part.refresh_from_db()

    refused = refusal(part, cast.reviewer, purpose=Purpose.QUALITY)

    assert refused.code == "purpose_over"
    listen(part, cast.reviewer, purpose=Purpose.EVIDENCE)
    Recording.objects.update(narrowed_from=NOW + timedelta(seconds=1))
    part.refresh_from_db()
    listen(part, cast.reviewer, purpose=Purpose.QUALITY)


def test_a_withdrawal_closes_what_was_open(cast: Cast, part: Recording) -> None:
    listen(part, cast.reviewer)
    Listen.objects.all().delete()
    ConsentRecordFactory.create(
        call=part.call,
        kind=ConsentRecord.Kind.REFUSED,
        occurred_at=part.ended_at,
        reported_by=cast.service,
    )

    assert refusal(part, cast.reviewer).code == "purpose_closed"


@pytest.mark.parametrize("reason", ["", "   "])
def test_and_last_the_reason_where_the_team_asks(
    cast: Cast, part: Recording, reason: str, entries: Entries
) -> None:
    Team.objects.update(ask_reason=True)

    with pytest.raises(playback.NoReason):
        listen(part, cast.reviewer, reason=reason)

    assert not Listen.objects.exists()
    assert entries(act=Action.LISTEN_GRANTED) == []
    assert listen(part, cast.reviewer, reason="complaint")


# renewals


def test_a_renewal_is_an_entry_of_its_own_and_asks_anew(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    sitting = listen(part, cast.reviewer).listen
    later = NOW + timedelta(minutes=4)

    playback.renew(listen_id=sitting.id, listener=cast.reviewer, now=later)

    row = Listen.objects.get()
    assert (row.links_served, row.last_served_at) == (2, later)
    assert len(entries(act=Action.LISTEN_RENEWED)) == 1

    Recording.objects.update(state=State.QUARANTINED)
    with pytest.raises(Refused):
        playback.renew(listen_id=sitting.id, listener=cast.reviewer, now=later)
    assert Listen.objects.get().links_served == 2
    assert len(entries(act=Action.LISTEN_RENEWED)) == 1


def test_a_sitting_belongs_to_one_person(cast: Cast, part: Recording) -> None:
    sitting = listen(part, cast.reviewer).listen

    for ask in (sitting.id, uuid4()):
        who = cast.lead if ask == sitting.id else cast.reviewer
        with pytest.raises(sittings.NothingToPlay):
            playback.renew(listen_id=ask, listener=who, now=NOW)
        with pytest.raises(sittings.NothingToPlay):
            report(ask, who, [(0, 1000)])
    assert Listen.objects.get().heard == []


# copies


@pytest.mark.parametrize(("recipient", "reason"), [("", "why"), ("who", " ")])
def test_a_copy_needs_somebody_and_a_reason(
    cast: Cast, part: Recording, recipient: str, reason: str
) -> None:
    with pytest.raises(playback.NoReason):
        copy(cast.officer, part, recipient, reason)

    assert not Disclosure.objects.exists()


def test_a_copy_is_kept_with_its_recipient(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    link = copy(cast.officer, part, " Court clerk ", "order 12/26")

    row = Disclosure.objects.get()
    assert (row.recipient, row.reason, row.by) == (
        "Court clerk",
        "order 12/26",
        cast.officer,
    )
    assert link.url
    entry = entries(act=Action.DOWNLOADED)[0]
    assert entry.facts["disclosure"] == str(row.id)
    assert "clerk" not in str(entry.facts)


def test_hearing_is_not_taking_away(cast: Cast, part: Recording) -> None:
    listen(part, cast.reviewer)

    with pytest.raises(Refused):
        copy(cast.reviewer, part, "me", "at home")


def copy(person: Any, part: Recording, recipient: str, reason: str) -> media_store.Link:
    link = playback.download(
        recording_id=part.id,
        by=person,
        purpose=Purpose.QUALITY,
        recipient=recipient,
        organisation="",
        reason=reason,
        now=NOW,
    )
    assert isinstance(link, media_store.Link)
    return link


# what was heard


def report(
    listen_id: Any,
    person: Any,
    ranges: list[tuple[int, int]],
    *,
    speed: str = "1",
    position_ms: int = 0,
    now: datetime = NOW,
) -> Listen:
    return sittings.report(
        listen_id=listen_id,
        listener=person,
        ranges=ranges,
        speed=Decimal(speed),
        position_ms=position_ms,
        now=now,
    )


def test_reports_add_up(cast: Cast, part: Recording) -> None:
    sitting = listen(part, cast.reviewer).listen

    report(sitting.id, cast.reviewer, [(0, 5_000)], speed="2")
    report(sitting.id, cast.reviewer, [(4_000, 8_000), (20_000, 21_000)])
    report(sitting.id, cast.reviewer, [(0, 5_000)], position_ms=21_000)

    row = Listen.objects.get()
    assert row.heard == [[0, 8_000], [20_000, 21_000]]
    assert row.heard_ms == 9_000
    assert row.fastest == 2
    assert row.links_served == 1, "served and heard are two facts"


def test_the_next_sitting_begins_where_the_last_one_stopped(
    cast: Cast, part: Recording
) -> None:
    first = listen(part, cast.reviewer).listen
    report(first.id, cast.reviewer, [(0, 9_000)], position_ms=9_000)

    assert listen(part, cast.lead).listen.position_ms == 0, "somebody else's place"
    second = listen(part, cast.reviewer, now=NOW + timedelta(hours=1)).listen
    assert second.position_ms == 9_000

    report(second.id, cast.reviewer, [(9_000, LENGTH_MS)], position_ms=LENGTH_MS)
    third = listen(part, cast.reviewer, now=NOW + timedelta(hours=2)).listen
    assert third.position_ms == 0, "it was heard to its end"


Ranges = st.lists(st.tuples(st.integers(-5_000, 70_000), st.integers(-5_000, 70_000)))


@given(ranges=Ranges, more=Ranges)
def test_merged_ranges_are_in_order_apart_and_within_the_recording(
    ranges: list[tuple[int, int]], more: list[tuple[int, int]]
) -> None:
    merged = sittings.merge(ranges, length=60_000)

    assert merged == sorted(merged)
    assert all(0 <= since < until <= 60_000 for since, until in merged)
    apart = pairwise(merged)
    assert all(one[1] + sittings.SLACK_MS < two[0] for one, two in apart)
    for since, until in ranges:
        low, high = max(0, since), min(until, 60_000)
        if low < high:
            assert any(a <= low and high <= b for a, b in merged)
    assert sittings.merge([*merged, *more], length=60_000) == sittings.merge(
        [*ranges, *more], length=60_000
    ), "told in two reports or in one"
