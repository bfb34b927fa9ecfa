"""Turns the catalogues of translations (`django.po`) into what gettext reads (`.mo`).

In Python, so that a machine which runs the portal needs no GNU gettext. Only the texts
are in the repository; `make run` and `manage.py compile_catalogues` make the rest.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def texts(root: Path) -> list[Path]:
    """The catalogues below a `locale` folder, one a language."""
    return sorted(root.glob("*/LC_MESSAGES/django.po"))


def stale(root: Path) -> Iterator[Path]:
    """The catalogues that were not compiled since they last changed."""
    for text in texts(root):
        made = text.with_suffix(".mo")
        if not made.is_file() or made.stat().st_mtime < text.stat().st_mtime:
            yield text


def compile_stale(root: Path) -> list[Path]:
    """Compile what is stale; returns the catalogues that were.

    Texts that are not translated, or fuzzy, are left out: pages show them in English.
    """
    compiled = list(stale(root))
    for text in compiled:
        with text.open("rb") as source:
            catalogue = read_po(source, domain="django")
        # another process may be reading it
        new = text.with_suffix(f".{os.getpid()}")
        with new.open("wb") as target:
            write_mo(target, catalogue)
        new.replace(text.with_suffix(".mo"))
    return compiled
