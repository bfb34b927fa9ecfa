"""Writes an export pack: a part of the log that others can check without us.

docs/check-the-log.md tells what its files hold. `check_audit.py`, which goes with it,
reads nothing else.
"""

import base64
import hashlib
import hmac
import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from compliance.audit import restores, sealing_keys, stream, triggers
from compliance.audit.canonical import Leaf
from compliance.audit.chain import says_the_same
from compliance.audit.checkpoint import fingerprint, note_of
from compliance.audit.findings import Kind
from compliance.audit.outside import Held
from compliance.audit.stored_tree import Missing, StoredTree
from compliance.audit.stream import Sealed
from compliance.audit.tree import peaks
from compliance.audit.verify import EVERYTHING, newest_seal
from compliance.keys import keyring
from compliance.models import AuditSeal

CHECKER = Path(__file__).with_name("check_audit.py")
FORMAT = 1
MOST_SEEN = 100
PROGRESS = 5_000
"""Entries between two calls that tell how far it is."""

Told = Callable[[int], None]


class NothingSealed(Exception):
    """There is no seal yet, or none of that time: nothing could be proved."""


def write(
    folder: Path,
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    outside: Iterable[Held] = (),
    told: Told = lambda entries: None,
) -> int:
    """Write the pack of what was sealed between these instants into an empty folder.

    It begins after the newest seal of before, and ends with the first one after;
    what was written at the very end may have been sealed later. told: called with the
    number of entries written so far. Returns how many. Raises NothingSealed.
    """
    with stream.snapshot():
        writer = _Writer(folder, since, until)
        writer.keys()
        writer.seals()
        writer.proof()
        writer.anchors(outside)
        entries = writer.entries(told)
        writer.unsealed()
        shutil.copy(CHECKER, folder / CHECKER.name)
        writer.manifest(now=now, since=since, until=until)
    return entries


