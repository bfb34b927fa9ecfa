"""The papers of a production: index, exceptions, signed manifest, and the checker.

docs/production.md tells what they hold. The manifest is RFC 8785 text; its signature is
that of the key that seals the audit log.
"""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import excerpt, pack, sealing_keys
from compliance.canonical import canonical_text
from compliance.cells import safe
from compliance.models import Person
from recordings.models import Party, ProducedItem, Production, Recording, Volume
from recordings.producing.zipping import Member, chunks_of

VERSION = 1
PAGE = 500
CHECKER = Path(__file__).with_name("check_production.py")
INDEX = (
    "volume", "file", "call", "recording", "part", "began", "ended", "team",
    "direction", "parties", "duration_ms", "bytes", "sha256",
)  # fmt: skip
EXCEPTIONS = ("call", "recording", "part", "began", "team", "reason", "state", "file")


def members(volume: Volume, files: ExitStack) -> Iterator[Member]:
    """Write the papers into a folder here; returns them as members of the ZIP."""
    folder = Path(files.enter_context(tempfile.TemporaryDirectory()))
    write(folder, volume.production)
    for path in sorted(folder.iterdir()):
        file = files.enter_context(path.open("rb"))
        size = path.stat().st_size
        yield Member(path.name, size, volume.asked_at, chunks_of(file))


def write(folder: Path, production: Production) -> None:
    """All files of the papers, in an empty folder."""
    _index(folder / "index.csv", production)
    _exceptions(folder / "exceptions.csv", production)
    _json(folder / "keys.json", excerpt.keys())
    shutil.copy(CHECKER, folder / CHECKER.name)
    shutil.copy(pack.CHECKER, folder / pack.CHECKER.name)
    text = canonical_text(_manifest(production, _hashes(folder)))
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    key_id, signature = sealing_keys.sign(text)
    signed = {"key": key_id, "signature": signature, **excerpt.keys()[key_id]}
    _json(folder / "manifest.signature.json", signed)
    Production.objects.filter(pk=production.pk).update(
        manifest_sha256=hashlib.sha256(text.encode()).hexdigest(),
        key_fingerprint=signed["fingerprint"],
    )


def volume_name(volume: Volume) -> str:
    """What a volume is called outside: by ids alone."""
    number = "papers" if volume.is_papers else f"{volume.number:03}"
    return f"production-{str(volume.production_id)[:8]}-{number}.zip"


def _manifest(production: Production, papers: dict[str, str]) -> dict[str, Any]:
    made = production.items.exclude(file="")
    rows = made.order_by("position").values_list(
        "file", "volume__number", "bytes", "sha256"
    )
    return {
        "kind": "earwitness production",
        "version": VERSION,
        "production": str(production.pk),
        "asked_at": _instant(production.asked_at),
        "to": production.to,
        "recipient": production.recipient,
        "matter": production.matter,
        "basis": production.basis,
        "calls": production.calls,
        "recordings": production.recordings,
        "list_sha256": production.list_sha256,
        "exceptions": production.items.exclude(problem="").count(),
        "papers": papers,
        "volumes": [
            {
                "name": volume_name(one),
                "number": one.number,
                "bytes": one.size,
                "sha256": one.sha256,
            }
            for one in production.volumes.filter(number__gt=0).order_by("number")
        ],
        "files": [
            {"name": name, "volume": volume, "bytes": size, "sha256": sha256}
            for name, volume, size, sha256 in rows.iterator(chunk_size=PAGE)
        ],
    }


def _index(path: Path, production: Production) -> None:
    rows = _items(production.items.exclude(file=""))
    _csv(path, INDEX, (_indexed(item, production.asked_by) for item in rows))


def _indexed(item: ProducedItem, reader: Person) -> list[object]:
    call, part = item.call, item.recording
    assert part is not None  # noqa: S101 - what has a file is a recording
    whole = policy.allows(reader, Verb.REVEAL_NUMBER, call)
    parties = "; ".join(_party(one, whole=whole) for one in call.parties.all())
    return [
        item.volume.number if item.volume else "",
        item.file,
        call.pk,
        part.pk,
        part.part,
        _zoned(part.started_at or call.started_at),
        _zoned(part.ended_at or call.ended_at),
        call.team.name,
        call.direction,
        parties,
        part.duration_ms or "",
        item.bytes,
        item.sha256,
    ]


def _party(party: Party, *, whole: bool) -> str:
    """Role, name and number, as far as the asker's rights reach."""
    number = party.number
    told = (number.e164 if whole else number.masked) if number else ""
    return " ".join(
        word for word in (party.role, party.name if whole else "", told) if word
    )


def _exceptions(path: Path, production: Production) -> None:
    rows = _items(production.items.exclude(problem=""))
    _csv(path, EXCEPTIONS, (_excepted(item) for item in rows))


def _excepted(item: ProducedItem) -> list[object]:
    call, part = item.call, item.recording
    return [
        call.pk,
        part.pk if part else "",
        part.part if part else "",
        _zoned((part.started_at if part else None) or call.started_at),
        call.team.name,
        ProducedItem.Problem(item.problem).label,
        Recording.State(item.state).label if item.state else "",
        item.file,
    ]


def _items(rows: QuerySet[ProducedItem]) -> Iterator[ProducedItem]:
    """With their calls and the parties of these, a page at a time."""
    parties = Party.objects.select_related("number").order_by("joined_at", "id")
    full = rows.select_related("call__team", "recording", "volume").prefetch_related(
        Prefetch("call__parties", queryset=parties)
    )
    return full.order_by("position").iterator(chunk_size=PAGE)


def _csv(path: Path, header: Iterable[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows([safe(str(cell)) for cell in row] for row in rows)


def _json(path: Path, told: object) -> None:
    text = json.dumps(told, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def _hashes(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def _zoned(moment: datetime | None) -> str:
    """In the legal time zone, with its distance from UTC."""
    if moment is None:
        return ""
    zone = ZoneInfo(settings.LEGAL_TIME_ZONE)
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
