"""Everything about a bucket that an operator should know, one finding each.

The rights that are needed are those of the worker (docs/s3/worker-policy.json), for it
is the worker that checks and destroys recordings.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from recordings.finding import Finding, fail, ok
from recordings.media_store import s3_bucket
from recordings.media_store.base import MediaStore
from recordings.media_store.errors import StoreError
from recordings.media_store.object_keys import DERIVED, PROBE_PREFIX
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_errors import translated
from recordings.media_store.s3_probe import Probe
from recordings.media_store.s3_remedies import DENIED, remedy
from recordings.media_store.trying import probe_key, try_out

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def examine(
    store: MediaStore, client: "S3Client", settings: S3Settings
) -> list[Finding]:
    """Look at a bucket through a client that gives up soon."""
    try:
        with translated():
            client.list_objects_v2(
                Bucket=settings.bucket, Prefix=PROBE_PREFIX, MaxKeys=1
            )
    except StoreError as error:
        todo = remedy(error, action="s3:ListBucket", on="the bucket")
        if error.code not in DENIED:
            return [fail(f"bucket {settings.bucket} cannot be used: {error}", todo)]
        told = fail(f"bucket {settings.bucket} cannot be listed: {error}", todo)
    else:
        told = ok(f"bucket {settings.bucket} answers")
    return [
        told,
        *s3_bucket.findings(client, settings.bucket),
        *_tried_out(store, client, settings),
    ]


def _tried_out(
    store: MediaStore, client: "S3Client", settings: S3Settings
) -> Iterator[Finding]:
    """Try out where we write, unless the bucket locks whatever is put there."""
    lock = s3_bucket.lock_of(client, settings.bucket)
    if s3_bucket.default_retention(lock):
        yield ok("nothing is tried out: the bucket would keep what we put there")
        return
    yield from _recordings(store, client, settings, locks=s3_bucket.has_lock(lock))
    yield from try_out(
        store,
        key=probe_key("exports/"),
        remedy=Remedies(client, settings.bucket, written="exports/*"),
    )


def _recordings(
    store: MediaStore, client: "S3Client", settings: S3Settings, *, locks: bool
) -> Iterator[Finding]:
    key = probe_key(f"{PROBE_PREFIX}{DERIVED}")
    probe = Probe(store, client, settings, key=key)
    # recordings are Egress's to write; only with our keys does it need our right
    ours = settings.egress_credentials == "static"
    written = "recordings/*" if ours else f"recordings/*/{DERIVED}*"
    yield from try_out(
        store,
        key=probe.key,
        remedy=Remedies(client, settings.bucket, written=written),
        while_there=lambda: probe.findings(locks=locks),
    )


class Remedies:
    """What to do about a step of `try_out` that failed."""

    def __init__(self, client: "S3Client", bucket: str, *, written: str) -> None:
        """`written`: the keys that have to be writable."""
        self._client = client
        self._bucket = bucket
        self._written = written

    def __call__(self, step: str, folder: str, error: StoreError) -> str:
        """Name the right that this step lacked, or the setting that is wrong."""
        if step == "write":
            return remedy(error, action="s3:PutObject", on=self._written)
        if step == "read":
            return remedy(error, action="s3:GetObject", on=f"{folder}/*")
        if self._may_list_versions():
            return remedy(error, action="s3:DeleteObjectVersion", on=f"{folder}/*")
        return remedy(error, action="s3:ListBucketVersions", on="the bucket")

    def _may_list_versions(self) -> bool:
        """A deletion lists first, and most stores do not say which of both they refuse."""
        try:
            with translated():
                self._client.list_object_versions(
                    Bucket=self._bucket, Prefix=PROBE_PREFIX, MaxKeys=1
                )
        except StoreError:
            return False
        return True
