"""Checkpoints held outside: put there in time, compared, and telling when the log lies."""

import base64
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import anchoring, key_letters, tasks, vault
from compliance.audit import checkpoint, log, seals
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint
from compliance.keys import keyring
from compliance.models import AuditAnchor, AuditEntry, AuditSeal
from recordings import control
from recordings.models import Alert
from recordings.vault import StoreVault
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

Place, Finding = AuditAnchor.Place, AuditAnchor.Finding
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """Where the vault lies; a log with something in it is sealed."""
    settings.VAULT_STORE = {"kind": "local", "root": tmp_path}
    settings.MAIL_IS_ON = True
    happen(3)
    return tmp_path


def happen(times: int) -> None:
    """So many things happen, and are sealed."""
    with transaction.atomic():
        for _time in range(times):
            log.append(Action.LOGOUT)
    seals.seal(now=timezone.now())


def anchored(place: AuditAnchor.Place) -> list[AuditAnchor]:
    return list(AuditAnchor.objects.filter(place=place).order_by("anchored_at", "size"))


def behind_our_back(statement: str) -> None:
    """What somebody does who owns the database."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)


def test_the_stream_is_told_when_there_is_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    now = timezone.now()

    anchoring.tell(now=now)
    seals.seal(now=now)
    anchoring.tell(now=now)

    [line] = [one for one in caplog.records if one.message == "audit.anchor"]
    held = Checkpoint.parse(vars(line)["note"])
    assert held.verify(checkpoint.public_of(keyring("audit_seal").current))
    assert held.size == 3
    [entry] = AuditEntry.objects.filter(act=Action.AUDIT_ANCHORED)
    assert entry.facts["root"] == held.root.hex()
    assert bytes.fromhex(entry.facts["signature"]) == held.signature
    public = checkpoint.public_of(keyring("audit_seal").current)
    assert entry.facts["key"] == checkpoint.fingerprint(public)

    happen(1)
    anchoring.tell(now=now)

    assert [one.size for one in anchored(Place.STREAM)] == [3, 5]


def test_the_vault_gets_note_and_key_once() -> None:
    anchoring.keep(now=timezone.now())
    anchoring.keep(now=timezone.now())

    [row] = anchored(Place.VAULT)
    held = Checkpoint.parse(vault.vault().read(row.name).decode())
    assert (held.size, held.root.hex()) == (row.size, row.root) == (3, row.root)
    [key] = vault.vault().keys("keys/")
    public = checkpoint.public_of(keyring("audit_seal").current)
    assert checkpoint.fingerprint(public) in vault.vault().read(key).decode()
    assert anchoring.compare(now=timezone.now()) == 0
    assert anchored(Place.VAULT)[0].checked_at is not None


def test_the_first_goes_at_once_and_the_next_an_hour_later() -> None:
    tasks.keep_anchor()
    happen(1)
    tasks.keep_anchor()

    assert [one.size for one in anchored(Place.VAULT)] == [3]
    assert not anchoring.is_due(now=timezone.now() + 59 * MINUTE)
    assert anchoring.is_due(now=timezone.now() + HOUR)


def test_nothing_is_due_before_the_first_seal() -> None:
    behind_our_back("DELETE FROM compliance_auditseal")

    assert not anchoring.is_due(now=timezone.now())


def test_a_key_may_be_named_by_its_date(settings: Settings) -> None:
    secret = base64.b64encode(bytes(range(32))).decode()
    keys = [f"20261121:{secret}", *settings.KEY_RINGS["audit_seal"]]
    settings.KEY_RINGS = {**settings.KEY_RINGS, "audit_seal": keys}
    happen(1)

    assert anchoring.keep(now=timezone.now())


def test_what_a_dying_worker_did_not_write_down_is_taken_up() -> None:
    anchoring.keep(now=timezone.now())
    AuditAnchor.objects.all().delete()

    assert anchoring.compare(now=timezone.now()) == 0

    [row] = anchored(Place.VAULT)
    assert row.size == 3
    assert anchoring.keep(now=timezone.now()) is None


def test_a_tail_that_was_cut_off_and_sealed_anew_is_found() -> None:
    behind_our_back("DELETE FROM compliance_auditleaf")
    behind_our_back("DELETE FROM compliance_auditseal")
    happen(5)
    anchoring.keep(now=timezone.now())
    assert anchoring.compare(now=timezone.now()) == 0
    for table, keep in (("auditseal", "id = 0"), ("auditleaf", "position < 4")):
        behind_our_back(f"DELETE FROM compliance_{table} WHERE NOT {keep}")  # noqa: S608
    behind_our_back(
        "DELETE FROM compliance_auditentry WHERE id NOT IN "
        "(SELECT entry_id FROM compliance_auditleaf)"
    )
    behind_our_back("DELETE FROM compliance_auditleaf")
    seals.seal(now=timezone.now())

    assert anchoring.compare(now=timezone.now()) == 1
    assert anchored(Place.VAULT)[0].finding == Finding.AHEAD


def test_another_history_is_found_and_rings(folder: Path) -> None:
    anchoring.keep(now=timezone.now())
    behind_our_back("UPDATE compliance_auditleaf SET hash = sha256('other')")
    now = timezone.now() + anchoring.COMPARED_EVERY

    assert anchoring.compare(now=now) == 1
    assert anchoring.compare(now=now) == 1, "and stays found"
    control.judge(now=now)
    control.judge(now=now)

    [row] = anchored(Place.VAULT)
    assert row.finding == Finding.CONTRADICTS
    [alert] = Alert.objects.filter(kind=Alert.Kind.AUDIT_ANCHOR, closed_at=None)
    assert alert.detail == "contradicts"
    [entry] = AuditEntry.objects.filter(act=Action.AUDIT_ANCHOR_WRONG)
    assert entry.facts == {"finding": "contradicts"}


@pytest.mark.parametrize("content", [b"nothing", b"\xff", b""])
def test_what_we_did_not_sign_is_found(folder: Path, content: bytes) -> None:
    anchoring.keep(now=timezone.now())
    [row] = anchored(Place.VAULT)
    path = folder / "vault" / row.name
    path.write_bytes(content)

    assert anchoring.compare(now=timezone.now()) == 1
    assert anchored(Place.VAULT)[0].finding == Finding.UNSIGNED


def test_an_anchor_that_was_taken_away_is_found(folder: Path) -> None:
    anchoring.keep(now=timezone.now())
    [row] = anchored(Place.VAULT)
    anchoring.compare(now=timezone.now())
    (folder / "vault" / row.name).unlink()

    assert anchoring.compare(now=timezone.now()) == 1
    assert anchored(Place.VAULT)[0].finding == Finding.MISSING


def test_what_lies_on_top_of_an_anchor_is_found_and_rings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anchoring.keep(now=timezone.now())
    [row] = anchored(Place.VAULT)
    monkeypatch.setattr(StoreVault, "covered", lambda _vault, _prefix: [row.name])
    monkeypatch.setattr(StoreVault, "keys", lambda _vault, _prefix: [])

    assert anchoring.compare(now=timezone.now()) == 1
    control.judge(now=timezone.now())

    [alert] = Alert.objects.filter(kind=Alert.Kind.AUDIT_ANCHOR, closed_at=None)
    assert alert.detail == Finding.COVERED
    [held] = anchoring.held()
    assert held.note, "what was put first is still read"


def test_what_the_vault_need_not_keep_any_more_is_not_missed(folder: Path) -> None:
    anchoring.keep(now=timezone.now())
    [row] = anchored(Place.VAULT)
    later = timezone.now() + anchoring.KEPT_FOR
    assert anchoring.compare(now=later) == 0, "nobody deleted it on its day"

    (folder / "vault" / row.name).unlink()
    assert anchoring.compare(now=later) == 0


def test_a_vault_without_news_for_two_hours_rings_until_it_has_some() -> None:
    def alerts() -> list[Alert]:
        return list(Alert.objects.filter(kind=Alert.Kind.AUDIT_ANCHOR, closed_at=None))

    now = timezone.now()
    control.judge(now=now + HOUR)
    assert alerts() == []

    control.judge(now=now + 3 * HOUR)
    [alert] = alerts()
    assert alert.detail == "overdue"

    anchoring.keep(now=now + 3 * HOUR)
    control.judge(now=now + 3 * HOUR)
    assert alerts() == []


def test_each_auditor_gets_the_fingerprint_once(cast: Cast) -> None:
    now = timezone.now()

    assert key_letters.send(now=now) == 1
    assert key_letters.send(now=now) == 0

    [letter] = mail.outbox
    public = checkpoint.public_of(keyring("audit_seal").current)
    assert letter.to == [cast.auditor.email]
    assert checkpoint.fingerprint(public) in letter.body
    assert AuditSeal.objects.get().root not in letter.body, "it is in base64 there"
    assert AuditSeal.objects.get().body in letter.body


def test_a_letter_that_was_not_taken_is_sent_later(
    cast: Cast, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.unit.compliance.test_anchoring.Refusing"
    assert key_letters.send(now=timezone.now()) == 0
    assert anchored(Place.MAIL) == []

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert key_letters.send(now=timezone.now()) == 1


class Refusing:
    """A mail server that takes nothing."""

    def __init__(self, **_options: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise ConnectionRefusedError
