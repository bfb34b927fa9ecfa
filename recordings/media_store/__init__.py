"""Where recordings lie: one port, several stores.

`store()` is the configured store, into which new recordings go; `store(name)` the
one a row names. Adapters are loaded when they are first used, so that a folder
installation never imports the AWS library.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from recordings.media_store.base import (
    ByteStream,
    Capabilities,
    Deletion,
    Disposition,
    Link,
    Listed,
    Listing,
    Marking,
    MediaStore,
    StoredObject,
)
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import (
    AlreadyThere,
    DeletionIncomplete,
    InvalidKey,
    LinkRefused,
    LockShortened,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    UnknownStore,
)
from recordings.media_store.link_rules import MAX_LINK_LIFE

__all__ = [
    "MAX_LINK_LIFE",
    "AlreadyThere",
    "ByteStream",
    "Capabilities",
    "Deletion",
    "DeletionIncomplete",
    "Disposition",
    "EgressUpload",
    "InvalidKey",
    "Link",
    "LinkRefused",
    "Listed",
    "Listing",
    "LockShortened",
    "Marking",
    "MediaStore",
    "ObjectMissing",
    "StoreError",
    "StoreFull",
    "StoreRefused",
    "StoreUnavailable",
    "StoredObject",
    "UnknownStore",
    "build",
    "configured",
    "names",
    "store",
]


def store(name: str = "") -> MediaStore:
    """The store of that name; without one the store that new recordings go to.

    Names are found in settings.MEDIA_STORE and in settings.MEDIA_STORES, a list of
    further stores that are only read and emptied. Raises UnknownStore.
    """
    if not name:
        return build(settings.MEDIA_STORE)
    for candidate in configured():
        if candidate.name == name:
            return candidate
    raise UnknownStore(f"No store called {name!r} is configured (MEDIA_STORES).")


def names() -> list[str]:
    """The names of all stores of this installation, that of new recordings first."""
    return list(dict.fromkeys(one.name for one in configured()))


def configured() -> Iterator[MediaStore]:
    """Every store there is a setting for, that for new recordings first."""
    yield build(settings.MEDIA_STORE)
    for config in getattr(settings, "MEDIA_STORES", []):
        yield build(config)


def build(config: Mapping[str, Any]) -> MediaStore:
    """The store of these settings, one a process. Raises ImproperlyConfigured."""
    return _built(tuple(sorted(config.items())))


@cache
def _built(items: tuple[tuple[str, Any], ...]) -> MediaStore:
    config = dict(items)
    if config["kind"] == "local":
        from recordings.media_store.local import LocalStore

        return LocalStore(config["root"])
    if config["kind"] == "s3":
        from recordings.media_store.s3 import S3Store
        from recordings.media_store.s3_client import S3Settings

        return S3Store(S3Settings.read(config))
    raise ImproperlyConfigured(f"MEDIA_STORE: unknown kind {config['kind']!r}.")
