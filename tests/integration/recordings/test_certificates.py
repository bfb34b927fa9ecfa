"""Certificates of destruction: signed, silent about people, checkable by others."""

import io
import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from compliance import certificate_file, certificates
from compliance.audit.actions import Action
from compliance.certificate_file import NotACertificate
from compliance.certificates import CannotCertify
from compliance.models import (
    AuditEntry,
    AuditLeaf,
    Certificate,
    DestructionReceipt,
    Person,
)
from compliance.retention.sweep import Swept, sweep
from recordings import certifying
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.compliance import CertificateFactory, DestructionReceiptFactory
from tests.factories.hearable import CALLER_NAME, NUMBER, hearable_call, part_of
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.sealing_within import seal_what_is_there

pytestmark = pytest.mark.django_db
About = Certificate.About
_BY_HAND = [
    *("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem"),
    *("-rawin", "-in", "said", "-sigfile", "signature"),
]


@pytest.fixture(autouse=True)
def _folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A recording that was destroyed, its entry sealed."""
    found = part_of(hearable_call(cast.claims))
    Recording.objects.update(expires_at=timezone.now() - timedelta(days=1))
    Recording.objects.update(keep_until=None, gone_by=None)
    assert sweep(now=timezone.now()) == Swept(destroyed=1)
    seal_what_is_there()
    found.refresh_from_db()
    return found


def issued(cast: Cast, part: Recording) -> Certificate:
    calls = Call.objects.filter(pk=part.call_id)
    return certificates.issue(
        receipts=certifying.of_calls(calls),
        about=About.CALL,
        by=cast.officer,
        now=timezone.now(),
    )


def checked(file: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("check_certificate", str(file), *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(cast: Cast, part: Recording, tmp_path: Path) -> Path:
    """The certificate as somebody was handed it."""
    found = tmp_path / "certificate.json"
    found.write_bytes(certificates.file_of(issued(cast, part)))
    return found


def test_an_officer_certifies_a_call_and_takes_both_files(
    cast: Cast,
    part: Recording,
    sign_in: Callable[[Person], Client],
    entries: Callable[..., list[AuditEntry]],
) -> None:
    page = sign_in(cast.officer)
    panel = page.get(reverse("call", args=[part.call_id]), {"panel": "keep"})
    address = f"{reverse('certificate-new')}?call={part.call_id}"
    assert address in panel.content.decode()
    assert "Sign the certificate" in page.get(address).content.decode()

    answer = page.post(address)

    made = Certificate.objects.get()
    assert answer.headers["Location"] == reverse("certificate", args=[made.pk])
    assert made.team_id == cast.claims.pk
    receipt = DestructionReceipt.objects.get()
    shown = page.get(reverse("certificate", args=[made.pk])).content.decode()
    assert receipt.commitment in shown
    assert "no. 1" in shown or f">{made.number}<" in shown
    taken = page.get(reverse("certificate-json", args=[made.pk]))
    said = certificate_file.read(taken.content).said
    [item] = said["items"]
    assert (item["commitment"], item["bytes"]) == (receipt.commitment, receipt.bytes)
    assert item["log_position"] is not None
    assert said["log"]["checkpoint"]
    printed = page.get(reverse("certificate-pdf", args=[made.pk]))
    assert printed.content.startswith(b"%PDF")
    acts = [entry.facts for entry in entries(act=Action.CERTIFICATE_TAKEN)]
    assert acts == [{"form": "json"}, {"form": "pdf"}]
    [told] = entries(act=Action.CERTIFICATE_MADE)
    assert (told.facts["items"], told.facts["about"]) == (1, "call")


def test_it_says_nothing_of_anybody(file: Path, part: Recording) -> None:
    text = file.read_text()

    for word in (NUMBER, NUMBER[-4:] + '"', CALLER_NAME, part.sha256):
        assert word not in text
    for key in (part.pk, part.call_id, part.call.team_id, part.object_key):
        assert str(key) not in text


def test_its_place_in_the_log_is_that_of_the_destruction(
    file: Path, part: Recording
) -> None:
    position = json.loads(file.read_text())["certificate"]["items"][0]["log_position"]

    entry = AuditEntry.objects.get(pk=AuditLeaf.objects.get(position=position).entry_id)
    assert (entry.act, entry.object_pk) == (Action.DESTRUCTION_DONE, str(part.pk))


def test_the_check_answers_yes_and_no(file: Path, part: Recording) -> None:
    fact = f"{part.pk}:{part.sha256}"

    assert "is genuine, 1 items" in checked(file)
    assert f"yes: destroyed, {part.pk}" in checked(file, "--fact", fact)
    with pytest.raises(CommandError, match="does not tell"):
        checked(file, "--fact", f"{part.pk}:{'0' * 64}")
    with pytest.raises(CommandError, match="does not tell"):
        checked(file, "--fact", f"{part.call_id}:{part.sha256}")


def test_it_is_checked_by_the_public_key_alone(
    file: Path, tmp_path: Path, settings: Settings
) -> None:
    key = tmp_path / "key.pem"
    key.write_text(json.loads(file.read_text())["signature"]["public_key"])
    fingerprint = certificate_file.read(file.read_bytes()).fingerprint
    other = "other:" + "A" * 43 + "="
    settings.KEY_RINGS = {**settings.KEY_RINGS, "certificate_seal": [other]}

    with pytest.raises(CommandError, match="unknown key"):
        checked(file)
    assert "is genuine" in checked(file, "--key", str(key))
    assert "is genuine" in checked(file, "--key", fingerprint)


@pytest.mark.parametrize(
    ("said", "instead"),
    [('"versions":1', '"versions":2'), ('"reason":"', '"reason":"x'), ("{", "")],
)
def test_a_changed_one_is_none(file: Path, said: str, instead: str) -> None:
    content = file.read_text().replace(said, instead, 1)

    with pytest.raises(NotACertificate):
        certificate_file.read(content.encode())


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl here")
def test_openssl_says_the_same(file: Path, tmp_path: Path) -> None:
    """As docs/certificates.md writes it."""
    told = json.loads(file.read_text())
    body = json.dumps(
        told["certificate"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    if shutil.which("jq"):
        by_jq = ["jq", "-cjS", ".certificate", str(file)]
        assert subprocess.check_output(by_jq, text=True) == body
    (tmp_path / "said").write_text(body)
    (tmp_path / "key.pem").write_text(told["signature"]["public_key"])
    (tmp_path / "signature").write_bytes(b64decode(told["signature"]["value"]))

    answer = subprocess.run(
        _BY_HAND,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Verified Successfully" in answer.stdout, answer.stderr


def test_numbers_follow_each_other(cast: Cast, part: Recording) -> None:
    numbers = [issued(cast, part).number for _time in range(2)]

    assert numbers == [1, 2]


def test_what_still_lives_is_not_certified(cast: Cast) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))

    with pytest.raises(CannotCertify):
        issued(cast, part)


def test_a_list_of_what_is_gone_is_certified_as_it_is_filtered(
    cast: Cast, part: Recording, sign_in: Callable[[Person], Client]
) -> None:
    elsewhere = RecordingFactory.create(
        call=CallFactory.create(team=cast.sales), state=Recording.State.DESTROYED
    )
    DestructionReceiptFactory.create(item_id=elsewhere.pk, team_id=cast.sales.pk)
    page = sign_in(cast.officer)
    query = f"when=all&capture=gone&team={cast.claims.pk}"
    listed = page.get(f"{reverse('calls')}?{query}").content.decode()
    assert reverse("certificate-new") in listed

    page.post(f"{reverse('certificate-new')}?{query}")

    made = Certificate.objects.get()
    assert (made.about, made.items) == (About.LIST, 1)


def test_a_list_of_certificates_costs_the_same_for_many(
    cast: Cast,
    sign_in: Callable[[Person], Client],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    page = sign_in(cast.officer)
    CertificateFactory.create_batch(3, team=cast.claims)
    page.get(reverse("certificates"))

    with django_assert_num_queries(6):
        page.get(reverse("certificates"))
