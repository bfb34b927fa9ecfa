"""The bucket settings of docs/s3, put to a real S3 server."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from recordings.finding import Level
from recordings.media_store.errors import StoreRefused
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from tests.contract.media_stores import admin, new_bucket
from tests.services import S3Server

DOCS = Path(__file__).resolve().parents[2] / "docs" / "s3"
KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Settings:
    """The settings of an empty, versioned bucket."""
    return new_bucket(s3_server, versioned=True)


def ready_made(name: str, bucket: S3Settings) -> Any:
    """A file of docs/s3 with its words in capitals replaced."""
    text = (DOCS / name).read_text()
    for word, value in {
        "EARWITNESS-BUCKET": bucket.bucket,
        "ACCOUNT": "123456789012",
        "PORTAL-HOST": "portal.example.org",
    }.items():
        text = text.replace(word, value)
    return json.loads(text)


def play(store: S3Store) -> urllib3.BaseHTTPResponse:
    """Follow a fresh link from a page of the portal."""
    link = store.presign(
        KEY,
        version_id=None,
        lifetime=timedelta(minutes=5),
        disposition="inline",
        filename="call.ogg",
        content_type="audio/ogg",
    )
    origin = {"Origin": "https://portal.example.org"}
    return urllib3.request("GET", link.url, headers=origin)


def test_a_bucket_set_up_as_told_works(bucket: S3Settings) -> None:
    client, name, store = admin(bucket), bucket.bucket, S3Store(bucket)
    block = ready_made("public-access-block.json", bucket)
    assert all(block.values())
    # Ceph 16 takes every upload for one with a public ACL
    block["BlockPublicAcls"] = False
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    client.put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration=ready_made("lifecycle.json", bucket)
    )
    client.put_bucket_cors(
        Bucket=name, CORSConfiguration=ready_made("cors.json", bucket)
    )
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")

    answer = play(store)

    assert answer.data == b"audio"
    assert answer.headers["Access-Control-Allow-Origin"] == "https://portal.example.org"
    assert "Content-Range" in answer.headers["Access-Control-Expose-Headers"]
    assert not [one for one in store.diagnose() if one.level is Level.FAIL]


def test_the_bucket_policy_refuses_what_comes_without_tls(bucket: S3Settings) -> None:
    store = S3Store(bucket)
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")
    policy = ready_made("bucket-policy.json", bucket)
    tls, *others = policy["Statement"]
    put_policy(bucket, policy | {"Statement": others})
    assert play(store).status == 200

    put_policy(bucket, policy | {"Statement": [tls, *others]})

    assert play(store).status == 403
    with pytest.raises(StoreRefused):
        store.head(KEY)


def put_policy(bucket: S3Settings, policy: Any) -> None:
    admin(bucket).put_bucket_policy(Bucket=bucket.bucket, Policy=json.dumps(policy))


@pytest.mark.parametrize("name", ["egress", "worker", "portal"])
def test_no_role_may_do_everything(name: str) -> None:
    policy = json.loads((DOCS / f"{name}-policy.json").read_text())

    for statement in policy["Statement"]:
        assert "*" not in json.dumps(statement["Action"])
        assert statement["Resource"] != "*"
    actions = json.dumps(policy)
    assert ("s3:Delete" in actions) is (name == "worker")
    assert ("s3:Put" in actions) is (name != "portal")
