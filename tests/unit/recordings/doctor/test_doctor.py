"""The command: a line a finding, whatever happens to one of its checks."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from recordings import doctor
from recordings.doctor import Check
from recordings.finding import Finding, Level, fail, ok, warn

GOOD = Check(lambda: [ok("works")])


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`checks(store=…)`: what the doctor looks at instead."""
    return lambda **given: monkeypatch.setattr(doctor, "CHECKS", given)


def run(*arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_each_finding_is_a_line_with_what_to_do(checks: Callable[..., None]) -> None:
    bad = fail("cannot be written", "Allow s3:PutObject on exports/*.")
    checks(redis=GOOD, store=Check(lambda: [warn("is full", "Make room."), bad]))

    status, out = run()

    assert status == 1
    assert out.splitlines() == [
        "ok    redis     works",
        "warn  store     is full  (Make room.)",
        "FAIL  store     cannot be written  (Allow s3:PutObject on exports/*.)",
    ]


def test_a_warning_is_no_failure(checks: Callable[..., None]) -> None:
    checks(store=Check(lambda: [warn("is full", "Make room.")]))

    assert run()[0] == 0


def test_programs_read_the_same_as_json(checks: Callable[..., None]) -> None:
    checks(redis=GOOD, store=Check(lambda: [fail("is away", "Bring it back.")]))

    status, out = run("--json")

    assert status == 1
    assert json.loads(out) == [
        {"area": "redis", "level": "ok", "what": "works", "remedy": ""},
        {
            "area": "store",
            "level": "FAIL",
            "what": "is away",
            "remedy": "Bring it back.",
        },
    ]


def test_one_may_ask_for_some_areas_only(checks: Callable[..., None]) -> None:
    checks(redis=GOOD, store=GOOD)

    assert run("store") == (0, "ok    store     works\n")
    with pytest.raises(CommandError, match="storage"):
        run("storage")


class Secret(Exception):
    """Says more than a log may hold."""


def _breaks(error: Exception) -> Callable[[], Iterable[Finding]]:
    def look() -> Iterator[Finding]:
        yield ok("began well")
        raise error

    return look


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (Secret("password of +493023125042"), "Is it what README says"),
        (DatabaseError("row of +493023125042"), "Put the database right first."),
    ],
)
def test_a_check_that_breaks_is_one_line_and_stops_no_other(
    checks: Callable[..., None], error: Exception, remedy: str
) -> None:
    checks(store=Check(_breaks(error)), redis=GOOD)

    status, out = run()

    assert status == 1
    assert [line[:14].split() for line in out.splitlines()] == [
        ["ok", "store"],
        ["FAIL", "store"],
        ["ok", "redis"],
    ]
    assert remedy in out
    assert type(error).__name__ in out
    assert "3023125042" not in out


def test_a_check_that_hangs_is_cut_off_and_stops_no_other(
    checks: Callable[..., None],
) -> None:
    def hangs() -> Iterator[Finding]:
        yield ok("began well")
        threading.Event().wait(60)

    checks(store=Check(hangs, seconds=1), redis=GOOD)
    began = time.monotonic()

    status, out = run()

    assert status == 1
    assert time.monotonic() - began < 10
    assert "FAIL  store     gave no answer within 1 seconds" in out
    assert "ok    store     began well" in out
    assert "ok    redis     works" in out


@pytest.mark.django_db
def test_nothing_secret_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, clean_cache: None
) -> None:
    """Every check for real, with secrets in every setting that has one."""
    monkeypatch.setattr("recordings.doctor.workers.ANSWER_SECONDS", 1)
    secret = "a-very-secret-word-of-thirty-two-letters"
    settings.DEBUG = False
    settings.LIVEKIT_URL = "http://127.0.0.1:9"
    settings.LIVEKIT_API_KEYS = {"key": secret}
    settings.CELERY_BROKER_URL = f"redis://:{secret}@127.0.0.1:9/0"
    settings.MEDIA_STORE = {
        **dict.fromkeys(["public_endpoint", "session_token", "role_arn"], ""),
        "kind": "s3",
        "bucket": "calls",
        "region": "eu-central-1",
        "endpoint": "http://127.0.0.1:9",
        "path_style": True,
        "checksums": "when_required",
        "access_key": "AKIA-OURS",
        "secret_key": secret,
        "egress_credentials": "assume_role",
        "role_arn": "arn:aws:iam::1:role/egress",
        "external_id": secret,
    }

    status, out = run()

    assert status == 1
    assert secret not in out
    areas = {line[6:16].strip() for line in out.splitlines()}
    assert areas == set(doctor.CHECKS), "each area has its say"
    failed = {line[6:16].strip() for line in out.splitlines() if line[:4] == "FAIL"}
    assert {"redis", "beat", "worker", "livekit", "store"} <= failed


def test_levels_are_printed_as_they_are_promised() -> None:
    assert list(Level) == ["ok", "warn", "FAIL"]
