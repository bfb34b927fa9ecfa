"""Checks an export pack of Earwitness' audit log. Wants Python 3.9+ and nothing else.

    python3 -I check_audit.py [PACK] [--fingerprint HEX]... [--anchors FILE]...

PACK is the folder of the pack, else the one this file lies in. --fingerprint: of a key,
told to you by another road than the pack (the first anchor, a letter, a certificate);
without it a pack can only agree with itself. --anchors: checkpoints that you hold
yourself, as lines of JSON with a "place" and a "note".

Exit status: 0 sound and under keys you named, 3 self-consistent only, 1 something is
wrong, 2 the pack cannot be read. It shares no code with what made the pack.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SOUND, WRONG, UNREADABLE, SELF_CONSISTENT = 0, 1, 2, 3
SHOWN = 20
Point = tuple[int, int, int, int]

# Ed25519, as RFC 8032 writes it: points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ZERO = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def _decompress(data: bytes) -> Point:
    """The point of 32 bytes; ValueError for what is none."""
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or (x * x - square) % P or (x == 0 and sign):
        raise ValueError("not a public key")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _compress(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return int(y | (x & 1) << 255).to_bytes(32, "little")


def _table(point: Point) -> list[list[Point]]:
    """Multiples by 0..15 of 16^i times the point: multiplying is then 64 additions."""
    rows = []
    for _digit in range(64):
        row = list(itertools.accumulate([point] * 15, _add))
        rows.append([ZERO, *row])
        point = _add(row[-1], point)
    return rows


def _times(table: list[list[Point]], factor: int) -> Point:
    total = ZERO
    for row in table:
        total = _add(total, row[factor & 15])
        factor >>= 4
    return total


BASE = _table(_decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little")))


class Key:
    """A public key of the pack."""

    def __init__(self, public: bytes) -> None:
        x, y, z, t = _decompress(public)
        self.public, self._minus = public, _table((P - x, y, z, P - t))
        self.fingerprint = hashlib.sha256(public).hexdigest()

    def hash_for(self, origin: str) -> bytes:
        """The four bytes by which a signed note names it."""
        return hashlib.sha256(origin.encode() + b"\n\x01" + self.public).digest()[:4]

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature fits (RFC 8032, 5.1.7)."""
        s = int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or s >= L:
            return False
        digest = hashlib.sha512(signature[:32] + self.public + message).digest()
        h = int.from_bytes(digest, "little") % L
        return (
            _compress(_add(_times(BASE, s), _times(self._minus, h))) == signature[:32]
        )


class Tree:
    """The tree of RFC 9162, 2.1: its complete subtrees, from the largest to the last."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, done: bytes, level: int = 0) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash, or a whole subtree's: the level, index, hash of each made."""
        at, made = self.size >> level, []
        if at << level != self.size:
            raise ValueError("a subtree does not fit where it stands")
        self.size += 1 << level
        while at & 1:
            done = hashlib.sha256(b"\1" + self._peaks.pop() + done).digest()
            level, at = level + 1, at >> 1
            made.append((level, at, done))
        self._peaks.append(done)
        return made

    def root(self) -> bytes:
        """The root of what was appended so far."""
        total = self._peaks[-1] if self._peaks else hashlib.sha256(b"").digest()
        for peak in reversed(self._peaks[:-1]):
            total = hashlib.sha256(b"\1" + peak + total).digest()
        return total


class Checkpoint:
    """A signed note (C2SP tlog-checkpoint). ValueError, KeyError for what is none."""

    def __init__(self, note: str) -> None:
        body, _gap, signed = note.partition("\n\n")
        self.body = f"{body}\n".encode()
        self.origin, size, root, *more = body.split("\n")
        told = dict(line.partition(" ")[::2] for line in more)
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        self.epoch = int(self.origin.rpartition("/")[2])
        self.previous, self.sealed = told["previous"], told["sealed"]
        self.fork = told.get("fork", "").split()
        self.horizon = int(told["horizon"])
        start = f"\u2014 {self.origin} "
        lines = [line for line in signed.split("\n") if line.startswith(start)]
        self._signature = base64.b64decode("".join(lines[:1])[len(start) :])

    def key_among(self, keys: list[Key]) -> Key | None:
        """The key that signed it, or None when none of these did."""
        named, signature = self._signature[:4], self._signature[4:]
        fitting = (key for key in keys if key.hash_for(self.origin) == named)
        return next((key for key in fitting if key.signed(self.body, signature)), None)

    def accounts_for(self, held: Checkpoint) -> bool:
        """Whether it tells, for two people, of a restore that lost what `held` is of."""
        if len(self.fork) < 6 or self.fork[5] != held.origin:
            return False
        return int(self.fork[0]) < held.size <= int(self.fork[2])


