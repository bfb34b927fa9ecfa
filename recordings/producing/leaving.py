"""A package on its way out: by a link of the store's own where it has such, or as a file."""

from dataclasses import dataclass
from typing import Any

from django.core.files import File
from django.core.files.storage import storages

from compliance.models import Package
from compliance.packages import Kind, NotThere


@dataclass(frozen=True)
class Leaving:
    """What the browser is given, under which name."""

    name: str
    url: str = ""
    file: "File[bytes] | None" = None


def given(kind: Kind[Any], package: Package, name: str) -> Leaving:
    """A link of minutes, or the open file. Raises NotThere."""
    store = storages["exports"]
    link = getattr(store, "link", None)
    try:
        if link is not None:
            return Leaving(name, url=link(package.file_name, name))
        return Leaving(name, file=store.open(package.file_name))
    except kind.lost as error:
        raise NotThere from error
