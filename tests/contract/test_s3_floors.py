"""Object Lock to the floor, against a real S3 server: what it survives, and for how long."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import AuditEntry
from compliance.retention import hold_marks, holds
from compliance.retention.periods import OPEN_END
from compliance.retention.sweep import Swept, sweep
from recordings import locks, media_store
from recordings.media_store.errors import LockShortened, StoreRefused
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.models import Recording
from tests import waiting
from tests.cast import Cast
from tests.contract.media_stores import admin, new_bucket
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.services import S3Server

Entries = Callable[..., list[AuditEntry]]
Said = Recording.StoreLock
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def bucket(s3_server: S3Server) -> S3Settings:
    """A bucket that locks objects."""
    locking = replace(new_bucket(s3_server, versioned=False), bucket=f"f-{uuid4()}")
    admin(locking).create_bucket(Bucket=locking.bucket, ObjectLockEnabledForBucket=True)
    return locking


@pytest.fixture
def store(bucket: S3Settings, settings: Settings) -> S3Store:
    config = {
        "kind": "s3", "bucket": bucket.bucket, "region": bucket.region,
        "endpoint": bucket.endpoint, "path_style": True,
        "access_key": bucket.access_key, "secret_key": bucket.secret_key,
        "checksums": "when_required", "egress_credentials": "own",
    }  # fmt: skip
    settings.MEDIA_STORE = config
    made = media_store.build(config)
    assert isinstance(made, S3Store)
    return made


def recorded(cast: Cast, store: S3Store, **dates: Any) -> Recording:
    """A recording whose time is over, but for what `dates` say."""
    over = {"expires_at": timezone.now() - HOUR, "keep_until": None}
    part = RecordingFactory.create(
        call=CallFactory.create(team=cast.claims), store=store.name, **over | dates
    )
    put = store.put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
    part.version_id = put.version_id
    part.save()
    return part


def delete_past_the_portal(bucket: S3Settings, part: Recording) -> bool:
    """Somebody with every right but the bypass deletes the version; whether it worked."""
    address: Any = {"Bucket": bucket.bucket, "Key": part.object_key}
    try:
        admin(bucket).delete_object(**address, VersionId=part.version_id)
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDenied"
    return True


@pytest.mark.django_db
def test_what_has_a_floor_survives_the_sweep_and_the_bucket(
    cast: Cast, store: S3Store, bucket: S3Settings, entries: Entries
) -> None:
    now = timezone.now()
    floor = now + timedelta(days=30, microseconds=1)
    part = recorded(cast, store, keep_until=floor)

    assert locks.settle(now=now) == 1

    part.refresh_from_db()
    assert (part.store_lock, part.locked_firmly) == (Said.LOCKED, False)
    assert part.locked_until
    assert floor < part.locked_until <= floor + timedelta(seconds=1)
    assert part.storage_class == "STANDARD"
    assert not delete_past_the_portal(bucket, part)
    assert sweep(now=now) == Swept()
    assert len(entries(act=Action.RECORDING_LOCKED)) == 1
    assert locks.settle(now=now + timedelta(minutes=59)) == 0, "looked at once an hour"
    assert locks.settle(now=now + HOUR) == 1
    assert len(entries(act=Action.RECORDING_LOCKED)) == 1, "nothing was set again"


@pytest.mark.django_db
def test_a_held_and_a_locked_object_survive_both(
    cast: Cast, store: S3Store, bucket: S3Settings
) -> None:
    now = timezone.now()
    locked = recorded(cast, store, keep_until=now + timedelta(days=30))
    held = recorded(cast, store)
    scope = Scope(calls=(held.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=now)
    locks.settle(now=now)
    hold_marks.settle(now=now)

    assert not delete_past_the_portal(bucket, locked)
    assert not delete_past_the_portal(bucket, held)
    assert sweep(now=now) == Swept()

    for part in (locked, held):
        assert store.head(part.object_key, part.version_id) is not None


@pytest.mark.django_db
def test_past_the_floor_it_is_destroyed(
    cast: Cast, store: S3Store, bucket: S3Settings
) -> None:
    now = timezone.now()
    part = recorded(cast, store, keep_until=now + timedelta(seconds=2))
    locks.settle(now=now)
    with pytest.raises(StoreRefused):
        store.delete_all_versions(part.object_key)
    part.refresh_from_db()
    ends = part.locked_until

    waiting.until(lambda: ends and timezone.now() > ends)

    assert sweep(now=timezone.now()) == Swept(destroyed=1)
    assert store.list_versions(part.object_key).versions == 0


@pytest.mark.django_db
def test_a_longer_floor_makes_the_lock_longer_and_a_shorter_one_does_not(
    cast: Cast, store: S3Store, entries: Entries
) -> None:
    now = timezone.now().replace(microsecond=0)
    part = recorded(cast, store, keep_until=now + timedelta(days=30))
    locks.settle(now=now)
    longer, shorter = now + timedelta(days=60), now + timedelta(days=10)
    Recording.objects.update(keep_until=longer, store_due_at=None)
    locks.settle(now=now)
    part.refresh_from_db()
    assert part.locked_until == longer

    Recording.objects.update(keep_until=shorter, store_due_at=None)
    locks.settle(now=now)

    part.refresh_from_db()
    assert (part.locked_until, part.store_lock) == (longer, Said.LOCKED)
    assert len(entries(act=Action.RECORDING_LOCKED)) == 2
    assert sweep(now=now + timedelta(days=11)) == Swept(), "it waits for the lock"


def test_a_shorter_lock_is_refused_before_the_store_is_asked(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"recordings/{uuid4()}.ogg"
    version = store.put(key, io.BytesIO(b"voices"), "audio/ogg").version_id
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    store.lock(key, version_id=version, until=ends, firmly=True)
    asked: list[Any] = []
    client = store._client
    monkeypatch.setattr(client, "put_object_retention", lambda **k: asked.append(k))

    with pytest.raises(LockShortened, match="only ever made longer"):
        store.lock(key, version_id=version, until=ends - HOUR, firmly=True)
    with pytest.raises(LockShortened, match="never loosened"):
        store.lock(key, version_id=version, until=ends, firmly=False)

    assert not asked
    head = store.head(key, version)
    assert head
    assert (head.locked_until, head.locked_firmly) == (ends, True)


@pytest.mark.django_db
def test_a_lock_that_was_lifted_past_the_portal_is_set_again(
    cast: Cast, store: S3Store, bucket: S3Settings, entries: Entries
) -> None:
    now = timezone.now().replace(microsecond=0)
    part = recorded(cast, store, keep_until=now + timedelta(days=30))
    locks.settle(now=now)
    admin(bucket).put_object_retention(
        Bucket=bucket.bucket,
        Key=part.object_key,
        VersionId=part.version_id,
        Retention={"Mode": "GOVERNANCE", "RetainUntilDate": now + HOUR},
        BypassGovernanceRetention=True,
    )

    locks.settle(now=now + HOUR)

    part.refresh_from_db()
    assert (part.store_lock, part.locked_until) == (Said.DRIFTED, part.keep_until)
    told = entries(act=Action.RECORDING_UNLOCKED)
    assert [entry.facts for entry in told] == [{"what": "drifted"}]
    locks.settle(now=now + 2 * HOUR)
    part.refresh_from_db()
    assert part.store_lock == Said.LOCKED


@pytest.mark.django_db
def test_a_policy_may_want_a_lock_that_nobody_lifts(cast: Cast, store: S3Store) -> None:
    now = timezone.now().replace(microsecond=0)
    ends = now + timedelta(seconds=30)
    part = recorded(cast, store, keep_until=ends, locks_firmly=True)

    locks.settle(now=now)

    part.refresh_from_db()
    assert part.locked_firmly
    head = store.head(part.object_key, part.version_id)
    assert head
    assert (head.locked_until, head.locked_firmly) == (ends, True)


@pytest.mark.django_db
def test_a_bucket_without_locks_says_so(
    cast: Cast, s3_server: S3Server, settings: Settings
) -> None:
    plain = new_bucket(s3_server, versioned=True)
    settings.MEDIA_STORE = {
        "kind": "s3", "bucket": plain.bucket, "region": plain.region,
        "endpoint": plain.endpoint, "path_style": True,
        "access_key": plain.access_key, "secret_key": plain.secret_key,
        "checksums": "when_required", "egress_credentials": "own",
    }  # fmt: skip
    made = media_store.store()
    assert isinstance(made, S3Store)
    now = timezone.now()
    part = recorded(cast, made, keep_until=now + timedelta(days=30))

    locks.settle(now=now)

    part.refresh_from_db()
    assert (part.store_lock, part.locked_until) == (Said.UNABLE, None)
    assert sweep(now=now) == Swept(), "the portal keeps it"


@pytest.mark.django_db
def test_what_waits_for_an_event_is_not_locked_for_ever(
    cast: Cast, store: S3Store
) -> None:
    now = timezone.now()
    part = recorded(cast, store, keep_until=OPEN_END)

    assert locks.settle(now=now) == 1

    part.refresh_from_db()
    assert part.locked_until is None
    assert sweep(now=now) == Swept(), "the portal keeps it all the same"
