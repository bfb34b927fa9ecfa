"""The journal: what a restored database would have forgotten, kept where it cannot.

A page tells of acts in ids and codes, is signed, and lies in the vault under one key for
ever. What cannot be undone waits for its page: nothing is destroyed before the vault has
taken it. What keeps (a hold, a restriction) or destroys nothing (a release) happens at
once; its page is owed, put within seconds, and rings when it is late.
"""

import base64
import json
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction

from compliance import vault
from compliance.audit import sealing_keys
from compliance.canonical import canonical, canonical_text
from compliance.models import (
    Installation,
    JournalEntry,
    JournalMark,
    JournalPage,
)
from compliance.vault import Missing, VaultError

logger = logging.getLogger(__name__)

FORMAT = "earwitness journal"
VERSION = 1
OVERDUE = timedelta(minutes=15)
SLACK = timedelta(hours=1)
"""A page may be committed, and put, so much later than the time in its name."""
PAGE = 200
Kind = JournalEntry.Kind


class NotAPage(ValueError):
    """What lies in the vault is no page that a key of ours has signed."""


@dataclass(frozen=True)
class Act:
    """One act upon one thing. said: the rest of it, in codes, ids and numbers."""

    kind: JournalEntry.Kind
    item_kind: str
    item_id: UUID
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Read:
    """A page as the vault has it, its signature checked."""

    name: str
    body: str
    key_id: str
    signature: str
    written_at: datetime
    acts: tuple[Act, ...]


def owe(acts: Collection[Act], *, now: datetime) -> None:
    """Write a page of acts that happen in this very transaction; the vault gets it soon
    after. The caller is in `atomic()`."""
    if acts:
        _write(acts, now)


def before_destruction(acts: Collection[Act], *, now: datetime) -> None:
    """Have the vault take that these are destroyed or redacted: from here on they may be.

    The caller has claimed each of them, so that there is no way back. Repeated after a
    worker died, it puts what that one wrote. Raises VaultError: then nothing may go.
    """
    ids, kinds = [act.item_id for act in acts], {act.kind for act in acts}
    told = JournalEntry.objects.filter(kind__in=kinds, item_id__in=ids)
    names = [(act.item_kind, act.item_id, act.said.get("key")) for act in acts]
    with transaction.atomic(durable=True):
        known = set(told.values_list("item_kind", "item_id", "said__key"))
        fresh = [a for a, name in zip(acts, names, strict=True) if name not in known]
        if fresh:
            _write(fresh, now)
    pages = JournalPage.objects.filter(put_at=None, pk__in=told.values("page"))
    for page in pages:
        _put(page, now)


def destructions_of(item_kind: str, ids: Collection[UUID]) -> dict[UUID, JournalEntry]:
    """What the journal said when each of these things began to be destroyed."""
    rows = JournalEntry.objects.filter(kind=Kind.DESTRUCTION, item_id__in=ids)
    mine = rows.filter(item_kind=item_kind).select_related("page")
    first_last = mine.order_by("-pk")  # the first that was said stays
    return {entry.item_id: entry for entry in first_last}


def settle(*, now: datetime, limit: int = PAGE) -> int:
    """Put pages that are owed, the oldest first; returns how many the vault took.

    A vault that does not answer is asked again the next time.
    """
    taken = 0
    owed = JournalPage.objects.filter(put_at=None).order_by("written_at", "pk")
    for page in owed[:limit]:
        try:
            _put(page, now)
        except VaultError as error:
            logger.warning("journal.owed", extra={"error": type(error).__name__})
            break
        taken += 1
    return taken


def is_overdue(*, now: datetime) -> bool:
    """Whether a page has been owed for a quarter of an hour."""
    late = JournalPage.objects.filter(put_at=None, written_at__lte=now - OVERDUE)
    return late.exists()


def unknown(*, everything: bool = False) -> Iterator[str]:
    """Names of pages in the vault that this database does not know, or has not brought
    back yet: in the order of writing, streamed.

    everything: from the first on; else from an hour before the last comparison that found
    none (`compared`). Raises VaultError.
    """
    folder = _folder()
    after = "" if everything else _compared_up_to(folder)
    batch: list[str] = []
    for name in vault.vault().keys(f"{folder}/", after=after):
        batch.append(name)
        if len(batch) == PAGE:
            yield from _unknown_of(batch)
            batch = []
    yield from _unknown_of(batch)


def compared(*, now: datetime) -> None:
    """Note that the vault holds nothing up to now that this database does not know."""
    JournalMark.objects.update_or_create(only=True, defaults={"compared_at": now})


