"""Legal holds against a real S3 server: its own locks, tags, and what they survive."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import AuditEntry, Hold, HoldItem
from compliance.retention import hold_marks, hold_release, holds
from compliance.retention.sweep import Swept, sweep
from recordings import media_store
from recordings.media_store.base import Marking
from recordings.media_store.errors import StoreRefused
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_tags import HOLD as TAG
from recordings.models import Recording
from tests.cast import Cast
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.services import S3Server

KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"
NOW = STARTED + timedelta(days=91)
Entries = Callable[..., list[AuditEntry]]
Said = HoldItem.Store


@pytest.fixture
def locking(s3_server: S3Server) -> S3Settings:
    """A bucket that locks objects."""
    bucket = replace(new_bucket(s3_server, versioned=False), bucket=f"locks-{uuid4()}")
    admin(bucket).create_bucket(Bucket=bucket.bucket, ObjectLockEnabledForBucket=True)
    return bucket


def put(store: S3Store, content: bytes = b"voices") -> str:
    return store.put(KEY, io.BytesIO(content), "audio/ogg").version_id


def marks(bucket: S3Settings, key: str, version_id: str) -> tuple[str, dict[str, str]]:
    """The lock and the tags of a version, past the store."""
    address: Any = {"Bucket": bucket.bucket, "Key": key, "VersionId": version_id}
    tags = admin(bucket).get_object_tagging(**address)["TagSet"]
    lock = admin(bucket).get_object_legal_hold(**address)["LegalHold"]["Status"]
    return lock, {tag["Key"]: tag["Value"] for tag in tags}


# the store


def test_every_version_is_locked_and_tagged_once(locking: S3Settings) -> None:
    store = S3Store(locking)
    versions = [put(store, b"first"), put(store, b"second")]
    whole = Marking(is_there=True, locked=True, tagged=True, changed=True)

    assert store.set_hold(KEY, on=True) == whole
    assert store.set_hold(KEY, on=True) == replace(whole, changed=False)

    for version in versions:
        assert marks(locking, KEY, version) == ("ON", {TAG: "on"})
    with pytest.raises(StoreRefused):
        store.delete_all_versions(KEY)
    assert store.head(KEY) is not None


def test_lifting_leaves_the_tags_of_others(locking: S3Settings) -> None:
    store = S3Store(locking)
    version = put(store)
    theirs = {"TagSet": [{"Key": "cost", "Value": "law"}]}
    admin(locking).put_object_tagging(Bucket=locking.bucket, Key=KEY, Tagging=theirs)
    store.set_hold(KEY, on=True)
    assert marks(locking, KEY, version) == ("ON", {"cost": "law", TAG: "on"})

    lifted = store.set_hold(KEY, on=False)

    assert lifted == Marking(is_there=True, changed=True)
    assert marks(locking, KEY, version) == ("OFF", {"cost": "law"})
    assert store.delete_all_versions(KEY).versions == 1


def test_a_bucket_without_locks_tags(s3_server: S3Server) -> None:
    store = S3Store(new_bucket(s3_server, versioned=True))
    put(store)

    assert store.set_hold(KEY, on=True) == Marking(
        is_there=True, tagged=True, changed=True
    )


def test_nothing_is_locked_where_nothing_lies(locking: S3Settings) -> None:
    assert S3Store(locking).set_hold(KEY, on=True) == Marking()


# the hold


@pytest.fixture
def part(cast: Cast, locking: S3Settings, settings: Settings) -> Recording:
    """A recording in that bucket, whose time is over."""
    settings.MEDIA_STORE = stored_in(locking)
    store = media_store.store()
    call = CallFactory.create(team=cast.claims)
    made = RecordingFactory.create(
        call=call,
        store=store.name,
        object_key=f"recordings/{call.id}/1.ogg",
        expires_at=NOW - timedelta(days=1),
    )
    stored = store.put(made.object_key, io.BytesIO(b"voices"), "audio/ogg")
    Recording.objects.update(version_id=stored.version_id)
    made.refresh_from_db()
    return made


@pytest.fixture
def hold(cast: Cast, part: Recording) -> Hold:
    scope = Scope(calls=(part.call_id,))
    return holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=NOW)


def say(hold: Hold) -> str:
    return str(hold.items.get().store)


def strip(bucket: S3Settings, part: Recording) -> None:
    """Somebody takes lock and tag away, past the portal."""
    address: Any = {"Bucket": bucket.bucket, "Key": part.object_key}
    off: Any = {"Status": "OFF"}
    admin(bucket).put_object_legal_hold(**address, LegalHold=off)
    admin(bucket).delete_object_tagging(**address)


def hour(n: int) -> datetime:
    return NOW + timedelta(hours=n)


def test_a_lock_that_drifts_is_set_again_and_told_of(
    part: Recording, hold: Hold, locking: S3Settings, entries: Entries
) -> None:
    assert hold_marks.settle(now=NOW) == 1
    assert say(hold) == Said.LOCKED
    assert hold_marks.settle(now=NOW) == 0, "it is looked at once an hour"

    strip(locking, part)
    hold_marks.settle(now=hour(1))

    assert say(hold) == Said.DRIFTED
    lock, tags = marks(locking, part.object_key, part.version_id)
    assert (lock, tags) == ("ON", {TAG: "on"})
    told = entries(act=Action.HOLD_UNMARKED)[0]
    assert told.facts == {"item": str(part.id), "what": "drifted"}
    hold_marks.settle(now=hour(2))
    assert say(hold) == Said.LOCKED


def test_the_lock_is_lifted_when_the_hold_is_over_and_the_sweep_destroys(
    part: Recording, hold: Hold, locking: S3Settings
) -> None:
    hold_marks.settle(now=NOW)
    assert sweep(now=NOW) == Swept()
    over = {"released_at": NOW, "cools_until": hour(5)}
    Hold.objects.update(state=Hold.State.COOLING, **over)
    hold_marks.settle(now=hour(1))
    assert say(hold) == Said.LOCKED, "it stays until the time after its release is over"

    hold_release.end_cooled(now=hour(5))
    hold_marks.settle(now=hour(5))

    assert marks(locking, part.object_key, part.version_id) == ("OFF", {})
    assert sweep(now=hour(5)) == Swept(destroyed=1)


def test_what_nobody_came_to_lift_does_not_stop_the_sweep(
    part: Recording, hold: Hold
) -> None:
    hold_marks.settle(now=NOW)
    over = {"released_at": NOW, "cools_until": hour(5)}
    Hold.objects.update(state=Hold.State.OVER, **over)

    assert sweep(now=hour(5)) == Swept(destroyed=1)


def test_a_store_that_refuses_is_told_of_once_and_asked_again(
    part: Recording,
    hold: Hold,
    monkeypatch: pytest.MonkeyPatch,
    entries: Entries,
) -> None:
    def refuse(*_given: object, **_more: object) -> Marking:
        raise StoreRefused("no right to s3:PutObjectLegalHold")

    with monkeypatch.context() as patch:
        patch.setattr(S3Store, "set_hold", refuse)
        hold_marks.settle(now=NOW)
        hold_marks.settle(now=hour(1))
    assert say(hold) == Said.FAILED
    assert len(entries(act=Action.HOLD_UNMARKED)) == 1
    assert sweep(now=NOW) == Swept(), "the portal keeps it all the same"

    hold_marks.settle(now=hour(2))

    assert say(hold) == Said.LOCKED