def zipped(folder: Path, file: IO[bytes]) -> None:
    """The files of a pack as one zip."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)


class _Writer:
    """Writes the files of one pack."""

    def __init__(
        self, folder: Path, since: datetime | None, until: datetime | None
    ) -> None:
        newest = newest_seal()
        if newest is None:
            raise NothingSealed
        self._folder, self._newest = folder, newest
        self._base = newest_seal(since) if since else None
        later = AuditSeal.objects.filter(sealed_at__gte=until) if until else None
        self._last = (later.order_by("id").first() if later else None) or newest
        self._first = self._base.size if self._base else 0
        self._publics = sealing_keys.publics()
        self._macs = {key.id: key.secret for key in keyring("audit_mac").keys}
        self._seen: list[tuple[int, str]] = []

    def keys(self) -> None:
        """The public keys of the ring."""
        keys = {
            key_id: {
                "public": base64.b64encode(public).decode(),
                "fingerprint": fingerprint(public),
            }
            for key_id, public in self._publics.items()
        }
        self._write("keys.json", keys)

    def seals(self) -> None:
        """The seal that the part begins after, those of the part, and the newest."""
        seals = AuditSeal.objects.filter(
            id__gte=self._base.id if self._base else 0, id__lte=self._last.id
        ).order_by("id")
        with self._open("checkpoints.jsonl") as file:
            for seal in seals.iterator(chunk_size=500):
                _line(file, self._note(seal))
            if self._newest.id > self._last.id:
                _line(file, self._note(self._newest))
        with self._open("restores.jsonl") as file:
            for seal in restores.statements():
                _line(file, self._note(seal))
        newest = str(self._note(self._newest)["note"])
        (self._folder / "newest.txt").write_text(newest, encoding="utf-8")

    def _note(self, seal: AuditSeal) -> dict[str, Any]:
        """A seal as it stands in its row, be it genuine or not."""
        try:
            signature = seal.signature_bytes
        except ValueError:
            signature = b""
        genuine = sealing_keys.checkpoint_of(seal)
        if genuine and not says_the_same(seal, genuine):
            self._see(seal.size - 1, str(Kind.SEAL_ROW.label))
        public = self._publics.get(seal.key_id, bytes(32))
        note = note_of(seal.body, signature, public)
        return {"id": seal.id, "size": seal.size, "note": note}

    def proof(self) -> None:
        """What stands before the part, and between it and the newest seal, as hashes."""
        tree = StoredTree()
        before = [_subtree(tree, *peak) for peak in peaks(self._first)]
        after, at = [], self._last.size
        for level, index in _between(at, self._newest.size):
            after.append(_subtree(tree, level, index))
        self._write("proof.json", {"before": before, "after": after})

    def anchors(self, outside: Iterable[Held]) -> None:
        """What is held outside the database; no note where it ought to be."""
        with self._open("anchors.jsonl") as file:
            for one in outside:
                told = {"place": one.place, "name": one.name, "note": one.note}
                _line(file, told)

    def entries(self, told: Told) -> int:
        """Entries, leaves and kept nodes of the part; an empty line: an entry is gone."""
        first, end = self._first, self._last.size
        with ExitStack() as files:
            lines, leaves = map(
                files.enter_context, map(self._open, ("entries.jsonl", "leaves.bin"))
            )
            for here in stream.sealed(first, end):
                lines.write(self._entry(here))
                leaves.write(here.hash or bytes(32))
                done = here.position + 1 - first
                if not done % PROGRESS:
                    told(done)
        with self._open("nodes.jsonl") as file:
            for level, index, kept in stream.nodes(first, end):
                _line(file, (level, index, kept.hex()))
        return end - first

    def _entry(self, here: Sealed) -> bytes:
        if here.leaf is None:
            told = {"id": here.entry_id, "columns": list(here.raw)}
            return json.dumps(told).encode() + b"\n" if here.raw else b"\n"
        self._authentic(here.position, here.leaf)
        return here.leaf.sealed + b"\n"

    def _authentic(self, position: int, leaf: Leaf) -> None:
        """The MAC is under a secret key: only we can say whether it fits."""
        secret = self._macs.get(leaf.mac_key_id)
        if secret and hmac.digest(secret, leaf.signed, "sha256").hex() != leaf.mac:
            self._see(position, f"{Kind.FORGED.label}: {leaf.id}")

    def unsealed(self) -> None:
        """Entries that no seal covers; those below a seal were put in later."""
        base = self._base.horizon if self._base else 0
        with self._open("unsealed.jsonl") as file:
            for entry_id, xid, leaf in stream.unsealed(base):
                if leaf is None:
                    _line(file, {"id": entry_id, "xid": str(xid)})
                    continue
                self._authentic(self._newest.size, leaf)
                file.write(leaf.sealed + b"\n")

    def manifest(
        self, *, now: datetime, since: datetime | None, until: datetime | None
    ) -> None:
        """What the pack is, what no hash can tell, and the hashes of its files."""
        end = self._newest.size
        for name in triggers.off():
            self._see(end, f"{Kind.GUARD_OFF.label}: {name}")
        if beyond := next(stream.sealed(end, EVERYTHING), None):
            self._see(beyond.position, str(Kind.EXTRA_LEAF.label))
        if node := next(stream.nodes(end, EVERYTHING), None):
            self._see(end, f"{Kind.NODE.label}: {node[0]}/{node[1]}")
        told = {
            "format": FORMAT,
            "made": _instant(now),
            "since": _instant(since),
            "until": _instant(until),
            "first": self._first,
            "size": self._last.size,
            "newest": self._newest.size,
            "seen": self._seen,
            "sha256": dict(self._hashes()),
        }
        self._write("manifest.json", told)

    def _hashes(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self._folder.iterdir()):
            with path.open("rb") as file:
                yield path.name, hashlib.file_digest(file, "sha256").hexdigest()

    def _see(self, position: int, what: str) -> None:
        if len(self._seen) < MOST_SEEN:
            self._seen.append((position, what))

    def _open(self, name: str) -> IO[bytes]:
        return (self._folder / name).open("wb")

    def _write(self, name: str, told: object) -> None:
        text = json.dumps(told, indent=1, ensure_ascii=False)
        (self._folder / name).write_text(f"{text}\n", encoding="utf-8")


def _between(at: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees that lead from a tree of one size to one of another."""
    while at < end:
        level = min((at & -at).bit_length() if at else 63, (end - at).bit_length()) - 1
        yield level, at >> level
        at += 1 << level


def _subtree(tree: StoredTree, level: int, index: int) -> tuple[int, str]:
    """The hash of a subtree; zeros where the tree has a hole: no root will fit."""
    try:
        return level, tree(level, index).hex()
    except Missing:
        return level, bytes(32).hex()


def _line(file: IO[bytes], told: object) -> None:
    file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
