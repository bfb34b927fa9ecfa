"""How long a link to a recording may live, and what a browser is told to do with it."""

import re
from datetime import timedelta
from urllib.parse import quote

from recordings.media_store.base import Disposition
from recordings.media_store.errors import LinkRefused

MAX_LINK_LIFE = timedelta(minutes=5)
MIN_LINK_LIFE = timedelta(seconds=30)


def checked_lifetime(lifetime: timedelta, left: timedelta | None = None) -> timedelta:
    """How long a link may live, in whole seconds.

    `left` is what remains of the signing credentials, None when they do not end.
    Raises LinkRefused (see MediaStore.presign).
    """
    if not timedelta(seconds=1) <= lifetime <= MAX_LINK_LIFE:
        raise LinkRefused("A link lives between a second and five minutes.")
    if left is not None and left < min(lifetime, MIN_LINK_LIFE):
        raise LinkRefused("The credentials that would sign this link are about to end.")
    seconds = min(lifetime, left if left is not None else lifetime).total_seconds()
    return timedelta(seconds=int(seconds))


def disposition_header(disposition: Disposition, filename: str) -> str:
    """A Content-Disposition value (RFC 6266) no file name can break out of."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename) or "recording"
    header = f'{disposition}; filename="{plain}"'
    if plain != filename and filename:
        header += f"; filename*=UTF-8''{quote(filename, safe='')}"
    return header
