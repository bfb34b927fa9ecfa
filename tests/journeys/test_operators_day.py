"""An operator's day: what is wrong, and a maintenance during which nobody stops calling."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from portal import programs
from portal.embedded.processes import end
from recordings.models import Call, LiveKitEvent
from tests.journeys.product import Product
from tests.journeys.telephone import german_call
from tests.waiting import until


def manage(product: Product, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command beside the product, in its environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=product.environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def diagnosis(product: Product, *areas: str) -> dict[str, set[str]]:
    """The levels that doctor found in each area."""
    found: dict[str, set[str]] = {}
    for line in json.loads(manage(product, "doctor", "--json", *areas).stdout):
        found.setdefault(line["area"], set()).add(line["level"])
    return found


@contextmanager
def beating(product: Product) -> Iterator[None]:
    """The beat, which other journeys do without."""
    commands: dict[str, tuple[str | Path, ...]] = {
        program.name: tuple(program.command)
        for program in programs.lasting(product.home, 0, None)
    }
    product.commands["beat"] = commands["beat"]
    product.start("beat")
    try:
        yield
    finally:
        end(product.processes["beat"], seconds=5)


def status(product: Product, path: str = "/login") -> int:
    try:
        with urllib.request.urlopen(product.url + path, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


@pytest.mark.usefixtures("product")
def test_doctor_sees_what_runs_and_what_does_not(product: Product) -> None:
    alone: Any = diagnosis(product)
    assert alone["worker"] == alone["redis"] == {"ok"}
    assert "FAIL" not in alone["database"] | alone["livekit"] | alone["store"]
    assert alone["beat"] == {"FAIL"}
    assert manage(product, "doctor", "beat").returncode == 1

    with beating(product):
        until(lambda: diagnosis(product, "beat")["beat"] == {"ok"}, seconds=120)
    assert manage(product, "doctor", "beat", "worker").returncode == 0

    product.kill("worker")
    dead = manage(product, "doctor", "worker")
    assert dead.returncode == 1
    assert dead.stdout.startswith("FAIL  worker")


def test_a_call_during_maintenance_is_known_afterwards(product: Product) -> None:
    product.kill("worker")
    assert manage(product, "maintenance", "on").returncode == 0
    until(lambda: status(product, "/preferences") == 503)

    begun = product.begin(german_call())
    until(lambda: product.outcome(begun)["state"] == "over", seconds=120)

    assert product.outcome(begun)["events_lost"] == 0
    assert set(LiveKitEvent.objects.values_list("state", flat=True)) == {"received"}
    assert not Call.objects.exists()
    assert status(product) == status(product, "/healthz") == 200

    product.start("worker")
    assert manage(product, "maintenance", "off").stdout == "off\n"
    until(lambda: status(product, "/preferences") == 200)
    with beating(product):
        until(Call.objects.filter(ended_at__isnull=False).exists, seconds=120)
