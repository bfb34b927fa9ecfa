"""What the front-end packages may show to the world."""

import os
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from pytest_django.fixtures import Settings

from portal.npm_static import CLASSES, FILES, TABLER, NpmFinder, NpmStorage
from tests.architecture.tree import ROOT, files, text

NAMED_ALIKE = {"prose"}
"""Classes of ours that Tabler happens to have too, and that are styled here alone."""
HTMX = "npm/htmx.org/dist/htmx.min.js"


def test_a_listed_file_is_found_under_the_prefix() -> None:
    found = str(finders.find(HTMX))
    assert found.endswith("node_modules/" + HTMX[4:])
    assert NpmFinder().find(HTMX, find_all=True) == [found]


def test_tabler_is_served_without_what_no_page_uses() -> None:
    served = Path(str(finders.find(f"npm/{TABLER}"))).read_text()
    whole = (ROOT / "node_modules" / TABLER).read_text()
    assert len(served) < len(whole) / 8
    assert ".btn-primary{" in served
    assert ".navbar" not in served
    assert "sourceMappingURL" not in served


def test_every_class_of_tabler_that_a_page_uses_is_served() -> None:
    whole = (ROOT / "node_modules" / TABLER).read_text()
    of_tabler = set(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", whole))
    used = {
        name
        for path in files()
        if path.parts[0] in {"templates", "static", "recordings", "compliance"}
        if path.suffix in {".html", ".js", ".py"}
        if not path.as_posix().startswith("templates/admin/")
        for name in _classes(text(path))
    }
    assert {"btn", "form-select"} <= used & of_tabler
    missing = (used & of_tabler) - set(CLASSES[TABLER]) - NAMED_ALIKE
    assert missing == set(), "add them to npm_static.CLASSES"


def _classes(source: str) -> set[str]:
    """What stands where templates, scripts and widgets name classes."""
    named = re.findall(
        r"""class="([^"]*)" | "class":\ "([^"]*)" | class(?:List|Name)([^;]*)""",
        re.sub(r"{[%{].*?[%}]}", " ", source),
        re.VERBOSE,
    )
    return {word for found in named for word in re.findall(r"[\w-]+", " ".join(found))}


def test_what_is_cut_changes_when_the_list_does(tmp_path: Path) -> None:
    """Else collectstatic would keep the sheet of an older list."""
    sheet = tmp_path / TABLER
    sheet.parent.mkdir(parents=True)
    sheet.write_text(".a{}")
    os.utime(sheet, (0, 0))
    changed = NpmStorage(location=tmp_path).get_modified_time(TABLER)
    assert changed.year > 2000


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
