"""README's table of configuration and what the product reads are the same list."""

import re

import pytest

from tests.architecture.tree import ROOT, files, text

READ = re.compile(
    r"""(?:env\.\w+|env|environ\.get|environ)[(\[]\s*["']([A-Z][A-Z0-9_]+)["']"""
)
NAMED = re.compile(r"`(_?[A-Z][A-Z0-9_]+)`")
NOT_CONFIGURATION = {
    "DJANGO_SETTINGS_MODULE": "ours to set",
    "EARWITNESS_RUN": "marks the programs of a run",
    "EARWITNESS_SIMULATOR_TOKEN": "made by each run for its own simulator",
}
OF_MAKE_RUN = {"PORT", "EARWITNESS_DEMO"}
"""Told under 'Two commands', where they belong."""


def read() -> set[str]:
    """What the code of the product reads from the environment."""
    found = {
        name
        for path in files()
        if path.parts[0] in {"portal", "recordings", "compliance"}
        and path.suffix == ".py"
        for name in READ.findall(text(path))
    }
    return found - set(NOT_CONFIGURATION)


def told(row: str) -> set[str]:
    """The variables a row is about; `_ENDPOINT` stands for the first, so ended.

    After `EARWITNESS_S3_REGION`, `_ENDPOINT` is `EARWITNESS_S3_ENDPOINT`. Names in the
    last column count too: one variable may be explained in the row of another.
    """
    names: set[str] = set()
    first = ""
    for name in NAMED.findall(row):
        if name.startswith("_"):
            names.add(_ended(first, name))
        else:
            first = name
            names.add(name)
    return names


def _ended(first: str, ending: str) -> str:
    """The name among those read that shares most with the first and ends so."""
    stems = [first[:at] for at, letter in enumerate(first) if letter == "_"]
    fitting = [stem + ending for stem in reversed(stems) if stem + ending in read()]
    return fitting[0] if fitting else first + ending


def rows() -> list[str]:
    """The rows of the table of configuration."""
    section = (ROOT / "README.md").read_text().split("## Configuration")[1]
    table = section.split("\n## ")[0]
    return [line for line in table.splitlines() if line.startswith("| `")]


def test_the_settings_are_read() -> None:
    assert {"DATABASE_URL", "EARWITNESS_S3_BUCKET", "SURFACES"} <= read()


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("| `LOG_LEVEL` | `INFO` |", {"LOG_LEVEL", "INFO"}),
        (
            "| `EARWITNESS_S3_REGION`, `_ENDPOINT` |",
            {"EARWITNESS_S3_REGION", "EARWITNESS_S3_ENDPOINT"},
        ),
    ],
)
def test_a_row_may_tell_of_several(row: str, names: set[str]) -> None:
    assert told(row) == names


def test_everything_that_is_read_is_told() -> None:
    known = set().union(*map(told, rows()))

    assert read() - known - OF_MAKE_RUN == set()


def test_everything_that_is_told_is_read() -> None:
    first_columns = {name for row in rows() for name in told(row.split("|")[1])}

    assert first_columns - read() == set()
