"""The secrets of a first run."""

import json
from pathlib import Path
from typing import Any

import pytest

from compliance.keys import RINGS, keyring
from portal import first_keys


def read(path: Path) -> dict[str, Any]:
    keys: dict[str, Any] = json.loads(path.read_text())
    return keys


def test_a_first_run_makes_a_secret_and_every_ring(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first_keys.ensure(path)
    assert len(read(path)["secret_key"]) >= 50
    assert read(path)["rings"].keys() == RINGS.keys()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first_keys.ensure(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first_keys.ensure(path)
    before = path.read_bytes()
    first_keys.ensure(path)
    assert path.read_bytes() == before


def test_a_ring_of_a_newer_version_is_added_and_the_rest_is_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys.json"
    first_keys.ensure(path)
    before = read(path)
    without = {**before, "rings": dict(before["rings"]), "mine": "kept"}
    del without["rings"]["audit_mac"]
    path.write_text(json.dumps(without))

    first_keys.ensure(path)

    after = read(path)
    assert after["secret_key"] == before["secret_key"]
    assert after["mine"] == "kept"
    assert after["rings"].keys() == RINGS.keys()
    assert after["rings"]["number_lookup"] == before["rings"]["number_lookup"]


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_damaged_file_is_never_written_over(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(first_keys.DamagedKeys, match="restore it from a backup"):
        first_keys.ensure(path)
    assert path.read_text() == text


def test_the_rings_open_what_they_closed(tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "keys.json"
    first_keys.ensure(path)
    settings.KEY_RINGS = read(path)["rings"]
    ring = keyring("number_encryption")
    assert ring.decrypt(ring.encrypt("a secret")) == "a secret"
