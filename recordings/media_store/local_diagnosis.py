"""What an operator should know of the folder in which recordings lie."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from recordings.finding import Finding, fail, ok, warn
from recordings.media_store.base import MediaStore
from recordings.media_store.errors import StoreError
from recordings.media_store.object_keys import PROBE_PREFIX
from recordings.media_store.trying import probe_key, try_out

GIB = 2**30
LEAST_FREE = GIB
"""Some seventy hours of calls."""
SOON_FULL = 0.1
"""The part of a disk below which somebody should look for room."""


def examine(store: MediaStore, root: Path) -> list[Finding]:
    """Try the folder out, then look at its disk and at who may read it."""
    tried = list(try_out(store, key=probe_key(PROBE_PREFIX), remedy=_remedy))
    _tidy(root)
    if not root.is_dir():
        return tried
    return [*tried, *_looked_at(root)]


def _looked_at(root: Path) -> Iterator[Finding]:
    disk = shutil.disk_usage(root)
    free = f"{disk.free / GIB:.1f} GiB free for recordings"
    if disk.free < LEAST_FREE:
        yield fail(free, "Make room, or EARWITNESS_MEDIA_ROOT on a larger disk.")
    elif disk.free < SOON_FULL * disk.total:
        yield warn(free, "Make room soon, or EARWITNESS_MEDIA_ROOT on a larger disk.")
    else:
        yield ok(free)
    if root.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warn(
            "other accounts of this machine may look into the folder of recordings",
            "chmod 700 the folder EARWITNESS_MEDIA_ROOT.",
        )


def _remedy(step: str, folder: str, error: StoreError) -> str:
    return (
        "Let this account own the folder EARWITNESS_MEDIA_ROOT, with room on its disk."
    )


def _tidy(root: Path) -> None:
    """Take away the empty folders that the probe left."""
    with suppress(OSError):  # somebody else is trying the store out just now
        for folder, _folders, _files in os.walk(root / PROBE_PREFIX, topdown=False):
            Path(folder).rmdir()
