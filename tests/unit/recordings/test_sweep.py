"""The sweep over several workers: hidden first, no item twice, paused, brought back."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import tasks
from compliance.access.refusals import Refused
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Purpose, RetentionPolicy
from compliance.retention import pausing, policies, sweep
from compliance.retention.pausing import PauseRefused
from compliance.retention.policies import PolicyDraft
from compliance.retention.sweep import Swept
from recordings import control, dating, destruction, expiry, media_store, playback
from recordings.media_store import MediaStore
from recordings.models import Alert, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[AuditEntry]]
State = Recording.State

NOW = STARTED + timedelta(days=91)
DAY = timedelta(days=1)


@pytest.fixture
def store(settings: Settings, tmp_path: object) -> MediaStore:
    """A folder."""
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    return media_store.store()


def over(
    cast: Cast, store: MediaStore, *, number: int = 1, **fields: object
) -> Recording:
    """A recording whose time is over since yesterday, with its file."""
    call = CallFactory.create(team=cast.claims)
    key = f"recordings/{call.id}/{number:02d}.ogg"
    store.put(key, io.BytesIO(b"voices"), "audio/ogg")
    fields = {"expires_at": NOW - DAY, **fields}
    return RecordingFactory.create(call=call, object_key=key, **fields)


@pytest.fixture
def in_grace(cast: Cast, store: MediaStore) -> Recording:
    """A recording that an adopted policy has hidden, with a week of grace left."""
    draft = PolicyDraft(
        name="Claims", team=cast.claims, delete_after="P90D", grace_days=9
    )
    row = policies.write(draft=draft, by=cast.officer, now=STARTED)
    policies.publish(draft=row, by=cast.officer, now=STARTED)
    RetentionPolicy.objects.exclude(pk=row.pk).update(is_ended=True)
    call = hearable_call(cast.claims)
    part = part_of(call, ended_at=STARTED, hashed_at=STARTED)
    dating.catch_up(now=NOW)
    part.refresh_from_db()
    return part


def is_over(part: Recording, cast: Cast) -> bool:
    """Whether the player says that its time is over, whatever else it says."""
    try:
        playback.open(
            recording_id=part.id,
            listener=cast.officer,
            purpose=Purpose.EVIDENCE,
            now=NOW,
        )
    except Refused as refused:
        return refused.code.startswith("state_")
    return False


def test_a_floor_that_is_in_force_keeps_what_it_has_not_reached_yet(
    in_grace: Recording, cast: Cast
) -> None:
    """New dates come page by page; the sweep may be faster."""
    later = NOW + 9 * DAY
    [leased] = expiry.lease(now=later, limit=9)
    draft = PolicyDraft(name="Authority", team=cast.claims, keep_at_least="P9Y")
    row = policies.write(draft=draft, by=cast.officer, now=later)
    policies.publish(draft=row, by=cast.officer, now=later)

    assert not destruction.destroy(recording_id=leased, reason="test", now=later)
    assert sweep.sweep(now=later + DAY) == Swept()
    in_grace.refresh_from_db()
    assert in_grace.state == State.AVAILABLE

    RetentionPolicy.objects.filter(pk=row.pk).update(is_ended=True)
    dating.catch_up(now=later)
    assert sweep.sweep(now=later + DAY) == Swept(destroyed=1)


def test_two_workers_are_never_given_the_same_item(
    cast: Cast, store: MediaStore
) -> None:
    parts = {over(cast, store).id for _ in range(3)}

    first, second = (expiry.lease(now=NOW, limit=2) for _ in range(2))

    assert len(first) == 2
    assert set(first) | set(second) == parts
    assert not set(first) & set(second)
    later = NOW + expiry.HANDED_OUT
    assert expiry.lease(now=NOW, limit=9) == []
    assert set(expiry.lease(now=later, limit=9)) == parts, "their worker died"


def test_the_beat_hands_out_as_many_chunks_as_there_are(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "CHUNK", 2)
    for _ in range(5):
        over(cast, store)
    asked: list[object] = []
    monkeypatch.setattr(tasks, "publish_after_commit", asked.append)
    monkeypatch.setattr(timezone, "now", lambda: NOW)

    tasks.sweep_retention()
    assert asked == [tasks.sweep_chunk] * 3

    asked.clear()
    tasks.sweep_chunk()
    assert Recording.objects.filter(state=State.DESTROYED).count() == 5
    assert asked == [tasks.sweep_chunk], "it was full: there may be more"


def test_what_has_grace_is_hidden_once_and_told(
    in_grace: Recording, cast: Cast, entries: Entries
) -> None:
    assert is_over(in_grace, cast)

    assert [sweep.hide(now=NOW), sweep.hide(now=NOW)] == [1, 0]
    assert sweep.sweep(now=NOW) == Swept()

    in_grace.refresh_from_db()
    assert (in_grace.state, in_grace.hidden_at) == (State.AVAILABLE, NOW)
    assert entries(act=Action.RECORDING_EXPIRED)[0].facts == {"reason": "hidden"}
    assert sweep.sweep(now=NOW + 9 * DAY) == Swept(destroyed=1)


def test_what_goes_at_once_is_not_hidden_first(cast: Cast, store: MediaStore) -> None:
    over(cast, store)

    assert sweep.hide(now=NOW) == 0


def test_an_officer_brings_back_what_is_hidden(
    in_grace: Recording, cast: Cast, entries: Entries
) -> None:
    sweep.hide(now=NOW)

    part = expiry.bring_back(recording=in_grace, days=30, by=cast.officer, now=NOW)

    assert (part.expires_at, part.hidden_at) == (NOW + 30 * DAY, None)
    assert not is_over(part, cast)
    said = entries(act=Action.RECORDING_BROUGHT_BACK)[0]
    assert said.actor_id == cast.officer.pk
    Recording.objects.update(edition=0)
    dating.catch_up(now=NOW)
    part.refresh_from_db()
    assert part.expires_at == NOW + 30 * DAY, "policies do not take it back"
    assert sweep.sweep(now=NOW + 31 * DAY) == Swept(), "its grace begins anew"
    assert sweep.sweep(now=NOW + 40 * DAY) == Swept(destroyed=1)


def test_what_a_person_has_decided_is_not_brought_back(
    cast: Cast, store: MediaStore
) -> None:
    part = over(cast, store, gone_by=NOW + DAY)

    with pytest.raises(Refused):
        expiry.bring_back(recording=part, days=7, by=cast.officer, now=NOW)


def test_nobody_but_an_officer_brings_back(in_grace: Recording, cast: Cast) -> None:
    for person in (cast.lead, cast.auditor, cast.administrator):
        with pytest.raises(Refused):
            expiry.bring_back(recording=in_grace, days=7, by=person, now=NOW)


def test_while_it_is_paused_nothing_goes_and_then_it_goes_on(
    cast: Cast, store: MediaStore, entries: Entries
) -> None:
    part = over(cast, store)
    pausing.pause(reason="Inquiry", by=cast.officer, now=NOW)

    assert sweep.chunks(now=NOW) == 0
    assert sweep.sweep(now=NOW) == Swept()
    with pytest.raises(PauseRefused):
        pausing.pause(reason="Again", by=cast.officer, now=NOW)

    assert pausing.resume(by=cast.officer, now=NOW + timedelta(hours=3))
    assert not pausing.resume(by=cast.officer, now=NOW)
    assert sweep.sweep(now=NOW) == Swept(destroyed=1)
    part.refresh_from_db()
    assert part.state == State.DESTROYED
    assert entries(act=Action.SWEEP_RESUMED)[0].facts == {"hours": 3}


def test_a_pause_takes_hold_within_a_chunk(
    cast: Cast, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "AT_ONCE", 1)
    over(cast, store), over(cast, store)
    real = store.delete_several

    def pause_meanwhile(keys: list[str]) -> object:
        pausing.pause(reason="Stop", by=cast.officer, now=NOW)
        return real(keys)

    monkeypatch.setattr(store, "delete_several", pause_meanwhile)

    assert sweep.sweep(now=NOW) == Swept(destroyed=1)


def test_a_pause_of_over_a_day_is_an_alert_until_it_ends(cast: Cast) -> None:
    now = timezone.now()
    pausing.pause(reason="Inquiry", by=cast.officer, now=now)
    alerts = Alert.objects.filter(kind=Alert.Kind.SWEEP_PAUSED, closed_at=None)

    control.judge(now=now + DAY)
    assert not alerts.exists()
    control.judge(now=now + DAY + timedelta(minutes=1))
    assert alerts.count() == 1
    pausing.resume(by=cast.officer, now=now + 2 * DAY)
    control.judge(now=now + 2 * DAY)
    assert not alerts.exists()


def test_what_cannot_even_be_looked_at_is_put_back_with_its_reason(
    cast: Cast, store: MediaStore, entries: Entries
) -> None:
    """Its store is gone from the settings: hour after hour it would come first."""
    bad = over(cast, store, expires_at=NOW - 9 * DAY)
    Recording.objects.filter(pk=bad.pk).update(store="s3:elsewhere:gone")
    good = over(cast, store)

    assert sweep.sweep(now=NOW) == Swept(destroyed=1, failed=1)

    bad.refresh_from_db()
    assert (bad.setback, bad.due_at) == ("UnknownStore", NOW + expiry.RETRY)
    assert entries(act=Action.DESTRUCTION_FAILED)[0].facts == {"reason": "UnknownStore"}
    good.refresh_from_db()
    assert good.state == State.DESTROYED
    assert expiry.due(now=NOW, limit=9) == []
