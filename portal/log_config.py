"""One JSON object a line: the event's name, opaque ids, the request id.

Of an exception its type and place, never its words: a library may quote the value that
it stumbled over, and that may be somebody's number.
"""

import json
import logging
import logging.config
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from compliance.audit.context import request_id

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "data"}
"""Not ours to write; `data` is Celery's copy of what a message was made of."""


Raised = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)


class JsonFormatter(logging.Formatter):
    """Writes the message and its `extra` fields; exceptions by type and place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _message(record),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        line["request"] = request_id()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)

    def formatException(self, ei: Raised) -> str:
        """The exceptions, the first cause last, each with where it passed through."""
        told, seen, error = [], set(), ei[1]
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            told.append(type(error).__qualname__)
            told += [
                f"  {frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
            error = error.__cause__ or error.__context__
        return "\n".join(told)


def _message(record: logging.LogRecord) -> str:
    """The message; where Celery puts an exception into it, by its type alone."""
    if isinstance(record.args, Mapping) and "exc" in record.args:
        kind = str(record.args["exc"]).partition("(")[0]
        return str(record.msg) % {**record.args, "exc": kind}
    return record.getMessage()


def configure(options: dict[str, Any]) -> None:
    """Set up logging; options: {'level': 'INFO'}. Called by Django at start."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonFormatter}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "json"}
            },
            "root": {"handlers": ["stderr"], "level": options.get("level", "INFO")},
            "loggers": {
                "django": {"handlers": []},
                "django.server": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "botocore": {"level": "WARNING"},
                "aiohttp": {"level": "WARNING"},
            },
        }
    )
