"""Static files out of node_modules: the ones named here, and nothing else.

`collectstatic` and the development server both ask the finders, so a package that
`npm ci` brings is not served until one of its files is listed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "npm"

INTER = "@fontsource-variable/inter"
SCRIPTS = ("cyrillic", "cyrillic-ext", "greek", "greek-ext", "latin", "latin-ext")

FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/css/tabler.min.css.map",
    "htmx.org/dist/htmx.min.js",
    "wavesurfer.js/dist/wavesurfer.min.js",
    "wavesurfer.js/dist/plugins/regions.min.js",
    "uplot/dist/uPlot.iife.min.js",
    "uplot/dist/uPlot.min.css",
    # index.css names every script of the face, so each of its files must exist
    f"{INTER}/index.css",
    *(f"{INTER}/files/inter-{name}-wght-normal.woff2" for name in SCRIPTS),
    f"{INTER}/files/inter-vietnamese-wght-normal.woff2",
)
"""Paths below node_modules; each is served as `npm/<path>`."""


class NpmFinder(BaseFinder):
    """Finds FILES, under the prefix `npm/`."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        self.root = Path(settings.BASE_DIR) / "node_modules"
        self.storage = FileSystemStorage(location=self.root)
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
        found = self.root / name
        if name == path or name not in FILES or not found.is_file():
            return []
        wants_list = find_all or kwargs.get("all")
        return [str(found)] if wants_list else str(found)

    def list(
        self, ignore_patterns: Iterable[str] | None
    ) -> Iterator[tuple[str, Storage]]:
        """Yield each listed file; a missing one makes collectstatic stop."""
        for name in FILES:
            if not matches_patterns(name, list(ignore_patterns or [])):
                yield name, self.storage
