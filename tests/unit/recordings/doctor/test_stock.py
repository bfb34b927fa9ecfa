"""What the doctor says of inventories."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from recordings.doctor import stock
from recordings.models import Discrepancy, Inventory

pytestmark = pytest.mark.django_db


def test_it_tells_when_the_last_whole_run_ended_and_what_waits(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    assert [one.what for one in stock.findings()] == [
        "local was never compared with the database"
    ]

    done_at = timezone.now() - timedelta(days=3)
    run = Inventory.objects.create(
        store="local", state="done", asked_at=done_at, done_at=done_at, sound=7
    )
    Inventory.objects.create(store="local", state="failed", done_at=timezone.now())
    (told,) = stock.findings()
    assert (told.level, told.what) == (
        "ok",
        "local was compared 3 days ago: 7 files sound",
    )

    Inventory.objects.filter(pk=run.pk).update(done_at=done_at - timedelta(days=30))
    Discrepancy.objects.create(kind="lost", store="local", object_key="recordings/a")
    late, waiting = stock.findings()
    assert late.level == "warn"
    assert waiting.what == "1 differences wait for a person"
