"""What an operator is told of a bucket, against a real S3 server."""

import io
import json
import socket
import time
import uuid
from dataclasses import replace
from typing import Any

import pytest

from recordings.finding import Finding, Level
from recordings.media_store import s3_bucket
from recordings.media_store.object_keys import PROBE_PREFIX
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from tests.contract.media_stores import admin, left_in, new_bucket
from tests.contract.test_s3_ready_made import ready_made
from tests.services import S3Server

READ = ["s3:GetObject", "s3:GetObjectVersion"]
DELETE = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
LISTS = "s3:ListBucketVersions"


@pytest.fixture
def bucket(s3_server: S3Server) -> S3Settings:
    """The settings of an empty, versioned bucket."""
    return new_bucket(s3_server, versioned=True)


@pytest.fixture
def locked(s3_server: S3Server) -> S3Settings:
    """A bucket whose objects can be locked."""
    plain = new_bucket(s3_server, versioned=False)
    bucket = replace(plain, bucket=f"locked-{uuid.uuid4()}")
    admin(bucket).create_bucket(Bucket=bucket.bucket, ObjectLockEnabledForBucket=True)
    return bucket


def deny(bucket: S3Settings, *actions: str) -> None:
    """Take rights away from everybody, the owner too."""
    name = f"arn:aws:s3:::{bucket.bucket}"
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": [name, f"{name}/*"],
    }
    put_policy(bucket, statement)


def put_policy(bucket: S3Settings, statement: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    admin(bucket).put_bucket_policy(Bucket=bucket.bucket, Policy=json.dumps(policy))


def told(bucket: S3Settings, level: Level) -> dict[str, str]:
    """What was found of that level, and what to do about each."""
    found = S3Store(bucket).diagnose()
    return {one.what: one.remedy for one in found if one.level is level}


@pytest.mark.parametrize(
    ("denied", "level", "remedy"),
    [
        (["s3:ListBucket"], Level.FAIL, "Allow s3:ListBucket on the bucket."),
        (
            ["s3:PutObject"],
            Level.FAIL,
            "Allow s3:PutObject on recordings/*/renditions/*.",
        ),
        (["s3:PutObject"], Level.FAIL, "Allow s3:PutObject on exports/*."),
        (READ, Level.FAIL, "Allow s3:GetObject on recordings/*."),
        (DELETE, Level.FAIL, "Allow s3:DeleteObjectVersion on recordings/*."),
        ([LISTS], Level.FAIL, f"Allow {LISTS} on the bucket."),
        (
            ["s3:PutObjectTagging"],
            Level.WARN,
            "Allow s3:PutObjectTagging on recordings/*.",
        ),
        (
            ["s3:GetBucketVersioning"],
            Level.WARN,
            "Allow s3:GetBucketVersioning on the bucket.",
        ),
        (
            ["s3:GetLifecycleConfiguration"],
            Level.WARN,
            "Allow s3:GetLifecycleConfiguration on the bucket.",
        ),
        (
            ["s3:GetBucketPolicy"],
            Level.WARN,
            "Allow s3:GetBucketPolicy on the bucket.",
        ),
        (
            # Ceph asks for the same right as for the policy
            ["s3:GetBucketPolicy"],
            Level.WARN,
            "Allow s3:GetBucketPublicAccessBlock on the bucket.",
        ),
        (
            ["s3:GetBucketPolicyStatus"],
            Level.WARN,
            "Allow s3:GetBucketPolicyStatus on the bucket.",
        ),
    ],
)
def test_the_right_that_is_missing_is_named(
    bucket: S3Settings, denied: list[str], level: Level, remedy: str
) -> None:
    deny(bucket, *denied)

    assert remedy in told(bucket, level).values()


def test_what_may_not_be_read_is_not_left_behind(bucket: S3Settings) -> None:
    deny(bucket, *READ)

    S3Store(bucket).diagnose()

    assert left_in(bucket) == []


def test_with_our_keys_in_egress_recordings_must_be_writable(
    bucket: S3Settings,
) -> None:
    deny(bucket, "s3:PutObject")
    handed_on = replace(bucket, egress_credentials="static")

    assert "Allow s3:PutObject on recordings/*." in told(handed_on, Level.FAIL).values()


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"secret_key": "wrong"}, "EARWITNESS_S3_SECRET_KEY"),
        ({"access_key": "NOBODY"}, "EARWITNESS_S3_ACCESS_KEY"),
        ({"bucket": "no-such-bucket"}, "EARWITNESS_S3_BUCKET"),
        ({"endpoint": "http://127.0.0.1:9"}, "EARWITNESS_S3_ENDPOINT"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    bucket: S3Settings, wrong: dict[str, str], remedy: str
) -> None:
    (finding,) = S3Store(replace(bucket, **wrong)).diagnose()  # type: ignore[arg-type]

    assert finding.level is Level.FAIL
    assert remedy in finding.remedy
    assert bucket.secret_key not in repr(finding)


def test_a_silent_server_is_told_within_seconds(
    bucket: S3Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordings.media_store.s3.PATIENCE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        began = time.monotonic()
        (finding,) = S3Store(replace(bucket, endpoint=endpoint)).diagnose()

    assert finding.level is Level.FAIL
    assert time.monotonic() - began < 5


def test_a_bucket_set_up_as_told_leaves_little_to_say(bucket: S3Settings) -> None:
    client, name = admin(bucket), bucket.bucket
    # Ceph 16 takes every upload for one with a public ACL, and encrypts nothing itself
    block = ready_made("public-access-block.json", bucket) | {"BlockPublicAcls": False}
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    client.put_bucket_lifecycle_configuration(
        Bucket=name, LifecycleConfiguration=ready_made("lifecycle.json", bucket)
    )
    # our test server speaks no TLS: such requests are told of, and let in
    put_policy(
        bucket,
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::{name}/nothing",
            "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
        },
    )

    assert told(bucket, Level.FAIL) == {}
    assert set(told(bucket, Level.WARN)) == {
        "the bucket encrypts nothing by default",
        "public access is not wholly blocked: BlockPublicAcls",
    }


def test_a_public_bucket_fails(bucket: S3Settings) -> None:
    put_policy(
        bucket,
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{bucket.bucket}/*"],
        },
    )

    failed = told(bucket, Level.FAIL)

    assert "the bucket policy is public: anybody may read recordings" in failed
    assert "anybody can read recordings without signing in" in failed


def test_objects_that_should_be_encrypted_and_are_not(bucket: S3Settings) -> None:
    warned = told(replace(bucket, encrypted=True), Level.WARN)

    lies = "an object in recordings/ is read back, and lies there unencrypted"
    assert "EARWITNESS_S3_ENCRYPTED" in warned[lies]


def test_a_bucket_without_versions_is_told_of(s3_server: S3Server) -> None:
    plain = new_bucket(s3_server, versioned=False)

    warned = told(plain, Level.WARN)

    assert "the bucket keeps no versions: what is overwritten is gone" in warned


@pytest.mark.parametrize("prefix", ["", "rec", "recordings/", "recordings/5d0c/"])
def test_a_lifecycle_that_deletes_recordings_fails(
    bucket: S3Settings, prefix: str
) -> None:
    rule: Any = {
        "ID": "cheap",
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "Expiration": {"Days": 30},
    }
    admin(bucket).put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket, LifecycleConfiguration={"Rules": [rule]}
    )

    assert [what for what in told(bucket, Level.FAIL) if "lifecycle" in what]


def test_a_lock_is_tried_out_and_let_go_of(locked: S3Settings) -> None:
    sound = told(locked, Level.OK)

    assert "a legal hold keeps an object from being deleted" in sound
    assert left_in(locked) == []


def test_a_bucket_that_locks_everything_is_not_written_to(locked: S3Settings) -> None:
    retention: Any = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}}
    admin(locked).put_object_lock_configuration(
        Bucket=locked.bucket,
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention},
    )

    warned = told(locked, Level.WARN)

    assert [what for what in warned if "locks every object for 3 days" in what]
    assert left_in(locked) == []


def test_real_recordings_are_never_touched(bucket: S3Settings) -> None:
    key = f"recordings/{uuid.uuid4()}/2026/11/21/{uuid.uuid4()}/01-a.ogg"
    S3Store(bucket).put(key, io.BytesIO(b"audio"), "audio/ogg")

    S3Store(bucket).diagnose()

    assert left_in(bucket) == [key]


def lifecycle(**rule: Any) -> Finding:
    return s3_bucket._lifecycle({"Rules": [{"Status": "Enabled", **rule}]})


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ({"Prefix": "recordings/", "Expiration": {"Days": 1}}, Level.FAIL),
        ({"Filter": {"Prefix": PROBE_PREFIX}, "Expiration": {"Days": 1}}, Level.OK),
        ({"Filter": {"Prefix": "exports/"}, "Expiration": {"Days": 1}}, Level.OK),
        (
            {"Filter": {"And": {"Prefix": "recordings/"}}, "Expiration": {"Days": 1}},
            Level.FAIL,
        ),
        ({"Expiration": {"Days": 1}, "Status": "Disabled"}, Level.OK),
        ({"Transitions": [{"StorageClass": "GLACIER"}]}, Level.WARN),
        ({"Transitions": [{"StorageClass": "STANDARD_IA"}]}, Level.OK),
        ({"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}, Level.OK),
    ],
)
def test_which_lifecycle_rules_matter(rule: dict[str, Any], level: Level) -> None:
    assert lifecycle(**rule).level is level


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ({}, Level.WARN),
        (
            {
                "ServerSideEncryptionConfiguration": {
                    "Rules": [
                        {
                            "ApplyServerSideEncryptionByDefault": {
                                "SSEAlgorithm": "aws:kms"
                            }
                        }
                    ]
                }
            },
            Level.OK,
        ),
    ],
    ids=["Ceph 16", "KMS"],
)
def test_default_encryption(answer: dict[str, Any], level: Level) -> None:
    assert s3_bucket._encryption(answer).level is level
