"""A database comes back from a backup: the log says so, and two people account for it."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance import tasks
from compliance.access import restore_approvals
from compliance.audit import restores, seals
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint
from compliance.audit.outside import Held
from compliance.audit.restores import NothingToAcknowledge, NotOurs, TooSoon
from compliance.audit.verify import verify
from compliance.keys import Key
from compliance.models import Approval, AuditEntry, AuditSeal, Person
from recordings import control
from recordings.models import Alert
from tests.cast import Cast
from tests.sealing import tampering, write

pytestmark = pytest.mark.django_db(transaction=True)


def _newest() -> AuditSeal:
    tasks.seal_audit()
    found = seals.latest()
    assert found is not None
    return found


def _restore(to: AuditSeal) -> None:
    """Take away all that came later, as a backup of then would, on another server."""
    with tampering() as cursor:
        cursor.execute(
            "DELETE FROM compliance_auditentry WHERE id IN (SELECT entry_id"
            " FROM compliance_auditleaf WHERE position >= %s)",
            [to.size],
        )
        cursor.execute(
            "DELETE FROM compliance_auditleaf WHERE position >= %s", [to.size]
        )
        cursor.execute("DELETE FROM compliance_auditseal WHERE id > %s", [to.pk])
        cursor.execute("UPDATE compliance_auditseal SET system_identifier = 7")


@pytest.fixture
def lost(cast: Cast) -> str:
    """The checkpoint that is held outside, of a log whose last five entries are gone."""
    write(3)
    kept = _newest()
    write(5)
    held = seals.note_of(_newest())
    _restore(kept)
    return held


def test_two_people_account_for_what_was_lost(
    lost: str, cast: Cast, sign_in: Callable[[Person], Client], tmp_path: Path
) -> None:
    held = Checkpoint.parse(lost)
    tasks.seal_audit()
    assert not verify(outside=[Held("vault", "1", lost)]).is_sound
    control.judge(now=timezone.now())
    assert Alert.objects.get(kind=Alert.Kind.AUDIT_EPOCH).is_open
    file = tmp_path / "checkpoint.txt"
    file.write_text(lost)

    call_command("acknowledge_restore", str(file), by=cast.officer.email)
    asked = Approval.objects.get(kind=restore_approvals.RESTORE.name)
    page = sign_in(cast.administrator)
    shown = page.get(reverse("approval", args=[asked.pk])).content.decode()
    assert "Entries lost" in shown
    assert f"{held.origin}, {held.size}" in shown
    page.post(reverse("approval-decide", args=[asked.pk]), {"act": "approve"})

    asked.refresh_from_db()
    assert asked.state == Approval.State.CARRIED_OUT
    tasks.seal_audit()
    first = AuditSeal.objects.filter(epoch=3).earliest("id")
    signed = Checkpoint.parse(seals.note_of(first))
    assert signed.more[1] == (
        f"fork {held.size - 5} lost {held.size} {held.root.hex()} of {held.origin}"
        f" approved {asked.pk}"
    )
    told = AuditEntry.objects.get(act=Action.AUDIT_RESTORE_ACKNOWLEDGED)
    assert told.facts["lost"] == 5
    assert told.facts["approval"] == str(asked.pk)
    control.judge(now=timezone.now())
    assert not Alert.objects.get(kind=Alert.Kind.AUDIT_EPOCH).is_open
    outside = [Held("vault", "1", lost)]
    assert verify(outside=outside).is_sound, "what was given up accuses nobody"
    tasks.seal_audit()
    newest = seals.latest()
    assert newest is not None
    assert newest.size == AuditEntry.objects.count()


def test_without_a_new_epoch_the_log_cannot_be_accounted_for(lost: str) -> None:
    with pytest.raises(TooSoon):
        restores.acknowledge(
            held=Checkpoint.parse(lost),
            approval=uuid4(),
            now=timezone.now(),
        )


def test_a_log_that_lost_nothing_has_nothing_to_account_for(cast: Cast) -> None:
    write()
    held = Checkpoint.parse(seals.note_of(_newest()))

    with pytest.raises(NothingToAcknowledge):
        restores.loss(held)


def test_a_move_that_lost_nothing_is_accounted_for_with_nothing_lost(
    cast: Cast,
) -> None:
    write(2)
    seal = _newest()
    held = Checkpoint.parse(seals.note_of(seal))
    _restore(seal)
    tasks.seal_audit()

    assert restores.loss(held).lost == 0
    assert restores.unacknowledged() == 2


@pytest.mark.parametrize("text", ["", "nonsense\n", "earwitness/x/1\n3\n"])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "checkpoint.txt"
    file.write_text(text)

    with pytest.raises(CommandError, match="no checkpoint"):
        call_command("acknowledge_restore", str(file))


def test_a_checkpoint_of_somebody_else_is_refused(lost: str, tmp_path: Path) -> None:
    forged = Checkpoint.parse(lost).note(Key("theirs", bytes(32)))
    with pytest.raises(NotOurs):
        restores.loss(Checkpoint.parse(forged))
    file = tmp_path / "checkpoint.txt"
    file.write_text(forged)

    with pytest.raises(CommandError, match="No key of the ring"):
        call_command("acknowledge_restore", str(file))


def test_the_command_says_what_is_lost_and_asks_nobody(
    lost: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "checkpoint.txt"
    file.write_text(lost)

    call_command("acknowledge_restore", str(file))

    assert "5 are lost" in capsys.readouterr().out
    assert not Approval.objects.filter(kind="audit.restore").exists()
    with pytest.raises(CommandError, match="nobody with this address"):
        call_command("acknowledge_restore", str(file), by="nobody@example.com")
