"""The vault of the law book, in the object store.

It lies under `vault/` in the bucket that settings.VAULT_STORE names: that of the
recordings, or better one of its own with Object Lock, whose keys the administrators of
the portal do not have.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby, takewhile
from operator import attrgetter

from django.conf import settings

from compliance.vault import Capabilities, Missing, Occupied, VaultError
from recordings import media_store
from recordings.media_store import (
    AlreadyThere,
    Listed,
    MediaStore,
    ObjectMissing,
    StoreError,
)

PREFIX = "vault/"
CONTENT_TYPE = "application/octet-stream"


class StoreVault:
    """Implements `compliance.vault.Vault` on a media store."""

    def capabilities(self) -> Capabilities:
        """Whether the bucket locks objects."""
        with _translated():
            return Capabilities(locks=_store().capabilities().object_lock)

    def put_once(self, key: str, content: bytes, *, keep_until: datetime) -> None:
        """Write it locked, if the bucket can; a repetition is compared, not written."""
        with _translated():
            try:
                _store().put_once(
                    PREFIX + key, content, CONTENT_TYPE, keep_until=keep_until
                )
            except AlreadyThere as error:
                if _read(key) != content:
                    raise Occupied("Something else lies under that key.") from error

    def read(self, key: str) -> bytes:
        """All of its oldest version: what is kept here is small."""
        with _translated():
            return _read(key)

    def keys(self, prefix: str, *, after: str = "") -> Iterator[str]:
        """Listed page by page."""
        begin = PREFIX + after if after else ""
        with _translated():
            for key in _store().keys(PREFIX + prefix, after=begin):
                yield key.removeprefix(PREFIX)

    def covered(self, prefix: str) -> Iterator[str]:
        """Told by a listing of versions; the same content twice covers nothing."""
        with _translated():
            every = _store().listed(PREFIX + prefix)
            for key, found in groupby(every, key=attrgetter("key")):
                if _is_covered(list(found)):
                    yield key.removeprefix(PREFIX)


def _store() -> MediaStore:
    return media_store.build(settings.VAULT_STORE)


def _read(key: str) -> bytes:
    store, name = _store(), PREFIX + key
    found = takewhile(lambda one: one.key == name, store.listed(name))
    versions = [one.version_id for one in found if not one.is_marker]
    if not versions:
        raise ObjectMissing("Nothing lies under that key.")
    with store.open_range(name, version_id=versions[-1] or None) as stream:
        return stream.read()


def _is_covered(newest_first: list[Listed]) -> bool:
    """Whether the oldest of these versions of one key is not what a reader gets."""
    versions = [one for one in newest_first if not one.is_marker]
    contents = {(one.size, one.etag) for one in versions}
    has_mark = len(versions) < len(newest_first)
    return bool(versions) and (has_mark or len(contents) > 1)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ObjectMissing as error:
        raise Missing("There is nothing under that key.") from error
    except StoreError as error:
        raise VaultError(str(error)) from error
