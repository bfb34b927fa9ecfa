"""Everything about a bucket that an operator should know, one finding each.

The rights that are needed are those of the worker (docs/s3/worker-policy.json), for it
is the worker that checks and destroys recordings.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recordings.finding import Finding, fail, ok
from recordings.media_store import s3_bucket
from recordings.media_store.base import PROBE_PREFIX, MediaStore, StoreError
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_errors import translated
from recordings.media_store.s3_probe import Probe
from recordings.media_store.s3_remedies import remedy
from recordings.media_store.trying import probe_key, try_out

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACTIONS = {
    "write": "s3:PutObject",
    "read": "s3:GetObject",
    "delete": "s3:ListBucketVersions and s3:DeleteObjectVersion",
}


def examine(
    store: MediaStore, client: "S3Client", settings: S3Settings
) -> list[Finding]:
    """Look at a bucket through a client that gives up soon."""
    unreached = _unreached(client, settings.bucket)
    if unreached is not None:
        return [unreached]
    return [
        ok(f"the bucket {settings.bucket} answers"),
        *s3_bucket.findings(client, settings.bucket),
        *_recordings(store, client, settings),
        *try_out(store, key=probe_key("exports/"), remedy=_remedy),
    ]


def _unreached(client: "S3Client", bucket: str) -> Finding | None:
    """Why nothing else need be asked, or None."""
    try:
        with translated():
            client.list_objects_v2(Bucket=bucket, Prefix=PROBE_PREFIX, MaxKeys=1)
    except StoreError as error:
        todo = remedy(error, action="s3:ListBucket", on="the bucket")
        return fail(f"the bucket {bucket} cannot be used: {error}", todo)
    return None


def _recordings(
    store: MediaStore, client: "S3Client", settings: S3Settings
) -> Iterator[Finding]:
    """Try out the place of recordings, unless the bucket locks all that is put there."""
    lock = s3_bucket.lock_of(client, settings.bucket)
    if s3_bucket.default_retention(lock):
        yield ok(
            "recordings/ is not tried out: the bucket would keep what we put there"
        )
        return
    probe = Probe(store, client, settings, key=probe_key(PROBE_PREFIX))
    yield from try_out(
        store,
        key=probe.key,
        remedy=_remedy,
        # recordings are Egress's to write; only with our keys does it need our right
        must_write=settings.egress_credentials == "static",
        while_there=lambda: probe.findings(locks=s3_bucket.has_lock(lock)),
    )


def _remedy(step: str, folder: str, error: StoreError) -> str:
    return remedy(error, action=ACTIONS[step], on=f"{folder}/*")