def read(name: str) -> Read:
    """A page of the vault. Raises NotAPage, VaultError."""
    try:
        content = json.loads(vault.vault().read(name))
        body, key_id = content["body"], str(content["key"])
        signature = base64.b64decode(content["signature"], validate=True)
        text = canonical_text(body)
        _require_signature(text, key_id, signature)
        if body["format"] != FORMAT or body["name"] != name:
            raise NotAPage
        return Read(
            name=name,
            body=text,
            key_id=key_id,
            signature=content["signature"],
            written_at=datetime.fromisoformat(body["at"]),
            acts=tuple(_act_of(entry) for entry in body["entries"]),
        )
    except (KeyError, TypeError, ValueError, Missing) as error:
        raise NotAPage from error


def take_up(page: Read, *, now: datetime) -> JournalPage:
    """Know a page of another life of the database from now on; it is to be replayed."""
    with transaction.atomic():
        row, made = JournalPage.objects.get_or_create(
            name=page.name,
            defaults={
                "body": page.body,
                "key_id": page.key_id,
                "signature": page.signature,
                "written_at": page.written_at,
                "put_at": now,
                "is_foreign": True,
            },
        )
        if made:
            _list(row, page.acts, page.written_at)
    return row


def pass_over(name: str, *, now: datetime) -> None:
    """Know of something in the vault that is no page of ours, and go by nothing in it."""
    JournalPage.objects.get_or_create(
        name=name,
        defaults={
            "written_at": now,
            "put_at": now,
            "is_foreign": True,
            "replayed_at": now,
        },
    )


def _write(acts: Collection[Act], now: datetime) -> JournalPage:
    """A signed page and its entries."""
    stamp = now.astimezone(UTC)
    name = f"{_folder()}/{stamp:%Y/%m/%d/%H%M%S}-{uuid4()}.json"
    page = JournalPage.objects.create(name=name, written_at=now)
    body = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "sequence": page.pk,
        "at": f"{stamp:%Y-%m-%dT%H:%M:%S.%fZ}",
        "entries": [
            {
                "kind": act.kind.value,
                "item_kind": act.item_kind,
                "item": str(act.item_id),
                "said": act.said,
            }
            for act in acts
        ],
    }
    page.body = canonical_text(body)
    page.key_id, page.signature = sealing_keys.sign(page.body)
    page.save(update_fields=["body", "key_id", "signature"])
    _list(page, acts, now)
    return page


def _list(page: JournalPage, acts: Iterable[Act], at: datetime) -> None:
    JournalEntry.objects.bulk_create(
        JournalEntry(
            page=page,
            kind=act.kind,
            item_kind=act.item_kind,
            item_id=act.item_id,
            at=at,
            said=act.said,
        )
        for act in acts
    )


def _put(page: JournalPage, now: datetime) -> None:
    """Put it under its key; the same twice is once."""
    content = canonical(
        {
            "body": json.loads(page.body),
            "key": page.key_id,
            "signature": page.signature,
        }
    )
    keep_until = now + timedelta(days=settings.JOURNAL_DAYS)
    vault.vault().put_once(page.name, content, keep_until=keep_until)
    JournalPage.objects.filter(pk=page.pk, put_at=None).update(put_at=now)


def _folder() -> str:
    """Ours in the vault: a copy of the database has the same, another installation not."""
    found, _made = Installation.objects.get_or_create(
        only=True, defaults={"made_at": datetime.now(UTC)}
    )
    return f"journal/{found.pk}"


def _compared_up_to(folder: str) -> str:
    """The name from behind which the vault is listed, to notice what we do not know."""
    mark = JournalMark.objects.first()
    if mark is None:
        return ""
    return f"{folder}/{mark.compared_at.astimezone(UTC) - SLACK:%Y/%m/%d/%H%M%S}"


def _unknown_of(names: list[str]) -> list[str]:
    known = JournalPage.objects.filter(name__in=names)
    settled = known.exclude(is_foreign=True, replayed_at=None)
    ours = set(settled.values_list("name", flat=True))
    return [name for name in names if name not in ours]


def _act_of(entry: dict[str, Any]) -> Act:
    return Act(
        kind=Kind(entry["kind"]),
        item_kind=str(entry["item_kind"]),
        item_id=UUID(entry["item"]),
        said=dict(entry["said"]),
    )


def _require_signature(text: str, key_id: str, signature: bytes) -> None:
    public = sealing_keys.publics().get(key_id)
    if public is None:
        raise NotAPage
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text.encode())
    except InvalidSignature as error:
        raise NotAPage from error
