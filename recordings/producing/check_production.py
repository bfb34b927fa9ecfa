"""Checks a production of Earwitness. Wants Python 3.9+ and nothing else.

    python3 -I check_production.py [FOLDER] [--fingerprint HEX]...

FOLDER holds the unpacked papers, else the folder this file lies in; check_audit.py, which
came with it, must lie beside this file. The volumes may lie there as ZIP files or
unpacked. --fingerprint: of a key, told to you by another road than the package (a letter,
a certificate); without it a package can only agree with itself.

Exit status: 0 sound and under keys you named, 3 self-consistent only, 1 something is
wrong, 2 the papers cannot be read. It shares no code with what made the package.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import json
import sys
import zipfile
from pathlib import Path
from typing import IO, Any

SOUND, WRONG, UNREADABLE, SELF_CONSISTENT = 0, 1, 2, 3
SHOWN = 20
CHUNK = 1 << 20


def _beside(name: str) -> Any:
    """The module of a file that lies beside this one."""
    spec = importlib.util.spec_from_file_location(
        name, Path(__file__).with_name(f"{name}.py")
    )
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Check:
    """One look over a production; `found` holds what is wrong."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._audit = folder, _beside("check_audit")
        self.found: list[str] = []
        self._text = (folder / "manifest.json").read_bytes()
        self.manifest = json.loads(self._text)
        self._signed = self._data("manifest.signature.json")
        keys = self._data("keys.json").values()
        self._keys = [self._audit.Key(base64.b64decode(k["public"])) for k in keys]
        self.signers: set[str] = set()
        self.files = self.entries = self.unproved = 0
        self._zips: dict[int, zipfile.ZipFile] = {}

    def _data(self, name: str) -> Any:
        return json.loads((self._folder / name).read_bytes())

    def run(self) -> None:
        """Look at everything; ValueError, KeyError, OSError when it is no production."""
        if self.manifest["kind"] != "earwitness production":
            raise ValueError("the manifest is not that of a production")
        self._signature()
        for name, sha256 in self.manifest["papers"].items():
            with (self._folder / name).open("rb") as file:
                self._compare(name, file, sha256)
        for volume in self.manifest["volumes"]:
            self._volume(volume)
        for told in self.manifest["files"]:
            self._file(told)
        for volume in self.manifest["volumes"]:
            self._trail(volume)

    def _signature(self) -> None:
        signature = base64.b64decode(self._signed["signature"])
        for key in self._keys:
            if key.signed(self._text, signature):
                self.signers.add(key.fingerprint)
                return
        self.found.append("manifest.json is not signed by a key of the package")

    def _volume(self, told: Any) -> None:
        """The ZIP as a whole, where it is there; its files may lie unpacked instead."""
        path = self._folder / told["name"]
        if not path.exists():
            return
        with path.open("rb") as file:
            self._compare(told["name"], file, told["sha256"])
        try:
            self._zips[told["number"]] = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            self.found.append(f"{told['name']} is no ZIP file")

    def _file(self, told: Any) -> None:
        file = self._opened(told["name"], told["volume"])
        if file is None:
            self.found.append(f"{told['name']} is missing (volume {told['volume']})")
            return
        with file:
            self._compare(told["name"], file, told["sha256"])
        self.files += 1

    def _opened(self, name: str, volume: int) -> IO[bytes] | None:
        archive = self._zips.get(volume)
        try:
            return archive.open(name) if archive else (self._folder / name).open("rb")
        except (KeyError, FileNotFoundError, zipfile.BadZipFile):
            return None

    def _compare(self, name: str, file: IO[bytes], sha256: str) -> None:
        digest = hashlib.sha256()
        try:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
        except zipfile.BadZipFile:
            self.found.append(f"{name} is damaged")
            return
        if digest.hexdigest() != sha256:
            self.found.append(f"{name} is not what the manifest says")

    def _trail(self, told: Any) -> None:
        """Each entry with a proof leads to the root of its volume's checkpoint."""
        name = f"audit/{told['number']:03}"
        note = self._opened(f"{name}.checkpoint.txt", told["number"])
        lines = self._opened(f"{name}.jsonl", told["number"])
        if note is None or lines is None:
            self.found.append(f"{name}.jsonl or its checkpoint is missing")
            return
        with note, lines:
            one = self._checkpoint(name, note.read().decode())
            for line in lines:
                self._entry(name, json.loads(line), one)

    def _checkpoint(self, name: str, note: str) -> Any:
        if not note:
            return None
        one = self._audit.Checkpoint(note)
        key = one.key_among(self._keys)
        if key is None:
            self.found.append(f"{name}.checkpoint.txt is not signed by a known key")
        else:
            self.signers.add(key.fingerprint)
        return one

    def _entry(self, name: str, told: Any, one: Any) -> None:
        self.entries += 1
        if "path" not in told or one is None:
            self.unproved += 1
            return
        leaf = hashlib.sha256(b"\0" + told["entry"].encode()).digest()
        path = [base64.b64decode(step) for step in told["path"]]
        if not leads_to(leaf, told["position"], one.size, path, one.root):
            entry = json.loads(told["entry"]).get("id")
            self.found.append(f"{name}.jsonl: entry {entry} is not in the sealed log")


def leads_to(leaf: bytes, at: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether a leaf stands at that position below that root (RFC 9162, 2.1.3.2)."""
    last, found = size - 1, leaf
    if not 0 <= at < size:
        return False
    for sibling in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def report(check: Check, known: set[str]) -> int:
    """Say what was found; returns the exit status."""
    told = check.manifest
    _say(f"Production {told['production']}: {told['calls']} calls")
    _say(
        f"{check.files} of {len(told['files'])} files, {told['exceptions']} exceptions"
    )
    _say(f"{check.entries} entries of the log, {check.unproved} of them not sealed yet")
    for one in sorted(check.signers):
        is_known = "as named" if one in known else "not named to this check"
        _say(f"Signed with the key {one} ({is_known})")
        if known and one not in known:
            check.found.append(f"the key {one} is not one that you named")
    for what in check.found[:SHOWN]:
        _say(f"WRONG: {what}")
    if check.found:
        _say(f"WRONG: {len(check.found)} findings")
        return WRONG
    if not known:
        _say("SELF-CONSISTENT ONLY: name the key with --fingerprint")
    return SOUND if known else SELF_CONSISTENT


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Check a production.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--fingerprint", action="append", default=[])
    told = parser.parse_args()
    try:
        check = Check(told.folder)
        check.run()
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        _say(f"This is no production that can be read: {error!r}")
        return UNREADABLE
    return report(check, {one.lower() for one in told.fingerprint})


if __name__ == "__main__":
    sys.exit(main())
