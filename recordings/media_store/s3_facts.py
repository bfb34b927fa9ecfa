"""What an answer of S3 about one object says, in the words of the port."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from recordings.media_store.base import StoredObject
from recordings.media_store.errors import StoreError
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COMPLIANCE = "COMPLIANCE"
ARCHIVES = {"GLACIER", "DEEP_ARCHIVE"}
_RESTORE = re.compile(
    r'ongoing-request="(?P<ongoing>\w+)"(, expiry-date="(?P<ends>[^"]+)")?'
)


def stored(key: str, found: Mapping[str, Any], *, to_encrypt: bool) -> StoredObject:
    """The facts of a HEAD. to_encrypt: the store was to keep it encrypted.

    S3 names the class only where it is not STANDARD; the lock only to whoever may read
    it (s3:GetObjectRetention).
    """
    until = found.get("ObjectLockRetainUntilDate")
    told = _RESTORE.match(found.get("Restore", ""))
    ends = told["ends"] if told else None
    return StoredObject(
        key=key,
        size=found["ContentLength"],
        etag=found["ETag"].strip('"'),
        version_id=found.get("VersionId", ""),
        content_type=found.get("ContentType", ""),
        modified_at=found["LastModified"].astimezone(UTC),
        is_unencrypted=to_encrypt and not found.get("ServerSideEncryption"),
        storage_class=found.get("StorageClass", "STANDARD"),
        is_archived=found.get("StorageClass") in ARCHIVES or "ArchiveStatus" in found,
        is_coming=bool(told and told["ongoing"] == "true"),
        open_until=parsedate_to_datetime(ends).astimezone(UTC) if ends else None,
        locked_until=until.astimezone(UTC) if until else None,
        locked_firmly=found.get("ObjectLockMode") == COMPLIANCE,
    )


def clock(client: "S3Client", bucket: str) -> datetime | None:
    """The Date of an answer, whole seconds; a refusal has one too. Raises StoreError."""
    try:
        with translated():
            told = client.head_bucket(Bucket=bucket)["ResponseMetadata"]
    except StoreError as error:
        told = getattr(error.__cause__, "response", {}).get("ResponseMetadata", {})
        if not told:
            raise
    date = told.get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else None
