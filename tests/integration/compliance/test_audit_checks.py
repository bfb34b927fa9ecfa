"""The log is checked each night; who is to know learns of it; packs go to who asked."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from compliance import audit_packs, tasks
from compliance.access import grants
from compliance.access.roles import Role
from compliance.audit import checks, outside
from compliance.models import (
    AuditCheck,
    AuditEntry,
    AuditPack,
    AuditSeal,
    Installation,
    Person,
)
from recordings import alerts, control
from recordings.models import Alert
from tests import evidence
from tests.cast import Cast
from tests.tampering import WAYS

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
SEALED = 300


@pytest.fixture(scope="module", autouse=True)
def _log(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), evidence.emptied():
        evidence.fill(SEALED)
        evidence.seal_all()
        evidence.fill(40, first=SEALED)
        evidence.seal_all()
        yield


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every seal of now lies outside, too."""
    notes = evidence.held()
    monkeypatch.setattr(outside, "_sources", [lambda: notes])


def _tamper() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        WAYS["another act"].act(cursor)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _command(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *args, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_it_works(held: None, entries: Entries) -> None:
    tasks.check_audit()

    (check,) = AuditCheck.objects.all()
    (entry,) = entries(act="audit.checked")
    assert check.is_sound
    assert (check.entries, check.outside_size) == (340, 340)
    assert entry.facts == {"entries": 340, "found": 0, "first": "none"}


def test_once_a_day_is_enough(held: None) -> None:
    tasks.check_audit()
    tasks.check_audit()
    assert AuditCheck.objects.count() == 1

    assert checks.nightly(now=timezone.now() + timedelta(hours=23, minutes=1))


def test_a_bad_result_is_an_alert_that_an_auditor_settles(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    _tamper()
    tasks.check_audit()
    for _minute in range(3):
        control.judge(now=timezone.now())

    alert = Alert.objects.get(kind=Alert.Kind.AUDIT_CHANGED)
    (entry,) = entries(act="audit.found_changed")
    assert (alert.severity, alert.detail) == ("critical", "changed")
    assert entry.outcome == "failed"
    page = reverse("alert", args=[alert.id])
    for person, may in ((cast.auditor, True), (cast.administrator, False)):
        shown = sign_in(person).get(page).content.decode()
        assert "an entry is not what was sealed" in shown
        assert alerts.may_close(alert, by=person) is may


def test_a_missed_night_is_an_alert_until_the_next_result() -> None:
    now = timezone.now()
    missed = Alert.objects.filter(kind=Alert.Kind.AUDIT_UNCHECKED, closed_at=None)
    control.judge(now=now)
    assert not missed.exists(), "an installation of today has missed nothing"

    later = now + timedelta(hours=27)
    control.judge(now=later)
    alert = Alert.objects.get(kind=Alert.Kind.AUDIT_UNCHECKED)
    assert (alert.is_open, alert.over_at) == (True, None)

    checks.run(now=later)
    control.judge(now=later)
    alert.refresh_from_db()
    assert alert.over_at == later, "what remains is to write about it"


def test_the_command_says_what_nobody_could_prove(held: None) -> None:
    evidence.fill(3, first=5_000)

    status, said = _command()
    assert status == 0
    assert "340 entries from position 0" in said
    assert "Not sealed yet: 3 entries, the oldest" in said
    assert "a safe knows 340 entries" in said
    assert "a removal of the 0 entries after it could not be proved" in said
    assert "SOUND" in said


def test_without_a_seal_outside_it_says_so() -> None:
    _status, said = _command()
    assert "No seal is held outside" in said


def test_the_command_fails_and_names_the_first_bad_entry() -> None:
    _tamper()

    status, said = _command("--json")
    told = json.loads(said)
    assert status == 1
    assert told["sound"] is False
    assert (told["first_bad"]["position"], told["first_bad"]["kind"]) == (7, "changed")
    assert told["findings"][0]["reason"] == "an entry is not what was sealed"


def test_since_begins_at_the_seal_before() -> None:
    """What is wrong before it is not looked for; what follows is."""
    _tamper()
    now = timezone.now().isoformat()

    status, said = _command("--since", now)
    assert (status, said.splitlines()[0]) == (0, "0 entries from position 340")


def test_seals_from_a_file_count_as_outside(tmp_path: Path) -> None:
    lines = [
        json.dumps({"place": "my safe", "note": one.note}) for one in evidence.held()
    ]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines))

    status, said = _command("--anchors", str(tmp_path / "mine.jsonl"))
    assert status == 0
    assert "my safe knows 340 entries" in said


