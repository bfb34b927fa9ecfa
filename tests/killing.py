"""A worker that is killed at a line of its own: at each line that its work comes to."""

import os
import signal
import sys
from collections.abc import Callable, Collection
from types import FrameType
from typing import Any

from django.db import connection
from django.db.models import Model

Line = tuple[str, str, int]
Act = Callable[[], object]


class _Lines:
    """The lines of these files that a run comes to, each once, in their order."""

    def __init__(
        self, files: Collection[str], reached: Callable[[list[Line]], None]
    ) -> None:
        self.seen: list[Line] = []
        self._files = files
        self._reached = reached

    def __call__(self, frame: FrameType, event: str, _arg: object) -> Any:
        file = frame.f_code.co_filename
        if file not in self._files:
            return None
        line = (file, frame.f_code.co_name, frame.f_lineno)
        if event == "line" and line not in self.seen:
            self.seen.append(line)
            self._reached(self.seen)
        return self


def lines_of(act: Act, *, files: Collection[str]) -> list[Line]:
    """Do it whole; the lines of these files that it came to."""
    lines = _Lines(files, lambda _seen: None)
    sys.settrace(lines)
    try:
        act()
    finally:
        sys.settrace(None)
    return lines.seen


def killed_at(number: int, act: Act, *, files: Collection[str]) -> None:
    """Let a child do it, and die as it comes to its line of that number."""

    def die(seen: list[Line]) -> None:
        if len(seen) > number:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:  # nothing below may come back to pytest
        try:
            sys.settrace(_Lines(files, die))
            act()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was to be killed before its end"
    assert os.WTERMSIG(status) == signal.SIGKILL


def let_leases_run_out(model: type[Model]) -> None:
    """By the database's clock, which no test can turn."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}"'  # noqa: S608
            " SET claimed_until = now() - interval '1 s'"
            " WHERE claimed_until IS NOT NULL"
        )
