"""Keys of objects: which are ours, and what they tell of a file."""

import re
from pathlib import PurePosixPath
from uuid import UUID

from recordings.media_store.errors import InvalidKey

MAX_KEY_LENGTH = 300

PROBE_PREFIX = f"recordings/{UUID(int=0)}/"
"""Where `diagnose` writes: among the recordings, for a team that never is."""
DERIVED = "renditions/"
"""The folder, below that of an original, of files made of it: the only one among the
recordings where docs/s3 lets the worker write."""

CONTENT_TYPES = {
    ".ogg": "audio/ogg",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".json": "application/json",
    ".txt": "text/plain",
}
"""By the ending of a key. Egress calls an MP4 without pictures a video all the same."""

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def content_type_of(key: str) -> str:
    """What an object is, told by the ending of its key."""
    return CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def checked_key(key: str) -> str:
    """The key itself if it is plain and safe in every store; else InvalidKey.

    Segments of letters, digits, `_`, `-` and `.`, none starting with a dot: no
    traversal, no hidden file, nothing that needs escaping in a URL.
    """
    segments = key.split("/")
    if len(key) > MAX_KEY_LENGTH or not all(map(_SEGMENT.fullmatch, segments)):
        raise InvalidKey("The object key is not one of ours.")
    return key
