"""The bucket's own lock and tag on what is on a legal hold.

Every version of the key carries them: a lock on the newest alone would leave what lies
below it to a lifecycle rule. What is as it should be is not written again.
"""

from typing import TYPE_CHECKING, Any

from recordings.media_store import s3_tags
from recordings.media_store.base import Capabilities, Marking
from recordings.media_store.errors import StoreError
from recordings.media_store.s3_deletion import version_ids
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NEVER_SET = {"NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"}


def set_hold(
    client: "S3Client", bucket: str, key: str, *, on: bool, can: Capabilities
) -> Marking:
    """Set or lift lock and tag on every version of exactly this key.

    Raises StoreError as soon as one version cannot be done.
    """
    changed = found = False
    for version_id in version_ids(client, bucket, key):
        found = True
        address = {"Bucket": bucket, "Key": key, "VersionId": version_id}
        if can.object_lock:
            changed |= _set_lock(client, address, on=on)
        if can.tags:
            changed |= s3_tags.set_hold(client, address, on=on)
    return Marking(
        is_there=found,
        locked=found and on and bool(can.object_lock),
        tagged=found and on and bool(can.tags),
        changed=changed,
    )


def _set_lock(client: "S3Client", address: Any, *, on: bool) -> bool:
    """Whether it had to be changed."""
    wanted = "ON" if on else "OFF"
    if _lock_of(client, address) == wanted:
        return False
    with translated():
        client.put_object_legal_hold(**address, LegalHold={"Status": wanted})  # type: ignore[typeddict-item]
    return True


def _lock_of(client: "S3Client", address: Any) -> str:
    """'ON' or 'OFF'; an object that never had one answers with an error."""
    try:
        with translated():
            told = client.get_object_legal_hold(**address)
    except StoreError as error:
        if error.code in NEVER_SET:
            return "OFF"
        raise
    return str(told.get("LegalHold", {}).get("Status", "OFF"))
