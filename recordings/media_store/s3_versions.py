"""The versions and markers of many keys, in as few listings as they lie close together.

What is destroyed together mostly lies together: the calls of one day of a team. A listing
by key would ask once for each; here a page answers for every key within it, and what lies
in between is skipped.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING, Any, TypeVar

from recordings.media_store.errors import (
    StoreError,
    StoreRefused,
    StoreUnavailable,
)
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ASKED_AT_ONCE = 8
"""So many listings, or HEADs, are on their way at a time."""
PAGE = 1000
"""S3 lists no more at once."""
SMALL_PAGE = 20
_LAST = "~"
"""Sorts behind every character of our keys."""


@dataclass(frozen=True)
class Version:
    """One version of a key, or a marker, as the listing tells it."""

    key: str
    id: str
    size: int
    is_marker: bool = False


Found = list[Version]
A = TypeVar("A")
B = TypeVar("B")


def of_several(
    client: "S3Client", bucket: str, keys: Collection[str]
) -> dict[str, Found | StoreError]:
    """What there is of each of exactly these keys, or why that cannot be told."""
    ordered = sorted(set(keys))
    share = max(1, -(-len(ordered) // ASKED_AT_ONCE))
    shares = [ordered[n : n + share] for n in range(0, len(ordered), share)]
    told: dict[str, Found | StoreError] = {}
    for answers in at_once(lambda some: _of_share(client, bucket, some), shares):
        told |= answers
    return told


def of(client: "S3Client", bucket: str, key: str) -> Found:
    """What there is of one key, over all pages. Raises a StoreError."""
    return _scanned(client, bucket, [key])[key]


def at_once(ask: Callable[[A], B], things: Sequence[A]) -> Iterator[B]:
    """The answers in the order of the questions, several of them asked at a time."""
    if len(things) < 2:
        yield from map(ask, things)
        return
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        yield from pool.map(ask, things)


def _of_share(
    client: "S3Client", bucket: str, keys: Sequence[str]
) -> dict[str, Found | StoreError]:
    """Where the listing of several is refused, each is asked for by itself: a right may
    end at one of them."""
    try:
        return dict(_scanned(client, bucket, keys))
    except StoreError as error:
        if len(keys) == 1 or not isinstance(error, StoreRefused):
            return dict.fromkeys(keys, error)
    told: dict[str, Found | StoreError] = {}
    for key in keys:
        told |= _of_share(client, bucket, [key])
    return told


def _scanned(client: "S3Client", bucket: str, keys: Sequence[str]) -> dict[str, Found]:
    """One way through the sorted keys, from each one that is not answered yet."""
    found: dict[str, Found] = {key: [] for key in keys}
    waiting, size = deque(keys), min(PAGE, max(SMALL_PAGE, 2 * len(keys)))
    place = _at(waiting[0])
    prefix = commonprefix(keys)  # noqa: RUF071  of strings, not of paths
    asked: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
    while waiting:
        with translated():
            page: Any = client.list_object_versions(**asked, **place, MaxKeys=size)
        for version in _read(page):
            if version.key in found:
                found[version.key].append(version)
        if not page.get("IsTruncated"):
            break
        _require_progress(page, place)
        answered = 0
        while waiting and waiting[0] < page["NextKeyMarker"]:
            waiting.popleft()
            answered += 1
        skips = waiting and answered and waiting[0] > page["NextKeyMarker"]
        place = _at(waiting[0]) if skips else _behind(page)
        size = min(PAGE, max(SMALL_PAGE, 4 * answered)) if answered else PAGE
    return found


def _require_progress(page: Any, place: dict[str, Any]) -> None:
    """A listing that breaks off, or begins anew each time, proves no absence."""
    if not page.get("NextKeyMarker") or _behind(page) == place:
        raise StoreUnavailable("The store's listing does not come to an end.")


def _at(key: str) -> dict[str, Any]:
    """Just before a key: with a marker that is a key, AWS begins behind it, Ceph with it."""
    return {"KeyMarker": key[:-1] + chr(ord(key[-1]) - 1) + _LAST}


def _behind(page: Any) -> dict[str, Any]:
    """Where the page ended: perhaps among the versions of one key."""
    place = {"KeyMarker": page["NextKeyMarker"]}
    if version := page.get("NextVersionIdMarker"):
        place["VersionIdMarker"] = version
    return place


def _read(page: Any) -> Iterator[Version]:
    for told in page.get("Versions", []):
        yield Version(told["Key"], told["VersionId"], told["Size"])
    for told in page.get("DeleteMarkers", []):
        yield Version(told["Key"], told["VersionId"], size=0, is_marker=True)
