"""Remove every trace of one key from a bucket, and prove it.

The only place of the product where S3 objects die. In a versioned bucket a plain
DELETE keeps the audio under a marker, so versions are deleted by their id. Markers
go last: taking one away first would bring the version below it back to life. The
answer 200 to a deletion of several proves nothing; only the listing afterwards does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from recordings.media_store.base import (
    Deletion,
    Listing,
    StoredObject,
)
from recordings.media_store.errors import (
    DeletionIncomplete,
    StoreError,
    StoreRefused,
)
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_BATCH = 1000
"""S3 takes no more keys in one DeleteObjects."""

MAX_ROUNDS = 3
"""Listings before giving up on a key that somebody keeps writing."""

BATCH_NOT_UNDERSTOOD = {
    "InvalidRequest",
    "MalformedXML",
    "MissingContentMD5",
    "NotImplemented",
    "InvalidArgument",
    "MethodNotAllowed",
}
"""Answers of older servers, which want a Content-MD5 that boto3 no longer sends."""

GONE = {"NoSuchKey", "NoSuchVersion"}


@dataclass(frozen=True)
class _Version:
    id: str
    size: int
    is_marker: bool = False


@dataclass
class _Tally:
    versions: int = 0
    markers: int = 0
    bytes: int = 0
    request_ids: list[str] = field(default_factory=list)

    def add(self, batch: list[_Version]) -> None:
        self.versions += sum(not one.is_marker for one in batch)
        self.markers += sum(one.is_marker for one in batch)
        self.bytes += sum(one.size for one in batch)


def list_versions(client: "S3Client", bucket: str, key: str) -> Listing:
    """Count the versions of exactly this key, over all pages."""
    tally = _Tally()
    found = list(_listed(client, bucket, key))
    tally.add(found)
    ids = tuple(one.id for one in found if not one.is_marker)
    return Listing(versions=tally.versions, bytes=tally.bytes, ids=ids)


def version_ids(client: "S3Client", bucket: str, key: str) -> list[str]:
    """The ids of the versions of exactly this key, without markers."""
    listed = _listed(client, bucket, key)
    return [one.id for one in listed if not one.is_marker]


def delete_all_versions(client: "S3Client", bucket: str, key: str) -> Deletion:
    """Delete until a listing of the key is empty; returns what was there.

    Raises StoreRefused when a version is locked or we may not delete,
    DeletionIncomplete when versions keep appearing.
    """
    tally = _Tally()
    for _round in range(MAX_ROUNDS):
        found = list(_listed(client, bucket, key))
        if not found:
            return Deletion(
                versions=tally.versions,
                delete_markers=tally.markers,
                bytes=tally.bytes,
                request_ids=tuple(tally.request_ids),
            )
        for batch in _batches(found):
            tally.request_ids += _delete(client, bucket, key, batch)
            tally.add(batch)
    raise DeletionIncomplete("Versions of the object are still listed.")


def require_absent(*, head: StoredObject | None) -> None:
    """Raise DeletionIncomplete when HEAD still finds something."""
    if head is not None:
        raise DeletionIncomplete("The object still answers after its deletion.")


def _listed(client: "S3Client", bucket: str, key: str) -> Iterator[_Version]:
    """Every version and marker of exactly this key, over all pages."""
    with translated():
        pages = client.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=bucket, Prefix=key):
            for entry in page.get("Versions", []):
                if entry["Key"] == key:
                    yield _Version(entry["VersionId"], entry["Size"])
            for marker in page.get("DeleteMarkers", []):
                if marker["Key"] == key:
                    yield _Version(marker["VersionId"], size=0, is_marker=True)


def _batches(found: list[_Version]) -> Iterator[list[_Version]]:
    """Batches of one kind: a locked version must not lose the marker above it."""
    for kind in (False, True):
        same = [one for one in found if one.is_marker is kind]
        for start in range(0, len(same), MAX_BATCH):
            yield same[start : start + MAX_BATCH]


def _delete(
    client: "S3Client", bucket: str, key: str, batch: list[_Version]
) -> list[str]:
    try:
        return [_delete_together(client, bucket, key, batch)]
    except StoreError as error:
        if error.code not in BATCH_NOT_UNDERSTOOD:
            raise
    return [_delete_one(client, bucket, key, version) for version in batch]


def _delete_together(
    client: "S3Client", bucket: str, key: str, batch: list[_Version]
) -> str:
    objects = [{"Key": key, "VersionId": version.id} for version in batch]
    with translated():
        answer = client.delete_objects(
            Bucket=bucket, Delete=cast(Any, {"Objects": objects, "Quiet": False})
        )
    request_id = answer["ResponseMetadata"]["RequestId"]
    refused = [e for e in answer.get("Errors", []) if e.get("Code") not in GONE]
    if refused:
        code = refused[0].get("Code", "")
        raise StoreRefused(
            f"{len(refused)} of {len(batch)} versions were not deleted ({code}).",
            code=code,
            request_id=request_id,
        )
    return request_id


def _delete_one(client: "S3Client", bucket: str, key: str, version: _Version) -> str:
    with translated():
        answer = client.delete_object(Bucket=bucket, Key=key, VersionId=version.id)
    return answer["ResponseMetadata"]["RequestId"]
