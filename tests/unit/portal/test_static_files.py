"""What a production server publishes: little, and under names that never change."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

HASHED = re.compile(r"\.[0-9a-f]{12}(?:\.\w+)?(?:\.(?:br|gz))?$")
IMPORT = re.compile(r"""(?:from|import)\s*["'](\.[^"']+)["']""")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `collectstatic` has put everything, as for production."""
    root = tmp_path_factory.mktemp("published")
    hashed = {"BACKEND": "portal.static_files.HashedFiles"}
    storages = {**settings.STORAGES, "staticfiles": hashed}
    with override_settings(STATIC_ROOT=root, STORAGES=storages):
        call_command("collectstatic", "--noinput", verbosity=0)
    return root


def test_everything_is_named_by_its_content(published: Path) -> None:
    names = {p.name for p in published.rglob("*") if p.is_file()} - {"staticfiles.json"}
    assert len(names) > 100
    assert {name for name in names if not HASHED.search(name)} == set()


def test_modules_import_each_other_by_their_hashed_names(published: Path) -> None:
    manifest = json.loads((published / "staticfiles.json").read_text())["paths"]
    player = published / manifest["js/player/player.js"]
    imported = IMPORT.findall(player.read_text())
    assert len(imported) > 5
    for name in imported:
        assert HASHED.search(name)
        assert (player.parent / name).is_file()


def test_apps_that_only_bring_code_publish_nothing(published: Path) -> None:
    folders = {p.name for p in published.iterdir() if p.is_dir()}
    assert folders == {"admin", "css", "img", "js", "npm"}
    size = sum(p.stat().st_size for p in published.rglob("*") if p.is_file())
    assert size < 8_000_000
