"""What can be done with an object of ours while it lies among the recordings."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED

from recordings.finding import Finding, fail, ok, warn
from recordings.media_store.base import MediaStore
from recordings.media_store.errors import (
    ObjectMissing,
    StoreError,
    StoreRefused,
)
from recordings.media_store.s3_bucket import NOT_KNOWN
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_errors import translated
from recordings.media_store.s3_remedies import remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WHERE = "recordings/*"


class Probe:
    """An object under `key`, in the bucket behind `client`."""

    def __init__(
        self, store: MediaStore, client: "S3Client", settings: S3Settings, *, key: str
    ) -> None:
        self.key = key
        self._store = store
        self._client = client
        self._settings = settings
        self._address: Any = {"Bucket": settings.bucket, "Key": key}

    def findings(self, *, locks: bool) -> list[Finding]:
        """Try tags, strangers and, where the bucket `locks`, a legal hold."""
        found = [self._tags(), self._strangers()]
        return [*found, self._hold()] if locks else found

    def _tags(self) -> Finding:
        tags: Any = {"TagSet": [{"Key": "earwitness", "Value": "doctor"}]}
        try:
            with translated():
                self._client.put_object_tagging(**self._address, Tagging=tags)
        except StoreError as error:
            if error.code in NOT_KNOWN:
                return ok("tags on objects: not known to this server")
            todo = remedy(error, action="s3:PutObjectTagging", on=WHERE)
            return warn(f"objects cannot be tagged: {error}", todo)
        return ok("objects can be tagged")

    def _strangers(self) -> Finding:
        """Ask for the object without any signature; only a refusal is good."""
        stranger = boto3.session.Session().client(
            "s3",
            endpoint_url=self._settings.endpoint or None,
            config=self._settings.config(signature_version=UNSIGNED),
        )
        try:
            with translated():
                stranger.head_object(**self._address)
        except (StoreRefused, ObjectMissing):
            return ok("strangers cannot read recordings")
        except StoreError as error:
            todo = remedy(error, action="s3:GetObject", on=WHERE)
            return warn(f"asking as a stranger failed: {error}", todo)
        return fail(
            "anybody can read recordings without signing in",
            "Apply docs/s3/public-access-block.json and docs/s3/bucket-policy.json.",
        )

    def _hold(self) -> Finding:
        """Hold the object, see that it cannot be deleted, let go of it."""
        try:
            self._put_hold("ON")
        except StoreError as error:
            todo = remedy(error, action="s3:PutObjectLegalHold", on=WHERE)
            return warn(f"objects cannot be held: {error}", todo)
        try:
            self._store.delete_all_versions(self.key)
        except StoreRefused:
            return ok("a legal hold keeps an object from being deleted")
        except StoreError as error:
            todo = remedy(error, action="s3:DeleteObjectVersion", on=WHERE)
            return warn(f"whether a legal hold holds is not known: {error}", todo)
        finally:
            self._let_go()
        return fail(
            "an object under a legal hold could be deleted",
            "This store does not keep what is held: use another one.",
        )

    def _let_go(self) -> None:
        """What cannot be let go of cannot be deleted, which then tells of it."""
        try:
            self._put_hold("OFF")
        except StoreError:
            return

    def _put_hold(self, status: str) -> None:
        hold: Any = {"Status": status}
        with translated():
            self._client.put_object_legal_hold(**self._address, LegalHold=hold)
