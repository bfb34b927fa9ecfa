"""Ranges, conditions and tokens of the folder store's own view."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from compliance.keys import keyring
from recordings.media_store import local_links
from recordings.media_store.local import LocalStore
from recordings.media_store.local_view import Span, Unsatisfiable, parse_range

pytestmark = pytest.mark.urls("recordings.media_store.urls")

KEY = "recordings/1.ogg"
AUDIO = bytes(range(100))


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> LocalStore:
    settings.MIDDLEWARE = []
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    store = LocalStore(tmp_path)
    store.put(KEY, io.BytesIO(AUDIO), "audio/ogg")
    return store


@pytest.fixture
def url(store: LocalStore) -> str:
    link = store.presign(
        KEY,
        version_id=None,
        lifetime=timedelta(minutes=5),
        disposition="inline",
        filename="call.ogg",
        content_type="audio/ogg",
    )
    return link.url


def get(url: str, **headers: str) -> Any:
    """Fetch to the end; the client closes it then, as a server does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Client().get(url, headers=named)
    answer.getvalue()
    return answer


def test_head_tells_the_same_without_the_body(url: str) -> None:
    answer = Client().head(url)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == "100"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_written_through_a_link(url: str, method: str) -> None:
    assert getattr(Client(), method)(url).status_code == 405


def test_a_changed_file_is_sent_whole(url: str, store: LocalStore) -> None:
    conditions = {"Range": "bytes=50-", "If_Range": get(url)["ETag"]}
    assert get(url, **conditions).status_code == 206

    store.put(KEY, io.BytesIO(AUDIO + b"more"), "audio/ogg")

    answer = get(url, **conditions)
    assert answer.status_code == 200
    assert answer["Content-Length"] == "104"


def test_a_date_may_be_the_condition(url: str) -> None:
    date = get(url)["Last-Modified"]

    answer = get(url, Range="bytes=9-", If_Range=date)

    assert answer.status_code == 206


def test_several_ranges_are_answered_with_the_whole(url: str) -> None:
    answer = get(url, Range="bytes=0-1,5-6")

    assert (answer.status_code, answer["Content-Length"]) == (200, "100")


def test_an_unsatisfiable_range_tells_the_size(url: str) -> None:
    answer = get(url, Range="bytes=100-")

    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */100")


@pytest.mark.parametrize("token", ["", "x", ".", "a.b", "é.ü", "e30.", "." * 300])
def test_a_made_up_token_is_refused(store: LocalStore, token: str) -> None:
    assert Client().get("/media/", {"link": token}).status_code == 403


def test_no_log_of_paths_tells_a_token(url: str) -> None:
    assert get(url).wsgi_request.path == "/media/"


def test_a_rotated_key_still_reads_and_a_removed_one_does_not(
    store: LocalStore, url: str, settings: Settings
) -> None:
    old = settings.KEY_RINGS["local_link"]
    new = "later:" + "A" * 43 + "="
    settings.KEY_RINGS = settings.KEY_RINGS | {"local_link": [new, *old]}
    assert get(url).status_code == 200

    settings.KEY_RINGS = settings.KEY_RINGS | {"local_link": [new]}
    assert get(url).status_code == 403


def test_a_signed_token_that_says_nothing_is_refused() -> None:
    for text in ("e30", "bm8", "Ww", "x"):
        digest = keyring("local_link").digest(text)
        with pytest.raises(local_links.BadLink):
            local_links.read(f"{text}.{digest}", now=0)


@pytest.mark.parametrize(
    "header",
    [
        *["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "items=0-1", "bytes=5-2"],
        *["bytes=0-1,3-4", "bytes=--1", "bytes=٣-", "bytes=0-" + "9" * 40],
    ],
)
def test_a_malformed_range_is_ignored(header: str) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_is_unsatisfiable(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, 100)


@given(
    size=st.integers(1, 10_000),
    first=st.integers(0, 20_000),
    extra=st.none() | st.integers(0, 20_000),
)
def test_a_range_never_leaves_the_object(
    size: int, first: int, extra: int | None
) -> None:
    header = f"bytes={first}-" + ("" if extra is None else str(first + extra))
    try:
        span = parse_range(header, size)
    except Unsatisfiable:
        assert first >= size
        return
    end = size if extra is None else min(size, first + extra + 1)
    assert span == Span(first, end)