class Check:
    """One look over a pack; `found` holds what is wrong: at which position, and what."""

    def __init__(self, folder: Path, outside: list[Any]) -> None:
        self._folder, self._tree = folder, Tree()
        self.found: list[tuple[int, str]] = []
        self.manifest = self._data("manifest.json")
        keys = self._data("keys.json").values()
        self._keys = [Key(base64.b64decode(key["public"])) for key in keys]
        self.signers: set[str] = set()
        self.chain: list[Checkpoint] = []
        for told in self._lines("checkpoints.jsonl"):
            if one := _read(told["note"]):
                self.chain.append(one)
            else:
                self.find(told["size"] - 1, f"seal {told['id']} is no checkpoint")
        self.anchors = [*self._lines("anchors.jsonl"), *outside]
        lost = [_read(one["note"]) for one in self._lines("restores.jsonl")]
        self._restores = [one for one in lost if one and one.key_among(self._keys)]
        self.unsealed = 0
        self._nodes = {(level, at): h for level, at, h in self._lines("nodes.jsonl")}
        notes = [_read(one["note"]) for one in self.anchors]
        self._roots = {one.size: b"" for one in self.chain + notes if one}
        self._last, self._floor, self._ceiling = (0, ""), 0, 0

    def _data(self, name: str) -> Any:
        return json.loads((self._folder / name).read_bytes())

    def _lines(self, name: str) -> Iterator[Any]:
        with (self._folder / name).open("rb") as file:
            yield from map(json.loads, file)

    def find(self, position: int, what: str) -> None:
        """Something is wrong at that position."""
        self.found.append((position, what))

    def run(self) -> None:
        """Look at everything; ValueError, KeyError, OSError when it is no pack."""
        self._signatures()
        proof = self._data("proof.json")
        for level, done in proof["before"]:
            self._grow(bytes.fromhex(done), level)
        before = None
        files = [self._folder / name for name in ("entries.jsonl", "leaves.bin")]
        with files[0].open("rb") as entries, files[1].open("rb") as leaves:
            for one in self.chain:
                self._begin(before, one)
                while self._tree.size < min(one.size, self.manifest["size"]):
                    self._entry(entries.readline().rstrip(b"\n"), leaves.read(32))
                before = one
        for level, done in proof["after"]:
            self._grow(bytes.fromhex(done), level)
        self._compare()
        self._told()
        self.found.sort(key=lambda found: found[0])

    def _signatures(self) -> None:
        """Each checkpoint is signed, and names the one before it."""
        before = None
        for one in self.chain:
            key, at, name = (
                one.key_among(self._keys),
                one.size - 1,
                f"the seal of {one.sealed}",
            )
            if key:
                self.signers.add(key.fingerprint)
            else:
                self.find(at, f"{name} is not signed by a key of the pack")
            # one beyond the pack's own entries is tied to them by proof.json
            if before and one.size <= self.manifest["size"]:
                if one.previous != hashlib.sha256(before.body).hexdigest():
                    self.find(at, f"{name} does not follow the one before it")
                if (one.epoch, one.size) < (before.epoch, before.size):
                    self.find(at, f"{name} goes back")
            before = one

    def _begin(self, before: Checkpoint | None, one: Checkpoint) -> None:
        """A seal takes whole transactions, from the horizon of the one before to its own.

        One that opens an epoch takes entries of another database, whose numbers are any.
        """
        opens = before is not None and before.epoch != one.epoch
        self._floor = 0 if before is None or opens else before.horizon
        self._ceiling = 2**64 if opens else one.horizon
        self._last = (0, "")

    def _entry(self, line: bytes, leaf: bytes) -> None:
        """An entry is what was sealed at its position, and stands in the log's order."""
        at = self._tree.size
        if not line or not any(leaf):
            self.find(
                at, "the leaf of an entry is gone" if line else "an entry is gone"
            )
        elif hashlib.sha256(b"\0" + line).digest() != leaf:
            self.find(at, f"entry {_place(line)[1]} is not what was sealed here")
        if line:
            place = _place(line)
            if place <= self._last or not self._floor <= place[0] < self._ceiling:
                self.find(
                    at, f"entry {place[1]} is not in its place in the log's order"
                )
            self._last = place
        for level, index, node in self._grow(leaf):
            is_kept = level % 8 == 0 and index << level >= self.manifest["first"]
            if is_kept and self._nodes.pop((level, index), "") != node.hex():
                self.find(
                    at, f"node {index} of level {level} is not what its leaves give"
                )

    def _grow(self, done: bytes, level: int = 0) -> list[tuple[int, int, bytes]]:
        made = self._tree.append(done, level)
        if self._tree.size in self._roots:
            self._roots[self._tree.size] = self._tree.root()
        return made

    def _compare(self) -> None:
        """The roots that the entries give are those that were signed, here and outside."""
        bad = [one for one in self.chain if self._roots[one.size] != one.root]
        for one in bad[:1]:
            self.find(
                one.size - 1,
                f"up to here the log is not what was sealed on {one.sealed}",
            )
        for told in self.anchors:
            self._compare_one(told["note"], f"the anchor in {told['place']}")

    def _compare_one(self, note: str | None, where: str) -> None:
        end, one = self._tree.size, _read(note)
        if note is None:
            self.find(end, f"{where} is gone")
        elif one is None or not one.key_among(self._keys):
            self.find(end, f"{where} is not signed by a key of the pack")
        elif any(fork.accounts_for(one) for fork in self._restores):
            return
        elif one.size > end:
            more = f"{where} of {one.sealed} holds {one.size} entries"
            self.find(end, f"the log ends here; {more}: the end was removed")
        elif self._roots[one.size] not in (b"", one.root):
            self.find(one.size - 1, f"{where} of {one.sealed} contradicts the log")

    def _told(self) -> None:
        """What no hash can tell: entries left out of the seals, and what the maker saw."""
        end = self._tree.size
        for entry in self._lines("unsealed.jsonl"):
            self.unsealed += 1
            if int(entry["xid"]) < self.chain[-1].horizon:
                self.find(end, f"entry {entry['id']} was put in below the last seal")
        for level, index in self._nodes:
            self.find(end, f"node {index} of level {level} belongs to nothing")
        for position, reason in self.manifest["seen"]:
            self.find(position, f"the maker of the pack saw: {reason}")


