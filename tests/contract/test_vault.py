"""The vault: written once, by everybody who keeps one, locked where the store can."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from pytest_django.fixtures import Settings

from compliance import vault
from compliance.vault import Missing, Occupied, Vault, VaultError
from recordings.media_store.s3_client import S3Settings
from recordings.vault import StoreVault
from tests.contract.media_stores import admin, new_bucket
from tests.services import S3Server

KEY = "anchors/2026/11/21.txt"
LATER = datetime.now(UTC) + timedelta(days=400)


def stored_in(bucket: S3Settings) -> dict[str, Any]:
    """What settings say of that bucket."""
    return {
        "kind": "s3",
        "bucket": bucket.bucket,
        "region": bucket.region,
        "endpoint": bucket.endpoint,
        "path_style": True,
        "checksums": bucket.checksums,
        "access_key": bucket.access_key,
        "secret_key": bucket.secret_key,
        "egress_credentials": "own",
    }


@pytest.fixture
def locked_bucket(s3_server: S3Server) -> S3Settings:
    """A bucket that locks objects."""
    bucket = replace(new_bucket(s3_server, versioned=False), bucket=f"vault-{uuid4()}")
    admin(bucket).create_bucket(Bucket=bucket.bucket, ObjectLockEnabledForBucket=True)
    return bucket


@pytest.fixture(params=["folder", "plain bucket", "locked bucket"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Vault:
    """The registered vault, over each kind of store."""
    if request.param == "folder":
        settings.VAULT_STORE = {"kind": "local", "root": tmp_path / "media"}
    elif request.param == "plain bucket":
        server = request.getfixturevalue("s3_server")
        settings.VAULT_STORE = stored_in(new_bucket(server, versioned=True))
    else:
        settings.VAULT_STORE = stored_in(request.getfixturevalue("locked_bucket"))
    return vault.vault()


def test_the_portal_keeps_one() -> None:
    assert isinstance(vault.vault(), StoreVault)


def test_what_is_put_is_read_and_listed(kept: Vault) -> None:
    names = ["anchors/1.txt", "anchors/2.txt", "journal/1.json"]
    for name in reversed(names):
        kept.put_once(name, name.encode(), keep_until=LATER)

    assert kept.read(names[1]) == names[1].encode()
    assert list(kept.keys("anchors/")) == names[:2]
    assert list(kept.keys("anchors/", after=names[0])) == names[1:2]
    assert list(kept.keys("nothing/")) == []
    assert list(kept.covered("")) == []


def test_the_same_twice_is_once_and_something_else_is_refused(kept: Vault) -> None:
    kept.put_once(KEY, b"first", keep_until=LATER)
    kept.put_once(KEY, b"first", keep_until=LATER)

    with pytest.raises(Occupied):
        kept.put_once(KEY, b"second", keep_until=LATER)

    assert kept.read(KEY) == b"first"


@pytest.mark.parametrize("cover", ["another version", "a mark of deletion"])
def test_what_was_put_first_counts_whatever_is_put_on_top(
    locked_bucket: S3Settings, settings: Settings, cover: str
) -> None:
    settings.VAULT_STORE = stored_in(locked_bucket)
    keeper = vault.vault()
    for name in (KEY, "anchors/2026/11/22.txt"):
        keeper.put_once(name, b"first", keep_until=LATER)
    client, where = admin(locked_bucket), {"Key": f"vault/{KEY}"}
    if cover == "another version":
        client.put_object(Bucket=locked_bucket.bucket, Body=b"second", **where)
    else:
        client.delete_object(Bucket=locked_bucket.bucket, **where)

    assert keeper.read(KEY) == b"first"
    assert list(keeper.covered("anchors/")) == [KEY]


def test_the_same_content_once_more_covers_nothing(
    locked_bucket: S3Settings, settings: Settings
) -> None:
    """A server that heeds no condition takes what was sent again after a lost answer."""
    settings.VAULT_STORE = stored_in(locked_bucket)
    vault.vault().put_once(KEY, b"first", keep_until=LATER)
    put = admin(locked_bucket).put_object
    put(Bucket=locked_bucket.bucket, Key=f"vault/{KEY}", Body=b"first")

    assert list(vault.vault().covered("anchors/")) == []


def test_what_is_not_there_is_said(kept: Vault) -> None:
    with pytest.raises(Missing):
        kept.read(KEY)


def test_a_store_that_is_away_is_a_vault_error(settings: Settings) -> None:
    away = S3Settings(
        bucket="vault",
        region="us-east-1",
        endpoint="http://127.0.0.1:9",
        access_key="a",
        secret_key="b",
    )
    settings.VAULT_STORE = stored_in(away)

    with pytest.raises(VaultError):
        vault.vault().put_once(KEY, b"first", keep_until=LATER)
    with pytest.raises(VaultError):
        list(vault.vault().keys("anchors/"))


def test_nobody_can_delete_it_where_the_bucket_locks(
    locked_bucket: S3Settings, settings: Settings
) -> None:
    settings.VAULT_STORE = stored_in(locked_bucket)
    vault.vault().put_once(KEY, b"first", keep_until=LATER)
    client, name = admin(locked_bucket), locked_bucket.bucket

    assert vault.vault().capabilities().locks is True
    [version] = client.list_object_versions(Bucket=name)["Versions"]
    lock = client.head_object(Bucket=name, Key=version["Key"])
    assert lock["ObjectLockMode"] == "COMPLIANCE"
    assert abs(lock["ObjectLockRetainUntilDate"] - LATER) < timedelta(seconds=2)
    with pytest.raises(ClientError, match="AccessDenied"):
        client.delete_object(
            Bucket=name,
            Key=version["Key"],
            VersionId=version["VersionId"],
            BypassGovernanceRetention=True,
        )
