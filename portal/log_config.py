"""One JSON object a line: the event's name, opaque ids, the request id."""

import json
import logging
import logging.config
from typing import Any

from compliance.audit.context import request_id

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """Writes the message and its `extra` fields; exceptions by type and place."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line of JSON."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in _STANDARD}
        line["request"] = request_id()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


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