def _read(note: str | None) -> Checkpoint | None:
    """The checkpoint of a note; None for what is none."""
    try:
        return Checkpoint(note or "")
    except (ValueError, KeyError):
        return None


def _place(line: bytes) -> tuple[int, str]:
    """Where an entry stands in the log's order: its transaction, its id."""
    content = json.loads(line)
    return int(content.get("xid", -1)), str(content.get("id"))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def report(check: Check, known: set[str]) -> int:
    """Say what was found; returns the exit status."""
    first, end = check.manifest["first"], check.manifest["size"]
    _say(
        f"Entries {first} to {end - 1}, {len(check.chain)} seals, {len(check.anchors)} anchors"
    )
    for one in sorted(check.signers):
        is_known = "as named" if one in known else "not named to this check"
        _say(f"Signed with the key {one} ({is_known})")
        if known and one not in known:
            check.find(end, f"the key {one} is not one that you named")
    _say(f"Not sealed yet, so provable by nobody: {check.unsealed} entries")
    for position, what in check.found[:SHOWN]:
        _say(f"WRONG at {position}: {what}")
    if check.found:
        _say(f"WRONG: {len(check.found)} findings, the first at {check.found[0][0]}")
        return WRONG
    if not known:
        _say("SELF-CONSISTENT ONLY: name the key with --fingerprint")
    return SOUND if known else SELF_CONSISTENT


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Check an export pack of the audit log."
    )
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--fingerprint", action="append", default=[])
    parser.add_argument("--anchors", action="append", default=[], type=Path)
    told = parser.parse_args()
    try:
        held = [json.loads(line) for file in told.anchors for line in file.open("rb")]
        check = Check(told.pack, held)
        check.run()
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        _say(f"This is no pack that can be read: {error!r}")
        return UNREADABLE
    return report(check, {one.lower() for one in told.fingerprint})


if __name__ == "__main__":
    sys.exit(main())
