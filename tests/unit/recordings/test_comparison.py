"""What a key's versions and its row say together: pure, no store and no database."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from recordings.comparison import Judgement, Kind, Known, has_other_tag, judge, pairs
from recordings.media_store.base import Listed
from recordings.media_store.object_keys import PROBE_PREFIX
from recordings.models import Recording, Rendition

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
KEY = "recordings/a/1.ogg"
State = Recording.State


def listed(key: str = KEY, version: str = "v1", size: int = 6, **more: bool) -> Listed:
    return Listed(key, version, size, "tag", NOON, **more)


def marker(key: str = KEY) -> Listed:
    return Listed(key, "m1", 0, "", NOON, is_latest=True, is_marker=True)


def known(
    key: str = KEY, *, state: str = State.AVAILABLE, etag: str = "tag", **more: object
) -> Known:
    facts = {"version_id": "v1", "bytes": 6, "is_derived": False, **more}
    return Known(key=key, recording=UUID(int=1), state=state, etag=etag, **facts)  # type: ignore[arg-type]


def verdict(store: list[Listed], *files: Known) -> Judgement | None:
    (pair,) = pairs(iter(store), iter(files))
    return judge(pair)


@pytest.mark.parametrize(
    ("store", "files", "told"),
    [
        ([listed()], [known()], None),
        ([listed()], [known(bytes=None)], None),
        ([listed()], [], (Kind.ORPHAN, "")),
        ([listed()], [known(state=State.DESTROYED)], (Kind.ORPHAN, "returned")),
        ([listed()], [known(state=State.EXPIRED)], None),
        ([], [known(state=State.EXPIRED)], None),
        ([], [known(state=State.FAILED, bytes=None)], None),
        ([], [known(state=State.SEALED)], (Kind.LOST, "")),
        ([marker()], [known()], (Kind.LOST, "hidden")),
        ([listed(size=7)], [known()], (Kind.ALTERED, "size")),
        ([listed(version="v2")], [known()], (Kind.ALTERED, "version")),
        (
            [listed(version="v2", size=9), listed(is_latest=False)],
            [known()],
            (Kind.EXTRA, "versions"),
        ),
        ([listed(is_latest=False), marker()], [known()], (Kind.EXTRA, "hidden")),
        ([listed(version="")], [known(version_id="null")], None),
        ([], [known(is_derived=True, state=Rendition.State.READY)], (Kind.LOST, "")),
        ([], [known(is_derived=True, state=Rendition.State.MAKING)], None),
    ],
)
def test_a_key_is_judged(
    store: list[Listed], files: list[Known], told: tuple[str, str] | None
) -> None:
    found = verdict(store, *files)

    assert (found and (found.kind, found.detail)) == told


def test_another_tag_of_the_same_version_is_a_doubt_and_no_verdict() -> None:
    (pair,) = pairs(iter([listed()]), iter([known(etag="other")]))

    assert has_other_tag(pair)
    assert judge(pair) is None


def test_both_streams_are_merged_key_by_key_and_none_is_lost() -> None:
    keys = [f"recordings/{n:03}" for n in range(60)]
    there = [key for n, key in enumerate(keys) if n % 7 not in (1, 2)]
    expected = [key for n, key in enumerate(keys) if n % 5 not in (0, 3)]
    versions = (one for key in there for one in (listed(key), listed(key, "v0")))

    found = list(pairs(versions, (known(key) for key in expected)))

    assert [pair.key for pair in found] == sorted({*there, *expected})
    for pair in found:
        assert (pair.stored.versions == 2) is (pair.key in there)
        assert (pair.known is not None) is (pair.key in expected)


def test_what_the_doctor_tries_out_is_nobodys() -> None:
    assert list(pairs(iter([listed(f"{PROBE_PREFIX}x.ogg")]), iter([]))) == []
