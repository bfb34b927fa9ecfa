"""A line of the log: JSON, with ids, and without anybody's number."""

import json
import logging
import sys
from typing import Any

import pytest

from portal.log_config import JsonFormatter

NUMBER = "+493023125678"


def line(name: str = "ours", **fields: Any) -> dict[str, Any]:
    """What is written of a record."""
    record = logging.makeLogRecord({"name": name, "levelname": "ERROR", **fields})
    written: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return written


@pytest.fixture
def raised() -> Any:
    """An exception that quotes what it stumbled over, caused by another such."""
    try:
        try:
            int(NUMBER.replace("+", "x"))
        except ValueError as error:
            raise LookupError(f"no such number: {NUMBER}") from error
    except LookupError:
        return sys.exc_info()


def test_it_tells_event_and_ids() -> None:
    written = line(msg="capture.refused", recording="5f3a", again=True)

    assert written["event"] == "capture.refused"
    assert (written["recording"], written["again"]) == ("5f3a", True)
    assert (written["level"], written["logger"]) == ("error", "ours")


def test_an_exception_is_told_by_type_and_place(raised: Any) -> None:
    written = line(msg="it.failed", exc_info=raised)

    assert NUMBER[1:] not in json.dumps(written)
    told = written["traceback"].splitlines()
    assert (told[0], told[2]) == ("LookupError", "ValueError")
    assert told[1].endswith(" raised")
    assert "test_log_config.py:" in told[1]


def test_celerys_own_words_do_not_quote_it_either(raised: Any) -> None:
    context = {
        "name": "recordings.drain_inbox",
        "id": "1",
        "description": "raised unexpected",
        "exc": repr(raised[1]),
        "traceback": f"LookupError: no such number: {NUMBER}",
    }
    written = line(
        name="celery.app.trace",
        msg="Task %(name)s[%(id)s] %(description)s: %(exc)s",
        args=context,
        data=context,
        exc_info=raised,
    )

    assert NUMBER[1:] not in json.dumps(written)
    assert written["event"] == (
        "Task recordings.drain_inbox[1] raised unexpected: LookupError"
    )
