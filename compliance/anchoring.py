"""Puts checkpoints of the audit log where we cannot change them, and compares them.

Whoever owns the database can take away the end of the log and seal what is left anew.
A checkpoint held elsewhere tells: in the log stream and, as an entry, in the SIEM each
minute; in the vault each hour, first as soon as something is sealed; and, with the fingerprint of the key, once in each
auditor's mailbox. docs/audit-log.md says how to compare them without us.
"""

import base64
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from compliance import vault
from compliance.audit import checkpoint, log, restores, sealing_keys, seals, tree
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint, NotACheckpoint
from compliance.audit.facts import Fact
from compliance.audit.outside import Held
from compliance.audit.stored_tree import StoredTree
from compliance.models import AuditAnchor, AuditSeal, Installation
from compliance.vault import VaultError

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=400)
VISITED_EVERY = timedelta(hours=1)
COMPARED_EVERY = timedelta(days=1)
OVERDUE = timedelta(hours=2)
COMPARED_WITH = 24
"""Of the newest in the vault, each hour and when all of the log is checked."""
ITS_OWN = 1
"""Entries by which telling of an anchor makes the log grow: no news by themselves."""

Place, Finding = AuditAnchor.Place, AuditAnchor.Finding


def tell(*, now: datetime) -> AuditAnchor | None:
    """Write the newest checkpoint to the log stream, unless there is nothing new.

    The line goes first: told twice is better than not at all.
    """
    seal = seals.latest()
    last = AuditAnchor.objects.filter(place=Place.STREAM).order_by("anchored_at").last()
    if seal is None or seal.size <= ((last and last.size) or 0) + ITS_OWN:
        return None
    logger.info("audit.anchor", extra={"note": seals.note_of(seal)})
    return _put_down(seal, Place.STREAM, f"{seal.epoch}/{seal.size}", now)


def is_due(*, now: datetime) -> bool:
    """Whether the vault was not compared within the hour; not before the first seal.

    So the first checkpoint leaves as soon as there is one, and a vault that did not
    answer is asked again the next time.
    """
    held = AuditAnchor.objects.filter(place=Place.VAULT)
    looked = held.aggregate(last=Max("checked_at"))["last"]
    if looked is None:
        return AuditSeal.objects.exists()
    return bool(looked <= now - VISITED_EVERY)


def keep(*, now: datetime) -> AuditAnchor | None:
    """Put the newest checkpoint into the vault, unless it is there; with it its key.

    Raises VaultError; a repetition does it again.
    """
    seal = seals.latest()
    if seal is None:
        return None
    folder = _folder()
    until = now + KEPT_FOR
    name = f"{folder}/{seal.epoch:06}/{seal.size:016}.txt"
    if AuditAnchor.objects.filter(place=Place.VAULT, name=name).exists():
        return None
    _publish(folder, seal.key_id, until)
    vault.vault().put_once(name, seals.note_of(seal).encode(), keep_until=until)
    return _put_down(seal, Place.VAULT, name, now)


def compare(*, now: datetime) -> int:
    """Compare what the vault holds with the log; returns how many findings there are.

    The newest are compared each time, as it is the end of the log that can be cut off;
    the others once a day. What nobody wrote down (a worker died after it was put, or the
    database is older than the vault) is taken up. What counts is what was put first: a
    newer version, or a mark of deletion on top of it, is a finding. Raises VaultError.
    """
    anchors = AuditAnchor.objects.filter(place=Place.VAULT)
    known = {row.name: row for row in anchors}
    covered = set(vault.vault().covered(f"{_folder()}/"))
    held = _there(covered)
    for name in held:
        if name not in known:
            known[name] = AuditAnchor(place=Place.VAULT, name=name, anchored_at=now)
    there, given_up = set(held), restores.given_up()
    at_once = covered.union(held[-COMPARED_WITH:])
    for name, row in sorted(known.items()):
        if row.anchored_at <= now - KEPT_FOR:
            continue
        if name not in there:
            _note_down(row, Finding.MISSING, now)
        elif name in at_once or _is_due(row, now):
            found = _finding(row, given_up)
            on_top = Finding.COVERED if name in covered else ""
            _note_down(row, found or on_top, now)
    return sum(bool(row.finding) for row in known.values())


def _there(covered: Iterable[str]) -> list[str]:
    """What can be read: a mark of deletion hides a key, and not what lies below it."""
    return sorted({*vault.vault().keys(f"{_folder()}/"), *covered})


