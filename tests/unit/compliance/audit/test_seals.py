"""Sealing: every committed entry once, in order, under signed checkpoints."""

import base64
import threading
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, connections, transaction
from django.utils import timezone

from compliance import tasks
from compliance.audit import sealing_keys, seals, succession, tree
from compliance.audit.actions import Action
from compliance.audit.canonical import canonical, leaf_hash
from compliance.audit.checkpoint import Checkpoint, note_of
from compliance.audit.sealing_keys import publics
from compliance.audit.seals import Broken, Sealed
from compliance.keys import keyring
from compliance.models import AuditEntry, AuditLeaf, AuditNode, AuditSeal
from tests.sealing import other_transaction, tampering, write

pytestmark = pytest.mark.django_db(transaction=True)


def _seal() -> Sealed:
    sealed = seals.seal(now=timezone.now())
    assert sealed is not None
    return sealed


def _hashes() -> list[bytes]:
    leaves = AuditLeaf.objects.order_by("position")
    return [bytes(leaf.hash) for leaf in leaves]


def _require_whole() -> None:
    """Every entry has one leaf, in order, and the newest seal is over just these."""
    entries = list(AuditEntry.objects.order_by("xid", "id"))
    leaves = list(AuditLeaf.objects.order_by("position"))
    assert [leaf.position for leaf in leaves] == list(range(len(entries)))
    assert [leaf.entry_id for leaf in leaves] == [entry.pk for entry in entries]
    frontier = tree.Frontier()
    for entry, leaf in zip(entries, leaves, strict=True):
        assert leaf_hash(canonical(entry.leaf_content())) == bytes(leaf.hash)
        frontier.append(bytes(leaf.hash))
    newest = seals.latest()
    assert newest is not None
    assert (newest.size, newest.root) == (len(entries), frontier.root.hex())


def test_an_empty_log_has_no_seal() -> None:
    assert seals.seal(now=timezone.now()) is None
    assert seals.latest() is None


def test_what_was_committed_is_sealed_once() -> None:
    write(3)
    first = _seal()
    assert (first.entries, first.took_all) == (3, True)
    assert seals.seal(now=timezone.now()) is None

    write(2)
    second = _seal()

    assert second.entries == 2
    assert second.seal.id == first.seal.id + 1
    _require_whole()


def test_transactions_are_in_the_order_of_their_numbers() -> None:
    ten, nine = write()[0], write()[0]
    with tampering() as cursor:
        for number, entry in ((10, ten), (9, nine)):
            cursor.execute(
                "UPDATE compliance_auditentry SET xid = %s WHERE id = %s",
                [str(number), entry.pk],
            )

    _seal()

    leaves = AuditLeaf.objects.order_by("position")
    assert [leaf.entry_id for leaf in leaves] == [nine.pk, ten.pk]


def test_seals_are_a_chain_of_signed_notes() -> None:
    for _round in range(3):
        write()
        _seal()

    previous = ""
    (public,) = publics().values()
    for number, one in enumerate(AuditSeal.objects.order_by("id"), 1):
        checkpoint = Checkpoint.parse(seals.note_of(one))
        assert checkpoint.verify(public)
        assert checkpoint.previous == previous
        assert checkpoint.size == number
        assert checkpoint.origin.startswith("earwitness/")
        assert checkpoint.origin.endswith("/1")
        previous = checkpoint.body_hash()


def test_many_entries_take_several_seals_and_keep_their_nodes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seals, "MOST", 200)
    for _round in range(3):
        write(150)
    write(150)

    first = _seal()
    tasks.seal_audit()

    assert (first.entries, first.took_all) == (300, False)
    assert AuditSeal.objects.count() == 2
    _require_whole()
    (low, high) = AuditNode.objects.order_by("level", "index")
    hashes = _hashes()
    for index, node in enumerate((low, high)):
        frontier = tree.Frontier()
        for leaf in hashes[index * 256 : (index + 1) * 256]:
            frontier.append(leaf)
        assert (node.level, node.index) == (8, index)
        assert bytes(node.hash) == frontier.root


