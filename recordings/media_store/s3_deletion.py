"""Remove every trace of keys from a bucket, and prove it.

The only place of the product where S3 objects die. In a versioned bucket a plain
DELETE keeps the audio under a marker, so versions are deleted by their id. Markers
go last: taking one away first would bring the version below it back to life. The
answer 200 to a deletion of several proves nothing; only the listing afterwards does.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from recordings.media_store import s3_versions
from recordings.media_store.base import Deletion, Listing, StoredObject
from recordings.media_store.errors import (
    DeletionIncomplete,
    StoreError,
    StoreRefused,
    StoreUnavailable,
)
from recordings.media_store.s3_errors import BUSY, translated
from recordings.media_store.s3_versions import Version

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

Head = Callable[[str], StoredObject | None]
GONE = {"NoSuchKey", "NoSuchVersion"}


@dataclass
class _Tally:
    versions: int = 0
    markers: int = 0
    bytes: int = 0
    request_ids: list[str] = field(default_factory=list)

    def add(self, batch: list[Version], request_id: str = "") -> None:
        if request_id and request_id not in self.request_ids:
            self.request_ids.append(request_id)
        self.versions += sum(not one.is_marker for one in batch)
        self.markers += sum(one.is_marker for one in batch)
        self.bytes += sum(one.size for one in batch)

    def deletion(self) -> Deletion:
        return Deletion(
            versions=self.versions,
            delete_markers=self.markers,
            bytes=self.bytes,
            request_ids=tuple(self.request_ids),
        )


@dataclass
class _Going:
    """Keys on their way out: what went of each, and what became of those that ended."""

    tallies: dict[str, _Tally]
    ended: dict[str, Deletion | StoreError] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        return [key for key in self.tallies if key not in self.ended]

    def end(self, keys: Collection[str], error: StoreError) -> None:
        self.ended.update(dict.fromkeys(keys, error))


def list_versions(client: "S3Client", bucket: str, key: str) -> Listing:
    """Count the versions of exactly this key."""
    return _counted(s3_versions.of(client, bucket, key))


def list_several(
    client: "S3Client", bucket: str, keys: Collection[str]
) -> dict[str, Listing | StoreError]:
    """The same of several keys; for each, or why that cannot be told."""
    told = s3_versions.of_several(client, bucket, keys)
    return {
        key: found if isinstance(found, StoreError) else _counted(found)
        for key, found in told.items()
    }


def _counted(found: Collection[Version]) -> Listing:
    versions = [one for one in found if not one.is_marker]
    return Listing(
        versions=len(versions),
        bytes=sum(one.size for one in versions),
        ids=tuple(one.id for one in versions),
    )


def version_ids(client: "S3Client", bucket: str, key: str) -> list[str]:
    """The ids of the versions of exactly this key, without markers."""
    listed = s3_versions.of(client, bucket, key)
    return [one.id for one in listed if not one.is_marker]


def _nothing(_key: str) -> None:
    """The listing is proof enough of a file that is not a recording."""


def delete_all_versions(
    client: "S3Client", bucket: str, key: str, *, head: Head = _nothing
) -> Deletion:
    """Delete one key so; returns what was there. Raises what `delete_several` tells."""
    told = delete_several(client, bucket, [key], head=head)[key]
    if isinstance(told, StoreError):
        raise told
    return told


def delete_several(
    client: "S3Client",
    bucket: str,
    keys: Collection[str],
    *,
    head: Head,
) -> dict[str, Deletion | StoreError]:
    """Delete all of these keys until no listing and no HEAD knows them.

    In calls of up to MAX_BATCH versions of any of them. Returns for each key what was
    there, or why something of it may still be: StoreRefused where a version is locked or
    we may not delete, DeletionIncomplete where versions keep appearing.
    """
    going = _Going({key: _Tally() for key in keys})
    for _round in range(MAX_ROUNDS):
        found = _found(client, bucket, going, head)
        if not found:
            return going.ended
        for kind in (False, True):
            # a locked version must not lose the marker above it
            same = [one for one in found if one.is_marker is kind]
            same = [one for one in same if one.key not in going.ended]
            for start in range(0, len(same), MAX_BATCH):
                _delete(client, bucket, same[start : start + MAX_BATCH], going)
    for key in going.left:
        going.ended[key] = DeletionIncomplete(
            "Versions of the object are still listed."
        )
    return going.ended


def _found(
    client: "S3Client",
    bucket: str,
    going: _Going,
    head: Head,
) -> list[Version]:
    """What is still listed of the keys that are left; the others are proved gone."""
    found: list[Version] = []
    absent: list[str] = []
    for key, told in s3_versions.of_several(client, bucket, going.left).items():
        if isinstance(told, StoreError):
            going.ended[key] = told
        elif told:
            found += told
        else:
            absent.append(key)
    answers = s3_versions.at_once(lambda key: _still_answers(head, key), absent)
    for key, error in zip(absent, answers, strict=True):
        going.ended[key] = error or going.tallies[key].deletion()
    return found


def _still_answers(head: Head, key: str) -> StoreError | None:
    """What speaks against the absence of a key that no listing knows."""
    try:
        if head(key) is None:
            return None
    except StoreError as error:
        return error
    return DeletionIncomplete("The object still answers after its deletion.")


def _delete(
    client: "S3Client", bucket: str, batch: list[Version], going: _Going
) -> None:
    """One call for all of them; one each where the server has no such call, or refuses
    it as a whole: that does not say whose fault it is."""
    try:
        _delete_together(client, bucket, batch, going)
    except StoreError as error:
        several = len({one.key for one in batch}) > 1
        refused = several and isinstance(error, StoreRefused)
        if not refused and error.code not in BATCH_NOT_UNDERSTOOD:
            going.end({one.key for one in batch}, error)
            return
        for version in batch:
            _delete_one(client, bucket, version, going)


def _delete_together(
    client: "S3Client", bucket: str, batch: list[Version], going: _Going
) -> None:
    objects = [{"Key": one.key, "VersionId": one.id} for one in batch]
    with translated():
        answer = client.delete_objects(
            Bucket=bucket, Delete=cast(Any, {"Objects": objects, "Quiet": False})
        )
    request_id = answer["ResponseMetadata"]["RequestId"]
    errors = [e for e in answer.get("Errors", []) if e.get("Code") not in GONE]
    codes: dict[str, list[str]] = {}
    for error in errors:
        codes.setdefault(error.get("Key", ""), []).append(error.get("Code", ""))
    for key, told in codes.items():
        of_key = sum(one.key == key for one in batch)
        kind = StoreUnavailable if told[0] in BUSY else StoreRefused
        going.end(
            {key},
            kind(
                f"{len(told)} of {of_key} versions were not deleted ({told[0]}).",
                code=told[0],
                request_id=request_id,
            ),
        )
    for one in batch:
        going.tallies[one.key].add([one], request_id)


def _delete_one(
    client: "S3Client", bucket: str, version: Version, going: _Going
) -> None:
    if version.key in going.ended:
        return
    try:
        with translated():
            answer = client.delete_object(
                Bucket=bucket, Key=version.key, VersionId=version.id
            )
    except StoreError as error:
        going.end({version.key}, error)
        return
    request_id = answer["ResponseMetadata"]["RequestId"]
    going.tallies[version.key].add([version], request_id)
