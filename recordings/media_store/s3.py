"""Recordings in a bucket of S3, or of any server that speaks its protocol."""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

from boto3.s3.transfer import TransferConfig

from compliance.retention.tiers import TierRule
from recordings.finding import Finding
from recordings.media_store import (
    s3_archive,
    s3_deletion,
    s3_diagnosis,
    s3_facts,
    s3_holds,
    s3_lifecycle,
    s3_listing,
    s3_locks,
    s3_tags,
)
from recordings.media_store.archive import Speed, WayBack
from recordings.media_store.base import (
    ByteStream,
    Capabilities,
    Deletion,
    Disposition,
    Link,
    Listed,
    Listing,
    Marking,
    StoredObject,
)
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import (
    AlreadyThere,
    LinkRefused,
    ObjectMissing,
    StoreError,
    StoreUnavailable,
)
from recordings.media_store.lifecycle import StoreRule
from recordings.media_store.link_rules import checked_lifetime, disposition_header
from recordings.media_store.object_keys import checked_key
from recordings.media_store.s3_capabilities import look
from recordings.media_store.s3_client import Clients, S3Settings
from recordings.media_store.s3_errors import Body, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PATIENCE_SECONDS = 5
"""How long an operator waits for one answer."""
ONE_AFTER_ANOTHER = TransferConfig(use_threads=False)