def test_an_entry_is_proved_by_its_path_and_the_newest_seal() -> None:
    entries = write(300)
    assert seals.proof_of(entries[0]) is None
    _seal()
    write(5)
    newest = _seal().seal

    for entry in (entries[0], entries[7], entries[299]):
        proof = seals.proof_of(entry)
        assert proof is not None
        read = AuditEntry.objects.get(pk=entry.pk)
        assert proof.leaf == leaf_hash(canonical(read.leaf_content()))
        assert proof.note == seals.note_of(newest)
        root = Checkpoint.parse(proof.note).root
        assert tree.verify_inclusion(
            proof.leaf, proof.position, proof.size, proof.path, root
        )


def test_an_older_seal_is_shown_to_be_the_beginning_of_a_newer() -> None:
    write(290)
    older = _seal().seal
    write(300)
    newer = _seal().seal

    path = seals.consistency(older, newer)

    roots = bytes.fromhex(older.root), bytes.fromhex(newer.root)
    assert tree.verify_consistency(older.size, newer.size, *roots, path)
    with pytest.raises(ValueError, match="does not grow"):
        seals.consistency(newer, older)


def test_a_new_key_signs_and_the_old_one_still_counts(settings: Any) -> None:
    write()
    old = _seal().seal
    new = "new:" + "A" * 43 + "="
    settings.KEY_RINGS = {
        **settings.KEY_RINGS,
        "audit_seal": [new, *settings.KEY_RINGS["audit_seal"]],
    }
    write()
    sealed = _seal().seal

    assert (sealed.key_id, old.key_id) == ("new", keyring("audit_seal").keys[1].id)
    for one in (old, sealed):
        checkpoint = Checkpoint.parse(seals.note_of(one))
        assert checkpoint.verify(publics()[one.key_id])


def test_without_its_key_a_seal_is_no_note_and_none_is_put_on_top(
    settings: Any,
) -> None:
    write()
    old = _seal().seal
    settings.KEY_RINGS = {
        **settings.KEY_RINGS,
        "audit_seal": ["new:" + "A" * 43 + "="],
    }
    write()

    with pytest.raises(LookupError, match="has no key"):
        seals.note_of(old)
    with pytest.raises(Broken, match="our signature"):
        seals.seal(now=timezone.now())


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "UPDATE compliance_auditseal SET body = replace(body, E'\\n3\\n', E'\\n2\\n')",
            "signature",
        ),
        (
            "UPDATE compliance_auditleaf SET hash = sha256('') WHERE position = 2",
            "root",
        ),
        ("DELETE FROM compliance_auditleaf WHERE position = 2", "no leaf"),
    ],
)
def test_nothing_is_sealed_on_top_of_what_was_changed(statement: str, why: str) -> None:
    write(3)
    _seal()
    with tampering() as cursor:
        cursor.execute(statement)
    write()

    with pytest.raises(Broken, match=why):
        seals.seal(now=timezone.now())
    assert AuditSeal.objects.count() == 1


def test_columns_beside_the_signed_body_do_not_lead_the_sealer() -> None:
    write(3)
    _seal()
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditseal SET horizon = horizon + 1000")
    write(2)

    assert _seal().entries == 2
    _require_whole()


def test_an_entry_no_code_of_ours_wrote_is_not_signed() -> None:
    (entry,) = write()
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditentry SET facts = '{\"much\": 0.5}'")

    with pytest.raises(Broken, match=str(entry.pk)):
        seals.seal(now=timezone.now())


