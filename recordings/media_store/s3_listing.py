"""What lies in a bucket, every version and marker, as one sorted stream."""

import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from recordings.media_store.base import Listed
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

UNVERSIONED = "null"
"""The id that S3 gives to what was written without versions; a HEAD tells none."""


def listed(
    client: "S3Client", bucket: str, prefix: str, *, after: str
) -> Iterator[Listed]:
    """Versions and markers by key. S3 tells them in two lists a page, each sorted."""
    pages = client.get_paginator("list_object_versions")
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    if after:
        asked["KeyMarker"] = after
    with translated():
        for page in pages.paginate(**asked):
            versions = map(_version, page.get("Versions", []))
            markers = map(_marker, page.get("DeleteMarkers", []))
            both = heapq.merge(versions, markers, key=lambda one: one.key)
            # Ceph begins with the key itself where AWS begins behind it
            yield from (one for one in both if one.key > after)


def _version(told: Mapping[str, Any]) -> Listed:
    version_id = told["VersionId"]
    return Listed(
        key=told["Key"],
        version_id="" if version_id == UNVERSIONED else version_id,
        size=told["Size"],
        etag=told["ETag"].strip('"'),
        modified_at=told["LastModified"].astimezone(UTC),
        is_latest=told["IsLatest"],
    )


def _marker(told: Mapping[str, Any]) -> Listed:
    return Listed(
        key=told["Key"],
        version_id=told["VersionId"],
        size=0,
        etag="",
        modified_at=told["LastModified"].astimezone(UTC),
        is_latest=told["IsLatest"],
        is_marker=True,
    )
