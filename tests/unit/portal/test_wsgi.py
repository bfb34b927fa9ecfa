"""The web process looks at its own settings before it serves anybody."""

import os
import subprocess
import sys


def start(**environment: str) -> "subprocess.CompletedProcess[str]":
    """Load the WSGI entry point as a server does, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "import portal.wsgi"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_starts_for_development() -> None:
    assert start(EARWITNESS_DEBUG="1").returncode == 0


def test_it_refuses_unsafe_production_settings() -> None:
    refused = start(EARWITNESS_DEBUG="0", ALLOWED_HOSTS="*", EARWITNESS_SIMULATOR="1")
    assert refused.returncode != 0
    assert "ALLOWED_HOSTS is open" in refused.stderr
    assert "simulator" in refused.stderr.lower()
