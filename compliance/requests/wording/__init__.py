"""The words of letters and of the public form, one file a language, read strictly.

They go to people outside, in languages the pages for staff do not have: so they are
data of their own and not of gettext.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es")
"""In this order they are offered; the first stands in for any other."""


@dataclass(frozen=True)
class Wording:
    """Everything we say to a person in one language."""

    language: str
    name: str
    kinds: Mapping[str, str]
    grounds: Mapping[str, str]
    stays: Mapping[str, str]
    complaints: Mapping[str, str]
    letters: Mapping[str, Mapping[str, str]]
    notices: Mapping[str, Mapping[str, str]]
    code: str
    form: Mapping[str, str]

    def complaint(self, law: str) -> str:
        """Where somebody can turn under this law."""
        return self.complaints.get(law, self.complaints["DEFAULT"])


def wording(language: str) -> Wording:
    """The words of a language, English where there are none: 'de', 'de-AT'."""
    short = language[:2].lower()
    return _read(short if short in LANGUAGES else LANGUAGES[0])


@cache
def _read(language: str) -> Wording:
    told: dict[str, Any] = tomllib.loads(
        (FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    )
    return Wording(
        language=language,
        name=told["name"],
        kinds=told["kinds"],
        grounds=told["grounds"],
        stays=told["stays"],
        complaints=told["complaints"],
        letters=told["letters"],
        notices=told["notices"],
        code=told["code"]["text"],
        form=told["form"],
    )
