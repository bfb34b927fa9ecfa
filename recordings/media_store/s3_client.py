"""How this process talks to S3: settings, one client, and whose credentials.

Building a client costs 50 to 250 ms and is not thread-safe, using one is; a client
must not be carried over a fork. So there is one a process, built when first needed.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

import boto3
from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured

from recordings.media_store.base import setting
from recordings.media_store.egress import EgressCredentials, EgressUpload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Checksums = Literal["when_required", "when_supported"]

MAX_CONNECTIONS = 32


@dataclass(frozen=True)
class S3Settings:
    """One bucket and how to reach it. Without keys the AWS default chain is used."""

    bucket: str
    region: str
    endpoint: str = ""
    public_endpoint: str = ""
    path_style: bool = False
    checksums: Checksums = "when_required"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    egress_credentials: EgressCredentials = "own"
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
    encrypted: bool = False
    connect_seconds: float = 3
    read_seconds: float = 10
    attempts: int = 3

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "S3Settings":
        """Settings from a MEDIA_STORE mapping. Raises ImproperlyConfigured."""
        checksums, egress = config["checksums"], config["egress_credentials"]
        if checksums not in {"when_required", "when_supported"}:
            raise ImproperlyConfigured(
                "EARWITNESS_S3_CHECKSUMS: when_required or when_supported."
            )
        if egress not in {"own", "static", "assume_role"}:
            raise ImproperlyConfigured(
                "EARWITNESS_EGRESS_CREDENTIALS: own, static or assume_role."
            )
        made = cls(
            bucket=setting(config, "bucket"),
            region=setting(config, "region"),
            endpoint=setting(config, "endpoint"),
            public_endpoint=setting(config, "public_endpoint"),
            access_key=setting(config, "access_key"),
            secret_key=setting(config, "secret_key"),
            session_token=setting(config, "session_token"),
            role_arn=setting(config, "role_arn"),
            external_id=setting(config, "external_id"),
            path_style=bool(config.get("path_style")),
            encrypted=bool(config.get("encrypted")),
            checksums=checksums,
            egress_credentials=egress,
        )
        made.require_complete()
        return made

    def require_complete(self) -> None:
        """Raise ImproperlyConfigured for settings that cannot work together."""
        if not self.bucket or not self.region:
            raise ImproperlyConfigured("An S3 store needs a bucket and a region.")
        if bool(self.access_key) != bool(self.secret_key):
            raise ImproperlyConfigured("An S3 access key and its secret go together.")
        if self.egress_credentials == "static" and not self.access_key:
            raise ImproperlyConfigured("Static Egress credentials: no key is set.")
        if self.egress_credentials == "assume_role" and not self.role_arn:
            raise ImproperlyConfigured("EARWITNESS_EGRESS_ROLE_ARN is missing.")

    def upload_target(self) -> EgressUpload:
        """Bucket and endpoint, with keys only where Egress has none of its own."""
        static = self.egress_credentials == "static"
        assumed = self.egress_credentials == "assume_role"
        return EgressUpload(
            bucket=self.bucket,
            region=self.region,
            endpoint=self.endpoint,
            force_path_style=self.path_style,
            credentials=self.egress_credentials,
            access_key=self.access_key if static else "",
            secret_key=self.secret_key if static else "",
            session_token=self.session_token if static else "",
            role_arn=self.role_arn if assumed else "",
            external_id=self.external_id if assumed else "",
        )

    def config(self, **more: Any) -> Config:
        """The botocore options: signature pinned, time-outs explicit, both bounded.

        Older servers do not know the checksums that boto3 adds by default, so these
        are sent only where the protocol requires them.
        """
        options: dict[str, Any] = {
            "region_name": self.region,
            "signature_version": "s3v4",
            "s3": {"addressing_style": "path" if self.path_style else "virtual"},
            "request_checksum_calculation": self.checksums,
            "response_checksum_validation": self.checksums,
            "connect_timeout": self.connect_seconds,
            "read_timeout": self.read_seconds,
            "retries": {"mode": "standard", "total_max_attempts": self.attempts},
            "max_pool_connections": MAX_CONNECTIONS,
        }
        return Config(**{**options, **more})


class Clients:
    """The clients of this process: for our own calls, and to sign for browsers."""

    def __init__(self, settings: S3Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pid = 0
        self._own: S3Client | None = None
        self._public: S3Client | None = None
        self._session: boto3.session.Session | None = None

    @property
    def own(self) -> "S3Client":
        """For calls from here, to `endpoint`."""
        self._ready()
        return cast("S3Client", self._own)

    @property
    def public(self) -> "S3Client":
        """For signing links to `public_endpoint`; makes no calls."""
        self._ready()
        return cast("S3Client", self._public)

    def credentials_left(self, now: datetime) -> timedelta | None:
        """How long the signing credentials still live; None when they do not end.

        Refreshes them first if they are due. Temporary keys from the environment
        tell their end in AWS_CREDENTIAL_EXPIRATION.
        """
        self._ready()
        session = cast("boto3.session.Session", self._session)
        credentials = session.get_credentials()
        if credentials is None:
            return None
        credentials.get_frozen_credentials()
        ends: datetime | None = getattr(credentials, "_expiry_time", None)
        return None if ends is None else ends.astimezone(UTC) - now

    def _ready(self) -> None:
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid == os.getpid():
                return
            s = self._settings
            self._session = self._new_session()
            self._own = self._new_client(s.endpoint)
            self._public = (
                self._new_client(s.public_endpoint) if s.public_endpoint else self._own
            )
            self._pid = os.getpid()

    def _new_session(self) -> boto3.session.Session:
        s = self._settings
        return boto3.session.Session(
            aws_access_key_id=s.access_key or None,
            aws_secret_access_key=s.secret_key or None,
            aws_session_token=s.session_token or None,
            region_name=s.region,
        )

    def _new_client(self, endpoint: str) -> "S3Client":
        session = cast("boto3.session.Session", self._session)
        return session.client(
            "s3", endpoint_url=endpoint or None, config=self._settings.config()
        )
