"""What lies in the folder of the store, in the order of keys, folder by folder."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from recordings.media_store.base import Listed


def listed(root: Path, prefix: str, *, after: str) -> Iterator[Listed]:
    """Every whole file whose key begins with the prefix; nothing half written."""
    for entry, key in _walk(root, "", prefix, after):
        found = entry.stat()
        yield Listed(
            key=key,
            version_id="",
            size=found.st_size,
            etag=f"{found.st_mtime_ns:x}-{found.st_size:x}",
            modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        )


def keys(root: Path, prefix: str, *, after: str) -> Iterator[str]:
    """The same by their keys alone."""
    return (key for _entry, key in _walk(root, "", prefix, after))


def _walk(
    folder: Path, above: str, prefix: str, after: str
) -> Iterator["tuple[os.DirEntry[str], str]"]:
    """A folder sorts as its name with a slash: so keys come in the order of strings."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        named = [(above + one.name + "/" * one.is_dir(), one) for one in found]
    for key, entry in sorted(named, key=lambda one: one[0]):
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            if key.startswith(prefix) and key > after:
                yield entry, key
        elif _may_hold(key, prefix) and not _is_before(key, after):
            yield from _walk(Path(entry.path), key, prefix, after)


def _may_hold(folder: str, prefix: str) -> bool:
    return folder.startswith(prefix) or prefix.startswith(folder)


def _is_before(folder: str, after: str) -> bool:
    """Whether all that is in the folder sorts before the key."""
    return folder < after and not after.startswith(folder)