def test_the_page_tells_the_last_result(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.auditor)
    assert (
        "was not checked yet" in browser.get(reverse("audit-checks")).content.decode()
    )

    _tamper()
    tasks.check_audit()
    page = browser.get(reverse("audit-checks")).content.decode()
    assert "an entry is not what was sealed" in page
    assert "a removal of the end could not be proved" in page
    assert reverse("audit-checks") in browser.get(reverse("audit")).content.decode()


def test_a_pack_is_made_taken_and_goes(
    cast: Cast, sign_in: SignIn, entries: Entries, held: None, tmp_path: Path
) -> None:
    browser = sign_in(cast.auditor)
    browser.post(reverse("audit-pack-new"), {"since": "", "until": ""})
    (asked,) = AuditPack.objects.all()
    assert "hx-trigger" in browser.get(reverse("audit-checks")).content.decode()

    tasks.make_audit_pack(str(asked.id))
    page = browser.get(reverse("audit-checks")).content.decode()
    assert reverse("audit-pack", args=[asked.id]) in page
    answer = browser.get(reverse("audit-pack", args=[asked.id]))
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    zipfile.ZipFile(BytesIO(body)).extractall(tmp_path)
    bare = evidence.check_bare(tmp_path, fingerprints=evidence.known())
    assert bare.status == 0, bare.said

    audit_packs.sweep(now=timezone.now() + timedelta(hours=25))
    assert not storages["exports"].exists(asked.file_name)
    told = [entry.act for entry in entries(act__startswith="audit_pack.")]
    steps = ("asked", "made", "taken", "deleted")
    assert told == [f"audit_pack.{step}" for step in steps]


def test_a_pack_is_its_owners_alone(cast: Cast, sign_in: SignIn) -> None:
    asked = audit_packs.ask(since=None, until=None, by=cast.auditor, now=timezone.now())
    other = Person.objects.create(name="Otto Other", email="otto@example.org")
    grants.grant(person=other, role=Role.AUDITOR, by=None, now=timezone.now())
    assert sign_in(other).get(reverse("audit-pack", args=[asked.id])).status_code == 404


def test_nobody_waits_for_more_than_two(cast: Cast) -> None:
    for _number in range(2):
        audit_packs.ask(since=None, until=None, by=cast.auditor, now=timezone.now())
    with pytest.raises(audit_packs.TooMany):
        audit_packs.ask(since=None, until=None, by=cast.auditor, now=timezone.now())


def test_the_command_makes_one_of_a_part(tmp_path: Path) -> None:
    """The part begins after the first seal; it is tied to the rest by hashes alone."""
    first = AuditSeal.objects.get(size=SEALED)
    since = first.sealed_at.isoformat()
    call_command(
        "export_audit", str(tmp_path / "part"), "--since", since, stdout=StringIO()
    )

    bare = evidence.check_bare(tmp_path / "part", fingerprints=evidence.known())
    assert bare.status == 0, bare.said
    assert bare.said.startswith("Entries 300 to 339, 2 seals")


def test_the_beginning_alone_leads_to_the_newest_seal(tmp_path: Path) -> None:
    first = AuditSeal.objects.get(size=SEALED)
    until = first.sealed_at.isoformat()
    call_command(
        "export_audit", str(tmp_path / "part"), "--until", until, stdout=StringIO()
    )

    ours = evidence.known()
    bare = evidence.check_bare(tmp_path / "part", fingerprints=ours)
    assert bare.status == 0, bare.said
    assert bare.said.startswith("Entries 0 to 299, 2 seals")

    proof = json.loads((tmp_path / "part" / "proof.json").read_text())
    proof["after"][0][1] = "00" * 32
    (tmp_path / "part" / "proof.json").write_text(json.dumps(proof))
    assert evidence.check_bare(tmp_path / "part", fingerprints=ours).status == 1


def test_a_key_that_nobody_told(tmp_path: Path) -> None:
    call_command("export_audit", str(tmp_path / "pack"), stdout=StringIO())

    unnamed = evidence.check_bare(tmp_path / "pack", fingerprints=[])
    assert unnamed.status == 3
    assert "SELF-CONSISTENT ONLY" in unnamed.said
    assert evidence.check_bare(tmp_path / "pack", fingerprints=["0" * 64]).status == 1
    assert Installation.objects.count() == 1
