"""What S3 says of encryption when asked about an object."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings
from tests.contract.media_stores import new_bucket
from tests.services import S3Server

KEY = "recordings/5d0c/2026/11/21/9f1e/1.ogg"


@pytest.mark.parametrize("wanted", [True, False])
def test_an_object_that_was_not_encrypted_is_told_where_it_should_have_been(
    s3_server: S3Server, wanted: bool
) -> None:
    bucket = new_bucket(s3_server, versioned=False)
    store = S3Store(replace(bucket, encrypted=wanted))
    store.put(KEY, io.BytesIO(b"audio"), "audio/ogg")

    found = store.head(KEY)

    assert found
    assert found.is_unencrypted is wanted


@pytest.mark.parametrize("how", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_one_that_was_is_well(how: str) -> None:
    store = S3Store(
        S3Settings(
            bucket="calls",
            region="eu-central-1",
            access_key="key",
            secret_key="secret",
            encrypted=True,
        )
    )
    with Stubber(store._clients.own) as answers:
        answers.add_response(
            "head_object",
            {
                "ContentLength": 5,
                "ETag": '"e"',
                "LastModified": datetime(2026, 11, 21, tzinfo=UTC),
                "ServerSideEncryption": how,
            },
        )
        found = store.head(KEY)

    assert found
    assert not found.is_unencrypted
