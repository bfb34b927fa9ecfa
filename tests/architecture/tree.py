"""The files of the project: what git would take, nothing that was installed or made."""

import subprocess
from functools import cache
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PRODUCT = ("portal", "recordings", "compliance", "templates", "static")
_MADE = {"node_modules", "var", "__pycache__", ".venv", ".uv", ".git"}


@cache
def files() -> tuple[Path, ...]:
    """Every file, relative to the root; without git, what a tree of sources holds."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        found = [Path(line) for line in asked.stdout.splitlines()]
    else:
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
    return tuple(
        sorted(
            path
            for path in found
            if (ROOT / path).is_file() and not _MADE & set(path.parts)
        )
    )


def text(path: Path) -> str:
    """What the file says; nothing for sound and pictures."""
    try:
        return (ROOT / path).read_text()
    except UnicodeDecodeError:
        return ""
