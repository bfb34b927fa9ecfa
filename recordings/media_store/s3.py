"""Recordings in a bucket of S3, or of any server that speaks its protocol."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

from boto3.s3.transfer import TransferConfig

from recordings.finding import Finding
from recordings.media_store import s3_deletion, s3_diagnosis, s3_holds, s3_listing
from recordings.media_store.base import (
    ByteStream,
    Capabilities,
    Deletion,
    Disposition,
    EgressUpload,
    Link,
    Listed,
    Listing,
    Marking,
    StoredObject,
    checked_key,
    checked_lifetime,
    disposition_header,
)
from recordings.media_store.errors import (
    AlreadyThere,
    LinkRefused,
    ObjectMissing,
    StoreError,
    StoreUnavailable,
)
from recordings.media_store.s3_capabilities import look
from recordings.media_store.s3_client import Clients, S3Settings
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

PATIENCE_SECONDS = 5
"""How long an operator waits for one answer."""
ONE_AFTER_ANOTHER = TransferConfig(use_threads=False)


class Body:
    """The body of an answer, whose failures speak our words."""

    def __init__(self, body: "StreamingBody") -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; StoreUnavailable when the connection breaks."""
        with translated():
            return self._body.read(None if size < 0 else size)


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
        return StoredObject(
            key=key,
            size=found["ContentLength"],
            etag=found["ETag"].strip('"'),
            version_id=found.get("VersionId", ""),
            content_type=found.get("ContentType", ""),
            modified_at=found["LastModified"].astimezone(UTC),
            is_unencrypted=self._settings.encrypted
            and not found.get("ServerSideEncryption"),
        )

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
        lock: Any = {}
        if self.capabilities().object_lock:
            lock = {
                "ObjectLockMode": "COMPLIANCE",
                "ObjectLockRetainUntilDate": keep_until,
                # S3 takes a locked object with a checksum only
                "ContentMD5": base64.b64encode(_md5(content)).decode(),
            }
        with translated():
            self._client.put_object(
                **self._address(key),
                Body=content,
                ContentType=content_type,
                IfNoneMatch="*",
                **lock,
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
        """The versions of this key (s3_deletion.py)."""
        return s3_deletion.list_versions(
            self._client, self._settings.bucket, checked_key(key)
        )

    def delete_all_versions(self, key: str) -> Deletion:
        """Every version, then every marker, then the proof (s3_deletion.py)."""
        deletion = s3_deletion.delete_all_versions(
            self._client, self._settings.bucket, checked_key(key)
        )
        s3_deletion.require_absent(head=self.head(key))
        return deletion

    def set_hold(self, key: str, *, on: bool) -> Marking:
        """Object Lock's legal hold and a tag, on every version (s3_holds.py)."""
        can, bucket = self.capabilities(), self._settings.bucket
        return s3_holds.set_hold(self._client, bucket, checked_key(key), on=on, can=can)

    def diagnose(self) -> list[Finding]:
        """Settings, rights and an object of ours (s3_diagnosis.py)."""
        brisk = self._brisk
        return s3_diagnosis.examine(brisk, brisk._client, brisk._settings)

    def clock(self) -> datetime | None:
        """The Date of an answer, whole seconds; a refusal has one too."""
        try:
            with translated():
                answer = self._brisk._client.head_bucket(Bucket=self._settings.bucket)
                told = answer["ResponseMetadata"]
        except StoreError as error:
            told = getattr(error.__cause__, "response", {}).get("ResponseMetadata", {})
            if not told:
                raise
        date = told.get("HTTPHeaders", {}).get("date")
        return parsedate_to_datetime(date) if date else None

    def upload_target(self) -> EgressUpload | None:
        """Bucket and endpoint, with keys only where Egress has none of its own."""
        s = self._settings
        static = s.egress_credentials == "static"
        assumed = s.egress_credentials == "assume_role"
        return EgressUpload(
            bucket=s.bucket,
            region=s.region,
            endpoint=s.endpoint,
            force_path_style=s.path_style,
            credentials=s.egress_credentials,
            access_key=s.access_key if static else "",
            secret_key=s.secret_key if static else "",
            session_token=s.session_token if static else "",
            role_arn=s.role_arn if assumed else "",
            external_id=s.external_id if assumed else "",
        )

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


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()