class S3Store:
    """One bucket, one client a process."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._clients = Clients(settings)

    def __repr__(self) -> str:
        return f"S3Store({self.name!r})"

    @property
    def name(self) -> str:
        """Region and bucket: two buckets are two stores."""
        return f"s3:{self._settings.region}:{self._settings.bucket}"

    def capabilities(self) -> Capabilities:
        """What the bucket says about itself, asked once a process."""
        return self._capabilities

    @cached_property
    def _capabilities(self) -> Capabilities:
        return look(self._client, self._settings.bucket)

    def head(self, key: str, version_id: str | None = None) -> StoredObject | None:
        """HEAD of the newest or the named version."""
        address = self._address(key, version_id)
        try:
            with translated():
                found = self._client.head_object(**address)
        except ObjectMissing:
            return None
        return s3_facts.stored(key, found, to_encrypt=self._settings.encrypted)

    @contextmanager
    def open_range(
        self,
        key: str,
        *,
        start: int = 0,
        length: int | None = None,
        version_id: str | None = None,
    ) -> Iterator[ByteStream]:
        """GET, streamed from the socket."""
        request: dict[str, Any] = self._address(key, version_id)
        if length == 0:
            yield io.BytesIO()
            return
        if start or length is not None:
            last = "" if length is None else start + length - 1
            request["Range"] = f"bytes={start}-{last}"
        try:
            with translated():
                body = self._client.get_object(**request)["Body"]
        except StoreError as error:
            if error.code != "InvalidRange":
                raise
            yield io.BytesIO()
            return
        try:
            yield Body(body)
        finally:
            body.close()

    def presign(
        self,
        key: str,
        *,
        version_id: str | None,
        lifetime: timedelta,
        disposition: Disposition,
        filename: str,
        content_type: str,
    ) -> Link:
        """A SigV4 query URL to the public endpoint; signing makes no call."""
        now = datetime.now(UTC).replace(microsecond=0)
        with translated():
            life = checked_lifetime(lifetime, self._clients.credentials_left(now))
            url = self._clients.public.generate_presigned_url(
                "get_object",
                Params={
                    **self._address(key, version_id),
                    "ResponseContentType": content_type,
                    "ResponseContentDisposition": disposition_header(
                        disposition, filename
                    ),
                    "ResponseCacheControl": "private, no-store",
                },
                ExpiresIn=int(life.total_seconds()),
            )
        if "X-Amz-Signature=" not in url:
            raise LinkRefused("The link came out unsigned.")
        return Link(url=url, expires_at=now + life)

    def put(self, key: str, stream: ByteStream, content_type: str) -> StoredObject:
        """Upload in one piece or, when large, in parts that become one object."""
        with translated():
            self._client.upload_fileobj(
                cast("IO[bytes]", stream),
                self._settings.bucket,
                checked_key(key),
                ExtraArgs={"ContentType": content_type},
                Config=ONE_AFTER_ANOTHER,
            )
        stored = self.head(key)
        if stored is None:
            raise StoreUnavailable("The object was gone as soon as it was written.")
        return stored

    def put_once(
        self, key: str, content: bytes, content_type: str, *, keep_until: datetime
    ) -> None:
        """PUT if nothing is there, in compliance mode where the bucket locks.

        Ceph heeds no condition on a PUT into a versioned bucket, so we look as well.
        """
        if self.head(key):
            raise AlreadyThere("Something lies under that key already.")
        locks = bool(self.capabilities().object_lock)
        s3_locks.put_locked(
            self._client,
            self._address(key),
            content,
            content_type,
            keep_until=keep_until if locks else None,
        )

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """ListObjectsV2, page by page."""
        pages = self._client.get_paginator("list_objects_v2")
        asked = pages.paginate(
            Bucket=self._settings.bucket, Prefix=prefix, StartAfter=after
        )
        with translated():
            for page in asked:
                yield from (found["Key"] for found in page.get("Contents", []))

    def listed(self, prefix: str, *, after: str = "") -> Iterator[Listed]:
        """ListObjectVersions, page by page (s3_listing.py)."""
        yield from s3_listing.listed(
            self._client, self._settings.bucket, prefix, after=after
        )

    def list_versions(self, key: str) -> Listing:
        """The versions of this key."""
        key, bucket = checked_key(key), self._settings.bucket
        return s3_deletion.list_versions(self._client, bucket, key)

    def list_several(self, keys: Collection[str]) -> dict[str, Listing | StoreError]:
        """The versions of these keys (s3_versions.py)."""
        keys = [checked_key(key) for key in keys]
        return s3_deletion.list_several(self._client, self._settings.bucket, keys)

    def delete_all_versions(self, key: str) -> Deletion:
        """Every version, then every marker, then the proof (s3_deletion.py)."""
        key, bucket = checked_key(key), self._settings.bucket
        return s3_deletion.delete_all_versions(
            self._client, bucket, key, head=self.head
        )

    def delete_several(self, keys: Collection[str]) -> dict[str, Deletion | StoreError]:
        """The versions of all, then the markers, then the proof for each."""
        keys = [checked_key(key) for key in keys]
        bucket = self._settings.bucket
        return s3_deletion.delete_several(self._client, bucket, keys, head=self.head)

    def lock(self, key: str, *, version_id: str, until: datetime, firmly: bool) -> None:
        """Object Lock's retention of one version (s3_locks.py)."""
        have = self.head(key, version_id)
        if have is None:
            raise ObjectMissing("There is no such version in the store.")
        address = self._address(key, version_id)
        s3_locks.lock(self._client, address, have=have, until=until, firmly=firmly)

    def set_hold(self, key: str, *, on: bool) -> Marking:
        """Object Lock's legal hold and a tag, on every version (s3_holds.py)."""
        can, bucket = self.capabilities(), self._settings.bucket
        return s3_holds.set_hold(self._client, bucket, checked_key(key), on=on, can=can)

    def opens(self, key: str, *, version_id: str) -> bool:
        """GET of one byte: 403 InvalidObjectState where it is closed (s3_archive.py)."""
        return s3_archive.opens(self._client, self._address(key, version_id))

    def ways_back(self, storage_class: str) -> list[WayBack]:
        """As AWS promises them (s3_archive.py)."""
        return s3_archive.WAYS_BACK.get(storage_class, [])

    def bring_back(self, key: str, *, version_id: str, days: int, speed: Speed) -> None:
        """RestoreObject (s3_archive.py)."""
        address = self._address(key, version_id)
        s3_archive.bring_back(self._client, address, days=days, speed=speed)

    def label(self, key: str, *, version_id: str, marks: Mapping[str, str]) -> bool:
        """Tags of one version (s3_tags.py)."""
        if not self.capabilities().tags:
            return False
        address = self._address(key, version_id)
        return s3_tags.set_marks(self._client, address, marks)

    def lifecycle(self) -> list[StoreRule] | None:
        """The rules of the bucket (s3_lifecycle.py)."""
        return s3_lifecycle.read(self._client, self._settings.bucket)

    def planned_lifecycle(self, rules: Sequence[TierRule]) -> list[StoreRule] | None:
        """Ours translated, theirs as they are (s3_lifecycle.py)."""
        return s3_lifecycle.planned(self._client, self._settings.bucket, rules)

    def set_lifecycle(self, rules: Sequence[TierRule], *, seen: str) -> list[StoreRule]:
        """Merged, put, read back (s3_lifecycle.py)."""
        return s3_lifecycle.put(self._client, self._settings.bucket, rules, seen=seen)

    def diagnose(self) -> list[Finding]:
        """Settings, rights and an object of ours (s3_diagnosis.py)."""
        brisk = self._brisk
        return s3_diagnosis.examine(brisk, brisk._client, brisk._settings)

    def clock(self) -> datetime | None:
        """The Date of an answer (s3_facts.py)."""
        return s3_facts.clock(self._brisk._client, self._settings.bucket)

    def upload_target(self) -> EgressUpload | None:
        """Bucket and endpoint, with keys only where Egress has none of its own."""
        return self._settings.upload_target()

    @cached_property
    def _brisk(self) -> "S3Store":
        """The same store for somebody who waits: it gives up soon."""
        return S3Store(
            replace(self._settings, read_seconds=PATIENCE_SECONDS, attempts=1)
        )

    @property
    def _client(self) -> "S3Client":
        with translated():
            return self._clients.own

    def _address(self, key: str, version_id: str | None = None) -> Any:
        address = {"Bucket": self._settings.bucket, "Key": checked_key(key)}
        return {**address, "VersionId": version_id} if version_id else address
