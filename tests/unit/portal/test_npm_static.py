"""What the front-end packages may show to the world."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from pytest_django.fixtures import Settings

from portal.npm_static import FILES, NpmFinder

TABLER = "npm/@tabler/core/dist/css/tabler.min.css"


def test_a_listed_file_is_found_under_the_prefix() -> None:
    found = str(finders.find(TABLER))
    assert found.endswith("node_modules/" + TABLER[4:])
    assert NpmFinder().find(TABLER, find_all=True) == [found]


@pytest.mark.parametrize(
    "path",
    [
        "npm/@tabler/core/package.json",
        "npm/axe-core/axe.min.js",
        "npm/../settings.py",
        "@tabler/core/dist/css/tabler.min.css",
        "npm/",
    ],
)
def test_anything_else_is_not_there(path: str) -> None:
    assert NpmFinder().find(path) == []


def test_every_listed_file_is_installed() -> None:
    assert NpmFinder().check() == []


def test_a_missing_installation_names_its_cure(
    tmp_path: Path, settings: Settings
) -> None:
    settings.BASE_DIR = tmp_path
    (message,) = NpmFinder().check()
    assert message.hint == "Run `npm ci`."


def test_collectstatic_publishes_nothing_else_from_npm(
    tmp_path: Path, settings: Settings
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        },
    }
    call_command("collectstatic", "--noinput", verbosity=0)
    root = tmp_path / "npm"
    published = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    assert published == set(FILES)
    assert not list(tmp_path.rglob("node_modules"))
