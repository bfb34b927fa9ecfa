"""A pre-flight check of a store: the same steps against every kind."""

import io
import uuid
from collections.abc import Callable

from django.utils.translation import gettext as _

from recordings.media_store.base import PROBE_PREFIX, MediaStore, StoreError

PROBE = b"Earwitness looks whether it can write, read and delete here.\n"


def problems(
    store: MediaStore, *, while_there: Callable[[str], list[str]] = lambda key: []
) -> list[str]:
    """Put, head, read back and delete a probe; what failed, for an operator.

    `while_there` gets the probe's key while the object exists and may add problems
    of its own. An empty list means that everything worked.
    """
    key = f"{PROBE_PREFIX}{uuid.uuid4()}.txt"
    try:
        store.put(key, io.BytesIO(PROBE), "text/plain")
    except StoreError as error:
        return [_("Writing a probe object failed: %(why)s") % {"why": error}]
    return [
        *_reading(store, key),
        *while_there(key),
        *_deleting(store, key),
    ]


def _reading(store: MediaStore, key: str) -> list[str]:
    try:
        found = store.head(key)
        with store.open_range(key) as stream:
            content = stream.read()
    except StoreError as error:
        return [_("Reading the probe object back failed: %(why)s") % {"why": error}]
    if found is None or found.size != len(PROBE) or content != PROBE:
        return [_("The store gave back something other than was written.")]
    return []


def _deleting(store: MediaStore, key: str) -> list[str]:
    try:
        store.delete_all_versions(key)
    except StoreError as error:
        return [_("Deleting the probe object failed: %(why)s") % {"why": error}]
    return []
