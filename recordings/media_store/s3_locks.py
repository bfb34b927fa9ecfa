"""S3's own retention of one version: set, made longer, and never made shorter.

S3 itself would let whoever may bypass governance mode shorten it. We ask for no bypass, and
refuse before it is asked.
"""

import base64
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recordings.media_store.base import StoredObject
from recordings.media_store.errors import LockShortened
from recordings.media_store.s3_errors import translated
from recordings.media_store.s3_facts import COMPLIANCE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

GOVERNANCE = "GOVERNANCE"


def put_locked(
    client: "S3Client",
    address: Any,
    content: bytes,
    content_type: str,
    *,
    keep_until: datetime | None,
) -> None:
    """PUT if nothing is there; keep_until: in compliance mode until that day."""
    lock: Any = {}
    if keep_until:
        lock = {
            "ObjectLockMode": COMPLIANCE,
            "ObjectLockRetainUntilDate": keep_until,
            # S3 takes a locked object with a checksum only
            "ContentMD5": base64.b64encode(_md5(content)).decode(),
        }
    with translated():
        client.put_object(
            **address, Body=content, ContentType=content_type, IfNoneMatch="*", **lock
        )


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def lock(
    client: "S3Client",
    address: Any,
    *,
    have: StoredObject,
    until: datetime,
    firmly: bool,
) -> None:
    """Set the retention of a version. Raises LockShortened, StoreError."""
    if have.locked_until and until < have.locked_until:
        day = have.locked_until.date().isoformat()
        raise LockShortened(
            f"It is locked until {day}; a lock is only ever made longer."
        )
    if have.locked_until and have.locked_firmly and not firmly:
        raise LockShortened("It is locked in compliance mode, which is never loosened.")
    mode = COMPLIANCE if firmly else GOVERNANCE
    wanted: Any = {"Mode": mode, "RetainUntilDate": until}
    with translated():
        client.put_object_retention(**address, Retention=wanted)
