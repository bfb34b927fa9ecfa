"""The bucket's own rules on a real S3 server that carries them out; its day is a second."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.retention import hold_marks, holds, tiers
from compliance.retention.tiers import Move, Shelf, TierRule
from recordings import locks, media_store, store_rules
from recordings.media_store.errors import LifecycleMoved
from recordings.media_store.lifecycle import SWEEP, TIER, fingerprint
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.models import Alert, Recording, StoreRules
from tests import waiting
from tests.cast import Cast
from tests.contract.media_stores import admin, empty, new_bucket
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.services import S3Server, run_s3

State = StoreRules.State
THEIRS: list[Any] = [
    {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 30},
    },
    {
        "ID": "their tag",
        "Status": "Enabled",
        "Filter": {
            "And": {"Prefix": "logs/", "Tags": [{"Key": "cost", "Value": "law"}]}
        },
        "Transitions": [{"Days": 3, "StorageClass": "GLACIER"}],
    },
]


@pytest.fixture(scope="module")
def quick_server() -> Iterator[S3Server]:
    """A server whose lifecycle takes a second for a day."""
    with run_s3(lifecycle_day_seconds=1) as server:
        yield server


@pytest.fixture
def versioned() -> bool:
    return True


@pytest.fixture
def bucket(quick_server: S3Server, versioned: bool) -> Iterator[S3Settings]:
    made = new_bucket(quick_server, versioned=versioned)
    yield made
    admin(made).delete_bucket_lifecycle(Bucket=made.bucket)
    empty(made)
    admin(made).delete_bucket(Bucket=made.bucket)


@pytest.fixture
def store(bucket: S3Settings, settings: Settings) -> S3Store:
    settings.MEDIA_STORE = {
        "kind": "s3", "bucket": bucket.bucket, "region": bucket.region,
        "endpoint": bucket.endpoint, "path_style": True,
        "access_key": bucket.access_key, "secret_key": bucket.secret_key,
        "checksums": "when_required", "egress_credentials": "own",
    }  # fmt: skip
    made = media_store.store()
    assert isinstance(made, S3Store)
    return made


def put_theirs(bucket: S3Settings, rules: list[Any]) -> None:
    admin(bucket).put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket, LifecycleConfiguration={"Rules": rules}
    )


def ids(bucket: S3Settings) -> set[str]:
    told = admin(bucket).get_bucket_lifecycle_configuration(Bucket=bucket.bucket)
    return {one["ID"] for one in told["Rules"]}


def recorded(cast: Cast, store: S3Store, **said: Any) -> Recording:
    now = timezone.now()
    call = CallFactory.create(team=cast.claims)
    usual = {"expires_at": now + timedelta(days=1), "ended_at": now, "planned_at": now}
    part = RecordingFactory.create(call=call, store=store.name, **usual | said)
    put = store.put(part.object_key, io.BytesIO(b"voices"), "audio/ogg")
    part.version_id = put.version_id
    part.save()
    return part


def tags(bucket: S3Settings, part: Recording) -> dict[str, str]:
    version = {"VersionId": part.version_id} if part.version_id else {}
    told = admin(bucket).get_object_tagging(
        Bucket=bucket.bucket, Key=part.object_key, **version
    )
    return {one["Key"]: one["Value"] for one in told["TagSet"]}


@pytest.mark.django_db
def test_a_held_object_survives_the_lifecycle_that_takes_the_others(
    cast: Cast, store: S3Store, bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The net of a policy of one day, carried out with a margin of three days."""
    monkeypatch.setattr(tiers, "MARGIN_DAYS", 3)
    RetentionPolicyFactory.create(delete_after="P1D")
    free, held = recorded(cast, store), recorded(cast, store)
    now = timezone.now()
    locks.settle(now=now)
    assert tags(bucket, free) == tags(bucket, held) == {SWEEP: "6"}
    scope = Scope(calls=(held.call_id,))
    holds.place(matter="M", reason="R", scope=scope, by=cast.officer, now=now)
    hold_marks.settle(now=now)
    locks.settle(now=now + timedelta(days=1))
    assert tags(bucket, held) == {"earwitness-hold": "on"}, (
        "no mark, and none comes back"
    )
    unmarked = store.put("recordings/of-others.ogg", io.BytesIO(b"x"), "audio/ogg")

    rules = [TierRule("6", gone_after=1)]
    store.set_lifecycle(rules, seen=fingerprint(store.lifecycle() or []))

    waiting.until(
        lambda: store.list_versions(free.object_key).versions == 0, seconds=90
    )
    assert store.head(free.object_key) is None
    assert store.head(held.object_key, held.version_id) is not None
    assert store.head(unmarked.key) is not None
    listed = admin(bucket).list_object_versions(Bucket=bucket.bucket)
    assert {one["Key"] for one in listed["Versions"]} == {held.object_key, unmarked.key}


