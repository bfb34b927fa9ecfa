"""Ordinary files beside the recordings: exports, packs, reports (django-storages).

Same bucket, credentials and options as the S3 store, under a prefix of their own;
settings.STORAGES["exports"] names this class when MEDIA_STORE is S3. Recordings never
come this way: their links and deletions need more than a file storage knows.
"""

from typing import Any

from boto3.s3.transfer import TransferConfig
from django.conf import settings
from storages.backends.s3 import S3Storage  # type: ignore[import-untyped]
from storages.utils import clean_name  # type: ignore[import-untyped]

from recordings.media_store.link_rules import MAX_LINK_LIFE, disposition_header
from recordings.media_store.s3_client import S3Settings
from recordings.media_store.s3_deletion import delete_all_versions
from recordings.media_store.s3_errors import translated

ONE_AFTER_ANOTHER = TransferConfig(use_threads=False)
PREFIX = "exports"
MOST_IN_MEMORY = 5_242_880
"""Bytes of a file being read; what is larger lies on disk meanwhile."""


class ExportStorage(S3Storage):  # type: ignore[misc]  # the package has no types
    """Private files under `exports/`: never overwritten, links of five minutes."""

    def get_default_settings(self) -> dict[str, Any]:
        """The package's defaults, with every option that matters pinned to ours."""
        s3 = S3Settings.read(settings.MEDIA_STORE)
        return {
            **super().get_default_settings(),
            "access_key": s3.access_key or None,
            "secret_key": s3.secret_key or None,
            "security_token": s3.session_token or None,
            "session_profile": None,
            "bucket_name": s3.bucket,
            "region_name": s3.region,
            "endpoint_url": s3.endpoint or None,
            "location": PREFIX,
            "client_config": s3.config(),
            "file_overwrite": False,
            "default_acl": None,
            "custom_domain": None,  # would give out unsigned URLs
            "querystring_auth": True,
            "max_memory_size": MOST_IN_MEMORY,
            # read where it was asked for: what is written may renew a lease meanwhile
            "transfer_config": ONE_AFTER_ANOTHER,
            "querystring_expire": int(MAX_LINK_LIFE.total_seconds()),
        }

    def delete(self, name: str) -> None:
        """Remove a file for ever, every version of it. Raises StoreError."""
        key = self._normalize_name(clean_name(name))
        delete_all_versions(self.connection.meta.client, self.bucket_name, key)

    def link(self, name: str, filename: str) -> str:
        """A URL of five minutes that gives the file under that name to whoever has it."""
        header = disposition_header("attachment", filename)
        url: str = self.url(name, parameters={"ResponseContentDisposition": header})
        return url

    def _open(self, name: str, mode: str = "rb") -> Any:
        """Raises StoreError where the file is missing, or the store refuses or is away."""
        with translated():
            return super()._open(name, mode)
