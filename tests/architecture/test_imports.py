"""Who may import whom: the contracts in pyproject.toml, which `make lint` runs too."""

import subprocess
import sys
from pathlib import Path

from django.conf import settings


def test_every_import_goes_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
