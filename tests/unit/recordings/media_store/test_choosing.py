"""Which store a process uses, and how its settings are read."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from recordings import media_store
from recordings.media_store.egress import EgressUpload
from recordings.media_store.errors import UnknownStore
from recordings.media_store.s3 import S3Store
from recordings.media_store.s3_client import S3Settings

S3: dict[str, Any] = {
    "kind": "s3",
    "bucket": "calls",
    "region": "eu-central-1",
    "endpoint": "",
    "public_endpoint": "",
    "path_style": False,
    "checksums": "when_required",
    "access_key": "AKIA",
    "secret_key": "very-secret",
    "session_token": "",
    "egress_credentials": "own",
    "role_arn": "",
    "external_id": "",
}


def test_new_recordings_go_to_the_configured_store(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    assert media_store.store().name == "local"

    settings.MEDIA_STORE = S3
    assert media_store.store().name == "s3:eu-central-1:calls"
    assert media_store.store() is media_store.store(), "one client a process"


def test_an_old_store_stays_readable_by_its_name(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_STORE = S3
    settings.MEDIA_STORES = [{"kind": "local", "root": tmp_path}]

    assert media_store.store("local").name == "local"
    with pytest.raises(UnknownStore):
        media_store.store("s3:eu-central-1:forgotten")


def test_an_unknown_kind_is_refused(settings: Settings) -> None:
    settings.MEDIA_STORE = {"kind": "tape"}

    with pytest.raises(ImproperlyConfigured):
        media_store.store()


@pytest.mark.parametrize(
    "change",
    [
        {"bucket": ""},
        {"region": ""},
        {"checksums": "always"},
        {"secret_key": ""},
        {"egress_credentials": "borrowed"},
        {"egress_credentials": "assume_role"},
        {"egress_credentials": "static", "access_key": "", "secret_key": ""},
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(ImproperlyConfigured):
        S3Settings.read(S3 | change)


def test_egress_is_told_no_more_than_it_needs() -> None:
    own = S3Store(S3Settings.read(S3)).upload_target()
    static = S3Store(
        S3Settings.read(S3 | {"egress_credentials": "static"})
    ).upload_target()
    role = S3Store(
        S3Settings.read(S3 | {"egress_credentials": "assume_role", "role_arn": "arn:r"})
    ).upload_target()

    expected = EgressUpload("calls", "eu-central-1", "", False, "own")
    assert static
    assert role
    assert own == expected
    assert (static.access_key, static.secret_key) == ("AKIA", "very-secret")
    assert (role.role_arn, role.secret_key) == ("arn:r", "")


def test_no_repr_shows_a_secret() -> None:
    config = S3 | {"egress_credentials": "static", "session_token": "token-secret"}
    settings = S3Settings.read(config)
    store = S3Store(settings)

    shown = f"{settings!r} {store!r} {store.upload_target()!r}"

    assert "secret" not in shown.replace("secret_key", "")