def test_transactions_with_lower_numbers_open_an_epoch() -> None:
    write(2)
    _seal()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (coming,) = cursor.fetchone()
    seal = seals.latest()
    assert seal is not None
    body = seal.body.replace(f"horizon {seal.horizon}", f"horizon {coming + 1000}")
    signed = Checkpoint.parse(_note(body))
    with tampering() as cursor:
        cursor.execute(
            "UPDATE compliance_auditseal SET body = %s, signature = %s",
            [body, base64.b64encode(signed.signature).decode()],
        )
    write()

    opened = _seal()

    assert (opened.seal.epoch, opened.entries) == (2, 1)
    told = AuditEntry.objects.get(act=Action.AUDIT_EPOCH_OPENED)
    assert told.facts["cause"] == "went_back"


def _note(body: str) -> str:
    """A body under our own key, as its former life would have signed it."""
    key = keyring("audit_seal").current
    signature = Ed25519PrivateKey.from_private_bytes(key.secret).sign(body.encode())
    return note_of(body, signature, publics()[key.id])


def test_another_database_opens_an_epoch_that_says_where_the_last_left_off() -> None:
    write(2)
    first = _seal().seal
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")

    opened = _seal()

    checkpoint = Checkpoint.parse(seals.note_of(opened.seal))
    before = Checkpoint.parse(seals.note_of(first))
    assert (opened.seal.epoch, opened.seal.size) == (2, 2)
    assert checkpoint.more == (f"epoch 2 after 2 {first.root} of {before.origin}",)
    assert checkpoint.previous == before.body_hash()
    told = AuditEntry.objects.get(act=Action.AUDIT_EPOCH_OPENED)
    assert told.facts == {"epoch": 2, "size": 2, "cause": "other_database"}
    assert _seal().entries == 1, "the entry that tells of it"
    assert seals.seal(now=timezone.now()) is None


def test_entries_of_a_former_life_are_sealed_whatever_their_numbers() -> None:
    """A copy of a database whose transactions had come much further than here."""
    write(2)
    first = _seal().seal
    write(3)
    with tampering() as cursor:
        cursor.execute(
            "UPDATE compliance_auditentry"
            " SET xid = (xid::text::bigint + 1000000)::text::xid8"
        )
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")

    opened = _seal()
    assert (opened.seal.epoch, opened.entries, opened.took_all) == (2, 3, True)
    assert opened.seal.horizon > 0
    write(2)
    after = _seal()

    assert after.seal.size == first.size + 3 + 1 + 2
    assert AuditLeaf.objects.count() == AuditEntry.objects.count()
    assert seals.seal(now=timezone.now()) is None


def test_entries_sealed_in_a_former_life_are_not_sealed_again() -> None:
    """When the numbers of the copy's transactions come to those it brought along."""
    write(2)
    _seal()
    with tampering() as cursor:
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")
    _seal()
    _seal()
    with tampering() as cursor:
        cursor.execute(
            "UPDATE compliance_auditentry SET xid = pg_current_xact_id()"
            " WHERE act = %s",
            [Action.LOGOUT],
        )

    assert seals.seal(now=timezone.now()) is None
    write()
    assert _seal().entries == 1
    assert AuditLeaf.objects.count() == 4


def test_a_transaction_that_is_open_is_waited_for() -> None:
    write()
    with other_transaction():
        write(2)

        assert _seal().entries == 1
        assert seals.seal(now=timezone.now()) is None

    assert _seal().entries == 2
    _require_whole()


def test_a_transaction_of_another_database_is_not() -> None:
    with other_transaction("postgres"):
        write(2)

        assert _seal().entries == 2


def test_a_seal_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    write(2)

    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(sealing_keys, "signed", broken)
        with pytest.raises(RuntimeError):
            seals.seal(now=timezone.now())

    assert not AuditLeaf.objects.exists()
    assert _seal().entries == 2
    _require_whole()


def test_who_does_not_get_the_lock_goes_home() -> None:
    write()
    found: list[Sealed | None] = []

    def second() -> None:
        found.append(seals.seal(now=timezone.now()))
        connections.close_all()

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [succession._LOCK])
        other = threading.Thread(target=second)
        other.start()
        other.join()

    assert found == [None]
    assert _seal().entries == 1
