"""Static files out of node_modules: the ones named here, and nothing else.

`collectstatic` and the development server both ask the finders, so a package that
`npm ci` brings is not served until one of its files is listed.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage

from portal.cut_css import cut

PREFIX = "npm"

INTER = "@fontsource-variable/inter"
SCRIPTS = ("cyrillic", "cyrillic-ext", "greek", "greek-ext", "latin", "latin-ext")
TABLER = "@tabler/core/dist/css/tabler.min.css"

FILES = (
    TABLER,
    "htmx.org/dist/htmx.min.js",
    "wavesurfer.js/dist/wavesurfer.min.js",
    # index.css names every script of the face, so each of its files must exist
    f"{INTER}/index.css",
    *(f"{INTER}/files/inter-{name}-wght-normal.woff2" for name in SCRIPTS),
    f"{INTER}/files/inter-vietnamese-wght-normal.woff2",
)
"""Paths below node_modules; each is served as `npm/<path>`."""

CLASSES = {
    TABLER: (
        *("btn", "btn-danger", "btn-primary", "lead", "small", "visually-hidden"),
        *("form-check", "form-check-input", "form-control", "form-hint"),
        *("form-label", "form-select"),
    )
}
"""Stylesheets that are served cut to the classes our pages use: Tabler's 635 KB, of
which everybody would read and parse nine tenths for nothing, become 70."""


@cache
def _cut(source: Path, name: str, changed: float) -> bytes:
    """Cut once for each state of the file; `changed` is there for the cache's key."""
    return cut(source.read_text(encoding="utf-8"), CLASSES[name]).encode()


class NpmStorage(FileSystemStorage):
    """Files below node_modules; the stylesheets of CLASSES are read cut."""

    def open(self, name: str, mode: str = "rb") -> "File[Any]":
        """A file to read, as it is served."""
        if name not in CLASSES:
            return super().open(name, mode)
        return ContentFile(self.content(name), name=name)

    def content(self, name: str) -> bytes:
        """A stylesheet of CLASSES, as it is served."""
        source = Path(self.path(name))
        return _cut(source, name, source.stat().st_mtime)

    def get_modified_time(self, name: str) -> datetime:
        """When it last changed; what we cut changes with this list, too."""
        changed = super().get_modified_time(name)
        if name not in CLASSES:
            return changed
        listed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, tz=UTC)
        return max(changed, listed)


class NpmFinder(BaseFinder):
    """Finds FILES, under the prefix `npm/`."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"
        self.storage = NpmStorage(location=self.root)
        # collectstatic puts this in front of each path it is given
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        """Report the first listed file that is not there."""
        missing = next((f for f in FILES if not (self.root / f).is_file()), None)
        if missing is None:
            return []
        return [
            Error(
                f"The front-end file {missing} is missing.",
                hint="Run `npm ci`.",
                id="portal.E010",
            )
        ]

    def find(  # Django's own signature
        self,
        path: str,
        find_all: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> Any:
        """Return where the static path lies on disk, or an empty list.

        With find_all (or its older name `all`) the answer is always a list.
        """
        name = path.removeprefix(f"{PREFIX}/")
        if name == path or name not in FILES or not (self.root / name).is_file():
            return []
        wants_list = find_all or kwargs.get("all")
        found = str(self._on_disk(name))
        return [found] if wants_list else found

    def _on_disk(self, name: str) -> Path:
        """The file; what is cut is written beside our own files for development."""
        if name not in CLASSES:
            return self.root / name
        content, there = self.storage.content(name), settings.VAR_DIR / PREFIX / name
        if not there.is_file() or there.read_bytes() != content:
            there.parent.mkdir(parents=True, exist_ok=True)
            # another process may be reading it
            new = there.with_suffix(f".{os.getpid()}")
            new.write_bytes(content)
            new.replace(there)
        return Path(there)

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, Storage]]:
        """Yield each listed file; a missing one makes collectstatic stop."""
        for name in FILES:
            if not matches_patterns(name, list(ignore_patterns or [])):
                yield name, self.storage