def held() -> Iterator[Held]:
    """The newest checkpoints in the vault, and those that are no longer there.

    The newest are enough: whoever fits them fits all before. Nothing where the vault
    does not answer, which `is_overdue` tells in time.
    """
    try:
        yield from _held()
    except VaultError:
        logger.exception("audit.vault_unread")


def _held() -> Iterator[Held]:
    if not Installation.objects.exists():
        return
    keeper = vault.vault()
    there = _there(keeper.covered(f"{_folder()}/"))
    since = timezone.now() - KEPT_FOR
    ours = AuditAnchor.objects.filter(place=Place.VAULT, anchored_at__gt=since)
    for name in sorted(set(ours.values_list("name", flat=True)) - set(there)):
        yield Held(Place.VAULT, name, None)
    for name in there[-COMPARED_WITH:]:
        yield Held(Place.VAULT, name, keeper.read(name).decode(errors="replace"))


def is_overdue(*, now: datetime) -> bool:
    """Whether the vault has had nothing of a growing log for two hours."""
    last = AuditAnchor.objects.filter(place=Place.VAULT).order_by("anchored_at").last()
    after = last.anchored_at if last else datetime.min.replace(tzinfo=now.tzinfo)
    waiting = AuditSeal.objects.filter(sealed_at__gt=after, sealed_at__lt=now - OVERDUE)
    return waiting.exists()


def facts_of(seal: AuditSeal, place: AuditAnchor.Place) -> dict[str, Fact]:
    """What the entry about an anchor tells: enough to stand for it in a SIEM.

    key: its fingerprint, by which others know it; our id for it may be all digits, which
    no fact is.
    """
    return {
        "place": place,
        "size": seal.size,
        "root": seal.root,
        "key": checkpoint.fingerprint(sealing_keys.publics()[seal.key_id]),
        "signature": seal.signature_bytes.hex(),
    }


def _folder() -> str:
    return f"anchors/{Installation.objects.get().id}"


def _publish(folder: str, key_id: str, until: datetime) -> None:
    """Say outside which key signs, before anything that it signed."""
    public = sealing_keys.publics()[key_id]
    text = (
        f"ed25519 {base64.b64encode(public).decode()}\n"
        f"fingerprint {checkpoint.fingerprint(public)}\n"
    )
    name = f"{folder.replace('anchors', 'keys')}/{key_id}.txt"
    vault.vault().put_once(name, text.encode(), keep_until=until)


def _put_down(
    seal: AuditSeal, place: AuditAnchor.Place, name: str, now: datetime
) -> AuditAnchor:
    with transaction.atomic():
        anchor = AuditAnchor.objects.create(
            place=place,
            name=name,
            size=seal.size,
            root=seal.root,
            key_id=seal.key_id,
            anchored_at=now,
        )
        facts = facts_of(seal, place)
        log.append(Action.AUDIT_ANCHORED, subject=anchor, facts=facts)
    return anchor


def _is_due(row: AuditAnchor, now: datetime) -> bool:
    return row.checked_at is None or row.checked_at <= now - COMPARED_EVERY


def _finding(row: AuditAnchor, given_up: Sequence[Checkpoint]) -> str:
    """What is wrong with a checkpoint in the vault; '' where it fits the log."""
    try:
        held = Checkpoint.parse(vault.vault().read(row.name).decode())
    except (NotACheckpoint, UnicodeDecodeError):
        return Finding.UNSIGNED
    row.size, row.root = held.size, held.root.hex()
    keys = sealing_keys.publics().items()
    signer = next((key_id for key_id, public in keys if held.verify(public)), None)
    if signer is None:
        return Finding.UNSIGNED
    row.key_id = signer
    if restores.is_given_up(held, given_up):
        return ""
    seal = seals.latest()
    if seal is None or held.size > seal.size:
        return Finding.AHEAD
    same = tree.root_of(StoredTree(), held.size) == held.root
    return "" if same else Finding.CONTRADICTS


def _note_down(row: AuditAnchor, finding: str, now: datetime) -> None:
    is_new = bool(finding) and row.finding != finding
    row.finding, row.checked_at = finding, now
    with transaction.atomic():
        row.save()
        if is_new:
            log.append(
                Action.AUDIT_ANCHOR_WRONG, subject=row, facts={"finding": finding}
            )
