"""How the contract suite reaches each store: make one, follow a link, forge one."""

import base64
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

import boto3
import urllib3
from django.test import Client

from recordings.media_store.base import MediaStore
from recordings.media_store.local import LocalStore
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from tests.services import S3Server


@dataclass(frozen=True)
class Answer:
    """What a browser would see."""

    status: int
    headers: dict[str, str]
    body: bytes


class Surroundings(Protocol):
    """A store together with the ways into it that a stranger might try."""

    store: MediaStore

    def fetch(self, url: str, *, method: str = "GET", **headers: str) -> Answer:
        """Follow a link as a browser does; `Range` and the like as keywords."""

    def objects(self) -> list[str]:
        """What lies in the store, every version and marker, and no empty folders."""

    def unsigned(self, url: str) -> str:
        """The link without its signature."""

    def altered(self, url: str) -> str:
        """The link asking for an attachment instead, under the same signature."""

    def for_other_key(self, url: str, key: str, other: str) -> str:
        """The link pointing at another object, under the same signature."""


class FolderSurroundings:
    """The folder store behind its Django view."""

    def __init__(self, store: LocalStore) -> None:
        self.store: MediaStore = store
        self._root = store._root

    def objects(self) -> list[str]:
        below = [str(path.relative_to(self._root)) for path in self._root.rglob("*")]
        return [name for name in below if name != "recordings"]

    def fetch(self, url: str, *, method: str = "GET", **headers: str) -> Answer:
        response: Any = Client().generic(
            method, url, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        body = b"".join(response) if response.streaming else response.content
        lowered = {k.lower(): v for k, v in response.headers.items()}
        return Answer(response.status_code, lowered, body)

    def unsigned(self, url: str) -> str:
        return url.rpartition(".")[0]

    def altered(self, url: str) -> str:
        return self._forged(url, disposition="attachment")

    def for_other_key(self, url: str, key: str, other: str) -> str:
        return self._forged(url, key=other)

    def _forged(self, url: str, **changes: str) -> str:
        prefix, _, token = url.rpartition("=")
        payload, _, signature = token.rpartition(".")
        padded = payload + "=" * (-len(payload) % 4)
        claims = json.loads(base64.urlsafe_b64decode(padded)) | changes
        text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{prefix}={text.rstrip('=')}.{signature}"


class BucketSurroundings:
    """A bucket of a real S3 server."""

    def __init__(self, store: MediaStore, bucket: S3Settings) -> None:
        self.store = store
        self._bucket = bucket
        self._http = urllib3.PoolManager()

    def objects(self) -> list[str]:
        return left_in(self._bucket)

    def fetch(self, url: str, *, method: str = "GET", **headers: str) -> Answer:
        response = self._http.request(
            method,
            url,
            headers={k.replace("_", "-"): v for k, v in headers.items()},
            retries=False,
        )
        lowered = {k.lower(): v for k, v in response.headers.items()}
        return Answer(response.status, lowered, response.data)

    def unsigned(self, url: str) -> str:
        return urlsplit(url)._replace(query="").geturl()

    def altered(self, url: str) -> str:
        forged = url.replace("=inline", "=attachment")
        assert forged != url
        return forged

    def for_other_key(self, url: str, key: str, other: str) -> str:
        forged = url.replace(quote(key), quote(other))
        assert forged != url
        return forged


def new_bucket(server: S3Server, *, versioned: bool) -> S3Settings:
    """Make an empty bucket on the server; returns the settings for it."""
    settings = S3Settings(
        bucket=f"calls-{uuid.uuid4()}",
        region=server.region,
        endpoint=server.endpoint,
        path_style=True,
        access_key=server.access_key,
        secret_key=server.secret_key,
    )
    client = admin(replace(settings, bucket=""))
    client.create_bucket(Bucket=settings.bucket)
    if versioned:
        client.put_bucket_versioning(
            Bucket=settings.bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    return settings


@cache
def a_bucket(
    server: S3Server, *, versioned: bool
) -> tuple[S3Settings, BucketSurroundings]:
    """A bucket that all tests of this process take turns with."""
    bucket = new_bucket(server, versioned=versioned)
    return bucket, BucketSurroundings(S3Store(bucket), bucket)


def left_in(bucket: S3Settings) -> list[str]:
    """The keys of every version and marker in a bucket."""
    listed = admin(bucket).list_object_versions(Bucket=bucket.bucket)
    entries = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return [entry["Key"] for entry in entries]


def empty(settings: S3Settings) -> None:
    """Remove every version and marker from the bucket."""
    client = admin(settings)
    listed = client.list_object_versions(Bucket=settings.bucket)
    for entry in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        client.delete_object(
            Bucket=settings.bucket, Key=entry["Key"], VersionId=entry["VersionId"]
        )


@cache
def admin(settings: S3Settings) -> Any:
    """A plain client, to arrange and to look behind the store's back."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.endpoint,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key,
        config=settings.config(),
    )


@dataclass
class Tape:
    """A long stream made while it is read: nothing of it lies in memory."""

    left: int

    def read(self, size: int = -1, /) -> bytes:
        size = self.left if size < 0 else min(size, self.left)
        self.left -= size
        return bytes(size)


def chunks(stream: Any, size: int = 1 << 16) -> Iterator[bytes]:
    """Read a stream to its end in pieces."""
    return iter(lambda: stream.read(size), b"")
