"""What a bucket can do, asked from the bucket itself."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from recordings.media_store.base import Capabilities
from recordings.media_store.errors import (
    StoreError,
    StoreRefused,
)
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NOT_SET_UP = {"NoSuchLifecycleConfiguration", "NoSuchTagSet"}
"""Answers that say: we know this, nothing is set up."""


def look(client: "S3Client", bucket: str) -> Capabilities:
    """Ask the bucket. A question that we may not ask is None, not a guess.

    Raises StoreUnavailable when there is no answer at all.
    """
    return Capabilities(
        versioning=_holds(
            lambda: client.get_bucket_versioning(Bucket=bucket),
            lambda answer: answer.get("Status") == "Enabled",
        ),
        object_lock=_holds(
            lambda: client.get_object_lock_configuration(Bucket=bucket),
            lambda answer: (
                answer["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"
            ),
        ),
        tags=_holds(
            lambda: client.get_bucket_tagging(Bucket=bucket), lambda answer: True
        ),
        lifecycle=_holds(
            lambda: client.get_bucket_lifecycle_configuration(Bucket=bucket),
            lambda answer: True,
        ),
    )


def _holds(
    ask: Callable[[], Mapping[str, Any]], reads: Callable[[Mapping[str, Any]], bool]
) -> bool | None:
    try:
        with translated():
            return reads(ask())
    except StoreRefused:
        return None
    except StoreError as error:
        if error.code in NOT_SET_UP:
            return True
        if not error.code:
            raise
        return False