@pytest.mark.parametrize("versioned", [False])
@pytest.mark.django_db
def test_what_is_marked_is_moved_and_the_portal_learns_it(
    cast: Cast, store: S3Store, bucket: S3Settings
) -> None:
    # where there are versions, this server moves only what was tagged as it was put
    part = recorded(cast, store, tier="archive-1", expires_at=None)
    stays = recorded(cast, store, expires_at=None)
    locks.settle(now=timezone.now())
    assert (tags(bucket, part), tags(bucket, stays)) == ({TIER: "archive-1"}, {})
    rule = TierRule("archive-1", moves=(Move(Shelf.ARCHIVE, 1),))

    store.set_lifecycle([rule], seen=fingerprint([]))

    def is_moved() -> bool:
        found = store.head(part.object_key, part.version_id)
        return bool(found and found.storage_class == "GLACIER")

    waiting.until(is_moved, seconds=90)
    locks.settle(now=timezone.now() + timedelta(days=2))
    classes = Recording.objects.values_list("pk", "storage_class")
    assert dict(classes) == {part.pk: "GLACIER", stays.pk: "STANDARD"}


def test_rules_of_others_stay_as_they_are(store: S3Store, bucket: S3Settings) -> None:
    put_theirs(bucket, THEIRS)
    before = store.lifecycle()
    assert before
    assert not any(one.is_ours or one.destroys for one in before)

    kept = store.set_lifecycle(
        [TierRule("456", gone_after=456)], seen=fingerprint(before)
    )

    theirs = [one for one in kept if not one.is_ours]
    assert sorted(one.id for one in theirs) == ["their tag", "theirs"]
    assert fingerprint(theirs) == fingerprint(before)
    assert "earwitness-sweep-456" in ids(bucket)
    assert not any(one.destroys for one in kept), "our nets need a mark"
    again = store.set_lifecycle([], seen=fingerprint(kept))
    assert fingerprint(one for one in again if not one.is_ours) == fingerprint(before)
    assert "earwitness-sweep-456" not in ids(bucket)


def test_what_changed_since_somebody_looked_is_not_written_over(
    store: S3Store, bucket: S3Settings
) -> None:
    seen = fingerprint(store.lifecycle() or [])
    put_theirs(bucket, THEIRS[:1])

    with pytest.raises(LifecycleMoved):
        store.set_lifecycle([], seen=seen)

    assert ids(bucket) == {"theirs"}


@pytest.mark.django_db
def test_looked_at_asked_for_written_and_watched(
    cast: Cast, store: S3Store, bucket: S3Settings, entries: Any
) -> None:
    now = timezone.now()
    put_theirs(bucket, THEIRS)
    store_rules.settle(now=now)
    row = StoreRules.objects.get()
    assert row.state == State.DIFFERS
    seen = store_rules.shown(row)

    store_rules.ask(rules_id=row.pk, seen=seen, by=cast.officer, now=now)
    store_rules.settle(now=now)

    row.refresh_from_db()
    assert (row.state, row.asked_at, row.trouble) == (State.FITS, None, "")
    assert {"theirs", "their tag", "earwitness-probes"} <= ids(bucket)
    acts = [Action.LIFECYCLE_ASKED, Action.LIFECYCLE_APPLIED]
    told = entries(act__in=acts)
    assert [entry.act for entry in told] == acts
    assert {entry.actor_id for entry in told} == {cast.officer.pk}

    put_theirs(bucket, THEIRS[:1])
    store_rules.settle(now=now + timedelta(minutes=59))
    assert not Alert.objects.filter(kind=Alert.Kind.STORE_RULES).exists()
    store_rules.settle(now=now + timedelta(hours=1))

    row.refresh_from_db()
    assert row.state == State.DRIFTED
    alert = Alert.objects.get(kind=Alert.Kind.STORE_RULES, closed_at=None)
    assert alert.detail == store_rules.OURS_CHANGED
    assert len(entries(act=Action.LIFECYCLE_DRIFTED)) == 1
    mend = store_rules.shown(row)
    store_rules.ask(rules_id=row.pk, seen=mend, by=cast.officer, now=now)
    store_rules.settle(now=now + timedelta(hours=1))
    alert.refresh_from_db()
    assert alert.closed_at


@pytest.mark.django_db
def test_a_rule_of_others_that_destroys_recordings_is_an_alert(
    store: S3Store, bucket: S3Settings
) -> None:
    everything = {**THEIRS[0], "ID": "clean up", "Filter": {"Prefix": ""}}
    put_theirs(bucket, [everything])

    store_rules.settle(now=timezone.now())

    alert = Alert.objects.get(kind=Alert.Kind.STORE_RULES)
    assert alert.detail == store_rules.OTHERS_DESTROY
