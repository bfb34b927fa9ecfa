"""What docs/check-the-log.md tells to type, typed: openssl and a shell find the root."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from compliance.audit import pack
from tests import evidence
from tests.architecture.tree import ROOT
from tests.services import require_service

TOLD = (ROOT / "docs" / "check-the-log.md").read_text()
TYPED = "\n".join(re.findall(r"```sh\n(.*?)```", TOLD, flags=re.DOTALL))
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A pack of eleven entries under two seals."""
    folder = tmp_path_factory.mktemp("pack")
    with django_db_blocker.unblock(), evidence.emptied():
        evidence.fill(6)
        evidence.seal_all()
        evidence.fill(5, first=6)
        evidence.seal_all()
        pack.write(folder, now=timezone.now())
    return folder


def _typed(folder: Path) -> list[str]:
    require_service(
        "openssl", "apt-get install openssl", found=bool(shutil.which("openssl"))
    )
    done = subprocess.run(
        ["sh", "-e", "-c", TYPED],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_it_works(made: Path) -> None:
    fingerprint, signature, root, signed_root = _typed(made)

    assert fingerprint.split("= ")[1] == evidence.known()[0]
    assert signature == "Signature Verified Successfully"
    assert root == signed_root


def test_a_changed_entry_gives_another_root(made: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(made, changed)
    entries = (changed / "entries.jsonl").read_text()
    (changed / "entries.jsonl").write_text(entries.replace('"r3"', '"r4"'))

    *_rest, root, signed_root = _typed(changed)
    assert root != signed_root


def test_the_files_of_a_pack_are_told(made: Path) -> None:
    told = set(re.findall(r"^\| `([a-z_.]+)` \|", TOLD, flags=re.MULTILINE))
    typed = {"key.der", "body.txt", "signature.bin", "tree"}
    assert {path.name for path in made.iterdir()} - typed == told
