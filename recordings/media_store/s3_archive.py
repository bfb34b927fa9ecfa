"""What S3 keeps in an archive: can it be read now, and how it is brought back.

A link to what is closed is signed all the same, and answers 403 InvalidObjectState; so the
object itself is asked. Servers that have archive classes and read them at once (Ceph) are
thereby told from those that must restore.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from recordings.media_store.archive import Speed, WayBack
from recordings.media_store.errors import StoreError
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CLOSED = "InvalidObjectState"
UNDER_WAY = "RestoreAlreadyInProgress"
TIERS = {Speed.SOON: "Expedited", Speed.USUAL: "Standard", Speed.CHEAP: "Bulk"}
WAYS_BACK = {
    "GLACIER": [
        WayBack(Speed.SOON, timedelta(minutes=5)),
        WayBack(Speed.USUAL, timedelta(hours=5)),
        WayBack(Speed.CHEAP, timedelta(hours=12)),
    ],
    "DEEP_ARCHIVE": [
        WayBack(Speed.USUAL, timedelta(hours=12)),
        WayBack(Speed.CHEAP, timedelta(hours=48)),
    ],
}
"""What AWS promises: docs.aws.amazon.com, 'Understanding archive retrieval options'."""


def opens(client: "S3Client", address: Any) -> bool:
    """Whether a byte of it comes. Raises StoreError for any other answer."""
    try:
        with translated():
            client.get_object(**address, Range="bytes=0-0")["Body"].close()
    except StoreError as error:
        if error.code == CLOSED:
            return False
        raise
    return True


def bring_back(client: "S3Client", address: Any, *, days: int, speed: Speed) -> None:
    """Ask for a copy that can be read. Raises StoreError."""
    wanted: Any = {"Days": days, "GlacierJobParameters": {"Tier": TIERS[speed]}}
    try:
        with translated():
            client.restore_object(**address, RestoreRequest=wanted)
    except StoreError as error:
        if error.code != UNDER_WAY:
            raise
