"""A real S3 server whose answers to a deletion are wrong, late or lost: it ends the same."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from pytest_django.fixtures import Settings

from compliance.audit.actions import Action
from compliance.models import AuditEntry, DestructionReceipt
from compliance.retention.sweep import Swept, sweep
from recordings import expiry, media_store
from recordings.media_store.base import Deletion
from recordings.media_store.errors import StoreRefused, StoreUnavailable
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from recordings.models import Recording
from tests.cast import Cast
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.factories.recordings import STARTED, CallFactory, RecordingFactory
from tests.services import S3Server

NOW = STARTED + timedelta(days=91)
KEYS = [f"recordings/5d0c/2026/11/21/{number:04d}/1.ogg" for number in range(4)]
Entries = Callable[..., list[AuditEntry]]
Fault = Callable[..., Any]


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Settings:
    """An empty, versioned bucket."""
    return new_bucket(s3_server, versioned=True)


@pytest.fixture
def store(bucket: S3Settings, settings: Settings) -> S3Store:
    """The configured store, in that bucket."""
    settings.MEDIA_STORE = stored_in(bucket)
    found = media_store.store()
    assert isinstance(found, S3Store)
    return found


@pytest.fixture
def parts(cast: Cast, store: S3Store) -> list[Recording]:
    """Four recordings whose time is over, two versions of each."""
    made = []
    for key in KEYS:
        for content in (b"first", b"second"):
            store.put(key, io.BytesIO(content), "audio/ogg")
        call = CallFactory.create(team=cast.claims)
        yesterday = NOW - timedelta(days=1)
        made.append(
            RecordingFactory.create(
                call=call, store=store.name, object_key=key, expires_at=yesterday
            )
        )
    return made


def answered(status: int, code: str, **parsed: object) -> Fault:
    """Instead of the server: a whole answer of that kind."""

    def answer(**_asked: object) -> object:
        http = AWSResponse("", status, HTTPHeaders(), None)
        error = {"Error": {"Code": code}} if code else {}
        meta = {"ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "R"}}
        return http, {**error, **meta, **parsed}

    return answer


def lost(**_asked: object) -> None:
    """After the server has done it: its answer never came."""
    raise ReadTimeoutError(endpoint_url="https://s3.example")


class During:
    """A fault for one kind of call, as long as this lasts."""

    def __init__(self, store: S3Store, when: str, fault: Fault) -> None:
        self._events = store._clients.own.meta.events
        self._when, self._fault = when, fault

    def __enter__(self) -> None:
        self._events.register(self._when, self._fault)

    def __exit__(self, *_raised: object) -> None:
        self._events.unregister(self._when, self._fault)


BEFORE = "before-call.s3.DeleteObjects"
AFTER = "after-call.s3.DeleteObjects"


def left(bucket: S3Settings) -> list[Any]:
    listed = admin(bucket).list_object_versions(Bucket=bucket.bucket)
    return [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]


@pytest.mark.parametrize(
    ("when", "fault", "versions"),
    [
        (BEFORE, answered(503, "SlowDown"), 8),
        (BEFORE, answered(500, "InternalError"), 8),
        (AFTER, lost, 0),
    ],
    ids=["slow down", "internal error", "time-out after success"],
)
def test_what_the_store_did_not_answer_is_done_later_once(
    parts: list[Recording],
    store: S3Store,
    bucket: S3Settings,
    entries: Entries,
    when: str,
    fault: Fault,
    versions: int,
) -> None:
    with During(store, when, fault):
        assert sweep(now=NOW) == Swept(failed=4)
    assert len(left(bucket)) == versions
    assert not DestructionReceipt.objects.exists()
    told = Recording.objects.values_list("setback", flat=True)
    assert set(told) == {"StoreUnavailable"}

    assert sweep(now=NOW + expiry.RETRY) == Swept(destroyed=4)

    assert not left(bucket)
    receipts = DestructionReceipt.objects.all()
    assert {one.item_id for one in receipts} == {part.id for part in parts}
    assert {one.versions_listed for one in receipts} == {2}
    assert len(entries(act=Action.DESTRUCTION_DONE)) == 4


def test_an_error_of_one_key_puts_back_that_one_alone(
    parts: list[Recording], store: S3Store
) -> None:
    def one_busy(parsed: dict[str, Any], **_more: object) -> None:
        parsed["Errors"] = [{"Key": KEYS[2], "Code": "SlowDown"}]

    with During(store, AFTER, one_busy):
        assert sweep(now=NOW) == Swept(destroyed=3, failed=1)
    parts[2].refresh_from_db()
    assert parts[2].setback == "StoreUnavailable"

    assert sweep(now=NOW + expiry.RETRY) == Swept(destroyed=1)


def test_a_refusal_of_the_whole_call_is_asked_key_by_key(
    parts: list[Recording], store: S3Store, bucket: S3Settings
) -> None:
    with During(store, BEFORE, answered(403, "AccessDenied")):
        assert sweep(now=NOW) == Swept(destroyed=4)

    assert not left(bucket)


def test_one_call_takes_many_keys_and_each_knows_what_it_lost(
    parts: list[Recording], store: S3Store
) -> None:
    calls: list[object] = []

    def count(**asked: object) -> None:
        calls.append(asked)

    with During(store, BEFORE, count):
        told = store.delete_several([*KEYS, "recordings/none.ogg"])

    assert len(calls) == 1
    counts = [one.versions for one in told.values() if isinstance(one, Deletion)]
    assert sorted(counts) == [0, 2, 2, 2, 2]


def test_a_key_that_is_locked_holds_up_no_other(
    parts: list[Recording], store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(parsed: dict[str, Any], **_more: object) -> None:
        parsed["Errors"] = [{"Key": KEYS[0], "Code": "AccessDenied"}]

    with During(store, AFTER, locked):
        told = store.delete_several(KEYS)

    assert isinstance(told[KEYS[0]], StoreRefused)
    assert not isinstance(told[KEYS[0]], StoreUnavailable)
    assert all(isinstance(told[key], Deletion) for key in KEYS[1:])
