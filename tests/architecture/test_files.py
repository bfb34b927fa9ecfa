"""Files stay short, and know nothing of the machine they were written on."""

import re

import pytest

from tests.architecture.tree import PRODUCT, ROOT, files, text

MOST_LINES = 300
LISTS = {
    "portal/settings.py": 490,
    "compliance/audit/check_audit.py": 390,
    "compliance/audit/ocsf.py": 400,
}
"""Long because it is one list that is read as one, or handed out as one file."""
WRITTEN = {".py", ".js", ".css", ".html"}
HOMES = re.compile(r"/(?:home|Users)/[a-z]\w*/|/root/|C:\\Users", re.IGNORECASE)
NOT_SEARCHED = {"package-lock.json", "test_files.py"}
SHORTEST_HOME = 2
"""A checkout right below the root has a name like any folder."""


def test_files_of_the_product_are_short() -> None:
    lengths = {
        path.as_posix(): text(path).count("\n")
        for path in files()
        if path.parts[0] in PRODUCT
        and path.suffix in WRITTEN
        and "migrations" not in path.parts
    }

    assert len(lengths) > 200
    long = {
        name: lines
        for name, lines in lengths.items()
        if lines > LISTS.get(name, MOST_LINES)
    }
    assert long == {}, f"at most {MOST_LINES} lines a file: divide what grew"


@pytest.mark.parametrize("line", ["/home/me/x", "in /root/.cache", r"C:\Users\me"])
def test_a_machines_path_is_known(line: str) -> None:
    assert HOMES.search(line)


def test_no_file_names_a_machine() -> None:
    here = re.compile(re.escape(f"{ROOT}/"))
    kinds = [HOMES, here] if len(ROOT.parts) > SHORTEST_HOME else [HOMES]
    named = {
        f"{path}: {found.group()}"
        for path in files()
        if path.name not in NOT_SEARCHED
        for kind in kinds
        for found in [kind.search(text(path))]
        if found
    }

    assert named == set()
