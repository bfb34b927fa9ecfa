"""Restricted processing: nothing is done to it but to store it, until that is lifted."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from compliance import journal
from compliance.access.refusals import Hidden, Refused
from compliance.audit.actions import Action
from compliance.custody import Item, Order, Scope
from compliance.journal import Kind
from compliance.models import AuditEntry, JournalEntry, Purpose, Restriction
from compliance.retention import restriction_journal, restrictions
from compliance.retention.restrictions import NotRestricted, Placed
from compliance.retention.sweep import Swept, sweep
from recordings import (
    expiry,
    media_store,
    playback,
    purges,
    purging,
    quarantine,
    restricted_hearing,
    restricting,
)
from recordings.custodian import RecordingCustodian
from recordings.media_store import MediaStore
from recordings.models import Listen, PurgeItem, Recording, RestrictedGround
from tests.cast import Cast, assemble
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.racing import race

pytestmark = pytest.mark.django_db
State = Recording.State
Ground = Restriction.Ground
End = Restriction.End
NOW = STARTED + timedelta(days=1)
Entries = Callable[..., list[AuditEntry]]
WORDS = "Frau Mustermann bestreitet den Schaden"


@pytest.fixture(autouse=True)
def store(settings: Settings, tmp_path: object) -> MediaStore:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


@pytest.fixture
def part(cast: Cast, store: MediaStore) -> Recording:
    """A recording of the claims team that may be heard for quality and evidence."""
    return part_of(hearable_call(cast.claims))


def restrict(
    cast: Cast, part: Recording, *, now: datetime = NOW, why: str = WORDS
) -> Placed:
    return restricting.place(
        call=part.call, ground=Ground.ACCURACY, why=why, by=cast.officer, now=now
    )


def over(cast: Cast, store: MediaStore) -> Recording:
    """Its time is over since yesterday."""
    part = RecordingFactory.create(
        call=CallFactory.create(team=cast.claims), expires_at=NOW - timedelta(days=1)
    )
    store.put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
    return part


def test_it_is_a_row_an_entry_and_a_line_of_the_journal_without_the_words(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    assert restrict(cast, part) == Placed(restricted=1)
    assert restrict(cast, part) == Placed(), "once is enough"

    row = Restriction.objects.get()
    assert (row.item_id, row.ground, row.why) == (part.pk, Ground.ACCURACY, WORDS)
    [entry] = entries(act=Action.ITEM_RESTRICTED)
    assert (entry.actor, entry.facts["item"]) == (cast.officer, str(part.pk))
    line = JournalEntry.objects.get(kind=Kind.RESTRICTED)
    assert (line.item_id, line.said["restriction"]) == (part.pk, str(row.pk))
    assert "Mustermann" not in f"{entry.facts} {line.page.body}"

    lifted = restricting.lift(call=part.call, why="Settled", by=cast.officer, now=NOW)

    assert lifted == 1
    row.refresh_from_db()
    assert (row.end, row.lifted_at, row.lift_why) == (End.LIFTED, NOW, "Settled")
    assert entries(act=Action.RESTRICTION_LIFTED)[0].facts["item"] == str(part.pk)
    assert JournalEntry.objects.filter(kind=Kind.LIFTED, item_id=part.pk).exists()


def test_only_who_may_restrict_does_and_says_why(cast: Cast, part: Recording) -> None:
    with pytest.raises(NotRestricted):
        restrict(cast, part, why="  ")
    for person in (cast.lead, cast.auditor, cast.administrator):
        with pytest.raises(Refused):
            restricting.place(
                call=part.call, ground=Ground.OTHER, why="x", by=person, now=NOW
            )


def test_of_a_call_that_was_not_recorded_nothing_is_said_to_be_restricted(
    cast: Cast,
) -> None:
    with pytest.raises(NotRestricted):
        restricting.place(
            call=CallFactory.create(team=cast.claims),
            ground=Ground.ACCURACY,
            why=WORDS,
            by=cast.officer,
            now=NOW,
        )


def test_nobody_hears_it_any_more_and_an_open_listen_ends_at_its_next_link(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    served = playback.open(
        recording_id=part.id, listener=cast.reviewer, purpose=Purpose.QUALITY, now=NOW
    )
    assert isinstance(served, playback.Served)
    restrict(cast, part)

    with pytest.raises(Hidden):
        playback.renew(listen_id=served.listen.id, listener=cast.reviewer, now=NOW)
    with pytest.raises(Refused, match="only stored"):
        playback.open(
            recording_id=part.id,
            listener=cast.officer,
            purpose=Purpose.EVIDENCE,
            now=NOW,
        )
    with pytest.raises(Refused):
        playback.download(
            recording_id=part.id,
            by=cast.officer,
            purpose=Purpose.EVIDENCE,
            recipient="A court",
            organisation="",
            reason="Asked for",
            now=NOW,
        )

    restricting.lift(call=part.call, why="Settled", by=cast.officer, now=NOW)
    playback.renew(listen_id=served.listen.id, listener=cast.reviewer, now=NOW)


def test_on_a_ground_of_the_law_it_is_heard_and_that_is_an_entry_of_its_own(
    cast: Cast, part: Recording, entries: Entries
) -> None:
    restrict(cast, part)
    asked: dict[str, Any] = {
        "recording_id": part.id,
        "purpose": Purpose.EVIDENCE,
        "ground": RestrictedGround.CLAIMS,
        "now": NOW,
    }

    with pytest.raises(playback.NoReason):
        restricted_hearing.open(listener=cast.officer, reason=" ", **asked)
    with pytest.raises(Refused):
        restricted_hearing.open(listener=cast.lead, reason=WORDS, **asked)
    served = restricted_hearing.open(listener=cast.officer, reason=WORDS, **asked)

    assert isinstance(served, playback.Served)
    row = Listen.objects.get()
    assert (row.restricted, row.reason) == (RestrictedGround.CLAIMS, WORDS)
    [entry] = entries(act=Action.RESTRICTED_HEARD)
    assert entry.facts == {"ground": "claims", "listen": str(row.pk)}
    again = playback.renew(listen_id=row.pk, listener=cast.officer, now=NOW)
    assert isinstance(again, playback.Served)


def test_the_sweep_leaves_it_and_does_not_wait_for_it(
    cast: Cast, store: MediaStore
) -> None:
    kept, gone = over(cast, store), over(cast, store)
    restrict(cast, kept)

    assert expiry.due(now=NOW, limit=1) == [gone.pk], "it stands in nobody's way"
    assert sweep(now=NOW) == Swept(destroyed=1)

    assert expiry.hide(now=NOW, limit=9) == 1
    kept.refresh_from_db()
    assert (kept.state, kept.hidden_at) == (State.AVAILABLE, NOW)
    assert store.head(kept.object_key) is not None
    order = Order(reason="purge")
    RecordingCustodian().destroy([Item("recording", kept.pk)], order, now=NOW)
    assert store.head(kept.object_key) is not None

    restricting.lift(call=kept.call, why="Settled", by=cast.officer, now=NOW)
    assert sweep(now=NOW) == Swept(destroyed=1)


def test_the_request_that_is_carried_out_destroys_it_and_the_restriction_ends(
    cast: Cast, store: MediaStore
) -> None:
    part = over(cast, store)
    restrict(cast, part)
    order = Order(reason="request")

    RecordingCustodian().destroy([Item("recording", part.pk)], order, now=NOW)

    assert store.head(part.object_key) is None
    row = Restriction.objects.get()
    assert (row.end, row.lifted_at) == (End.DESTROYED, NOW)


def test_on_what_is_being_destroyed_it_says_that_it_came_too_late(
    cast: Cast, store: MediaStore
) -> None:
    part = over(cast, store)
    Recording.objects.filter(pk=part.pk).update(state=State.EXPIRED)

    assert restrict(cast, part) == Placed(too_late=1)
    assert restrict(cast, part) == Placed(), "said once"

    row = Restriction.objects.get()
    assert row.end == End.TOO_LATE
    assert not JournalEntry.objects.filter(kind=Kind.RESTRICTED).exists()


def test_a_purge_tells_it_apart_and_leaves_it(cast: Cast, part: Recording) -> None:
    restrict(cast, part)
    other = part_of(hearable_call(cast.claims))
    purge = purges.rehearse(scope=Scope(team=cast.claims.pk), by=cast.officer, now=NOW)

    assert purges.fates(purge) == {PurgeItem.Fate.LISTED: 1, PurgeItem.Fate.STORED: 1}
    restricting.place(
        call=other.call, ground=Ground.OTHER, why=WORDS, by=cast.officer, now=NOW
    )
    item = purge.items.get(item_id=other.pk)
    assert purging._judge(item, NOW) == PurgeItem.Fate.STORED, "placed since"


def test_what_is_hidden_is_not_brought_back_and_what_is_held_back_not_deleted(
    cast: Cast, part: Recording
) -> None:
    ended = NOW - timedelta(days=1)
    Recording.objects.update(
        expires_at=ended,
        gone_by=NOW + timedelta(days=9),
        dating={"written": ended.isoformat(), "bounds": []},
    )
    restrict(cast, part)
    part.refresh_from_db()

    with pytest.raises(Refused, match="restricted"):
        expiry.bring_back(recording=part, days=7, by=cast.officer, now=NOW)
    with pytest.raises(Refused, match="legal ground"):
        quarantine.require_free(part, now=NOW)


def test_a_replay_brings_it_back_and_its_end(cast: Cast, part: Recording) -> None:
    restrict(cast, part)
    row = Restriction.objects.get()
    placed = JournalEntry.objects.get(kind=Kind.RESTRICTED)
    restricting.lift(call=part.call, why="Settled", by=cast.officer, now=NOW)
    lifted = JournalEntry.objects.get(kind=Kind.LIFTED)
    Restriction.objects.all().delete()

    assert restriction_journal.place_again(placed)
    assert not restriction_journal.place_again(placed), "known by now"
    again = Restriction.objects.get()
    assert (again.pk, again.ground, again.end) == (row.pk, Ground.ACCURACY, "")
    assert restrictions.is_restricted(Item("recording", part.pk))

    assert restriction_journal.lift_again(lifted)
    assert not restriction_journal.lift_again(lifted)
    assert not restrictions.is_restricted(Item("recording", part.pk))
    assert journal.settle(now=NOW) >= 0


@pytest.mark.django_db(transaction=True)
def test_against_the_sweep_it_is_kept_whole_or_known_to_be_gone(
    store: MediaStore,
) -> None:
    def placed(cast: Cast, part: Recording, now: datetime) -> object:
        return restrict(cast, part, now=now)

    ends: Counter[tuple[str | None, bool, str]] = Counter()
    for one in race(assemble(), store, trials=20, workers=2, now=NOW, place=placed):
        row = Restriction.objects.filter(item_id=one.part.id).first()
        ends[(row.end if row else None, one.is_there, one.part.state)] += 1

    assert set(ends) <= {
        ("", True, State.AVAILABLE),
        (End.TOO_LATE, False, State.DESTROYED),
        (None, False, State.DESTROYED),
    }
    assert ends[("", True, State.AVAILABLE)], "the sweep was faster every time"
