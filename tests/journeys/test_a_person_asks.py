"""A person asks to be forgotten: from the public form to the certificate, on a real S3.

Browsers of the person and of two officers; what the worker does between is done by its own
tasks, called here. In the end nothing of the person is left anywhere but what the plan
kept, and once the grounds of that are over, nothing at all.
"""

import io
import logging
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from compliance import certificates, tasks
from compliance.access.roles import Role
from compliance.custody import Scope
from compliance.models import (
    AuditEntry,
    Certificate,
    DestructionReceipt,
    Hold,
    Person,
    PhoneNumber,
    RequestPlan,
    SubjectRequest,
)
from compliance.requests import carry_out, forgetting, plan_keeping, public_form
from compliance.retention import holds
from portal.embedded import binaries
from recordings import media_store
from recordings.models import LiveKitEvent, Party, Recording
from tests.browser.conftest import OpenPage, open_page
from tests.cast import Cast, assemble
from tests.contract.media_stores import admin, new_bucket
from tests.contract.test_vault import stored_in
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second
from tests.nothing_left import Facts, left
from tests.services import S3Server

__all__ = ["open_page"]

NUMBER = "+4915112349876"
NAME = "Erika Zitronenfalter"
MAIL = "zitronenfalter@example.org"
PERSON = Facts(numbers=(NUMBER,), names=(NAME,), texts=(MAIL,))
STRANGER = "+4930222333"
DAY = timedelta(days=1)


@dataclass
class House:
    """The product with its people, and a bucket that keeps every version.

    door: where the public stands; officers come by another name.
    """

    cast: Cast
    other: Person
    door: str
    objects: Callable[[], dict[str, bytes]]


@pytest.fixture
def house(
    transactional_db: None,
    settings: Settings,
    s3_server: S3Server,
    live_server: LiveServer,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    bucket = new_bucket(s3_server, versioned=True)
    settings.MEDIA_STORE = stored_in(bucket)
    door = f"127.0.0.1:{urlsplit(live_server.url).port}"
    settings.REQUESTS = {**settings.REQUESTS, "public_host": door}
    settings.MAIL_IS_ON = True
    monkeypatch.setattr(public_form, "SHORTEST", timedelta())
    client = admin(bucket)

    def objects() -> dict[str, bytes]:
        listed = client.list_object_versions(Bucket=bucket.bucket)
        return {
            f"{one['Key']} {one['VersionId']}": client.get_object(
                Bucket=bucket.bucket, Key=one["Key"], VersionId=one["VersionId"]
            )["Body"].read()
            for one in listed.get("Versions", [])
            if one["Key"].startswith("recordings/")
        }

    return House(assemble(), second(Role.OFFICER), f"http://{door}", objects)


def recorded(house: House, number: str, name: str, **fields: Any) -> Recording:
    """A call with them: what LiveKit told of it, and twice written, what was said."""
    call = CallFactory.create(team=house.cast.claims, started_at=timezone.now() - DAY)
    call.room.name = f"call-{number}"
    call.room.save(update_fields=["name"])
    PartyFactory.create(
        call=call,
        number=PhoneNumber.of(number),
        name=name,
        identity=f"sip_{number}",
        joined_at=call.started_at,
    )
    LiveKitEvent.objects.create(
        id=f"EV_{call.id}",
        name="participant_joined",
        api_key="key",
        room_sid=call.room.sid,
        happened_at=call.started_at,
        signed_at=call.started_at,
        received_at=call.started_at,
        applied_at=call.started_at,
        state="applied",
        payload=f'{{"identity": "sip_{number}"}}',
    )
    key = f"recordings/{call.id}/01.ogg"
    for said in (f"{name} {number}, first", f"{name} {number}, again"):
        media_store.store().put(key, io.BytesIO(said.encode()), "audio/ogg")
    usual = {"store": media_store.store().name, "object_key": key}
    return RecordingFactory.create(call=call, **usual | fields)


def dump() -> bytes:
    """The database as `pg_dump` writes it."""
    found = connection.settings_dict
    program = binaries.postgres_folder() / "pg_dump"
    address = (
        f"postgresql://{found['USER']}@{found['HOST']}:{found['PORT']}/{found['NAME']}"
    )
    return subprocess.run(
        [program, "--inserts", address],
        env={"PGPASSWORD": str(found["PASSWORD"])},
        check=True,
        capture_output=True,
    ).stdout


def what_is_left(house: House, log: str) -> list[str]:
    """Every place where something of the person is, but the audio that is kept."""
    return left(PERSON, texts={"log": log, "dump": dump(), **house.objects()})


def fills_in_the_form(house: House, open_page: OpenPage) -> None:
    page = open_page(f"{house.door}/privacy/?lang=en")
    page.get_by_label("Your name").fill(NAME)
    page.get_by_label("Your e-mail address").fill(MAIL)
    page.get_by_label("The number").fill(NUMBER)
    page.locator("select[name=kind]").select_option("erasure")
    page.get_by_role("button", name="Send").click()
    page.wait_for_load_state()
    tasks.deliver_letters()
    asks = mail.outbox.pop()
    assert asks.to == [MAIL]
    link = re.search(r"https?://\S+/privacy/confirm/\S+", str(asks.body))
    assert link
    page.goto(house.door + urlsplit(link[0]).path)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_load_state()


def verifies(page: Page) -> None:
    page.get_by_role("button", name="It is theirs").first.click()
    page.get_by_text("It is confirmed as theirs.").wait_for()
    page.get_by_role("button", name="It is theirs").first.click()
    page.get_by_text("It is confirmed as theirs.").wait_for()
    page.locator("summary", has_text="Put a check down").click()
    page.get_by_label("Passed").check()
    page.get_by_label("What it rests on").fill("Knew the day and the ticket.")
    page.get_by_role("button", name="Put a check down").click()
    page.get_by_text("The check is put down.").wait_for()
    page.get_by_role("button", name="It is they: verify").click()
    page.get_by_text("The identity is verified.").wait_for()


def plans(page: Page) -> None:
    page.get_by_role("link", name="Plan it").click()
    page.get_by_role("button", name="Find everything").click()
    expect(page.get_by_role("heading", name="4 recordings were found")).to_be_visible()
    expect(page.get_by_text("kept on a legal ground").first).to_be_visible()
    expect(page.get_by_text("a law demands").first).to_be_visible()
    page.get_by_role("button", name="Freeze it and ask a second person").click()
    page.get_by_text("SHA-256 of the plan").wait_for()


def test_from_the_form_to_the_certificate_and_nothing_is_left(
    house: House,
    open_page: OpenPage,
    axe: Callable[[Page], list[str]],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Any,
) -> None:
    caplog.set_level(logging.INFO)
    floor = timezone.now() + 30 * DAY
    with transaction.atomic():
        free = [recorded(house, NUMBER, NAME) for _ in range(2)]
        held = recorded(house, NUMBER, NAME)
        floored = recorded(house, NUMBER, NAME, keep_until=floor)
        theirs = recorded(house, STRANGER, "Paul Unbeteiligt")
    holds.place(
        matter="Smith v. Acme",
        reason="A letter of a lawyer",
        scope=Scope(calls=(held.call_id,)),
        by=house.cast.officer,
        now=timezone.now(),
    )
    assert what_is_left(house, caplog.text), "the search can find"

    # the person asks; an officer looks who it is, and has everything found
    fills_in_the_form(house, open_page)
    request = SubjectRequest.objects.get()
    page = open_page(f"/requests/{request.pk}/", person=house.cast.officer)
    verifies(page)
    plans(page)
    assert len(house.objects()) == 10, "nothing has gone yet"

    # another agrees, and the worker carries it out under the officer's eyes
    second_page = open_page("/approvals/", person=house.other)
    second_page.get_by_role("link", name="delete what is kept about").first.click()
    second_page.get_by_role("button", name="Approve and carry out").click()
    second_page.get_by_text("It is approved and carried out.").wait_for()
    page.goto(f"/requests/{request.pk}/plan/", wait_until="networkidle")
    expect(page.get_by_text("0 of 4 recordings settled")).to_be_visible()
    plan = RequestPlan.objects.get()
    while carry_out.advance(plan_id=plan.pk, now=timezone.now()):
        pass
    expect(page.get_by_text("finished")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("2 deleted for ever")).to_be_visible()
    assert axe(page) == []

    # signed, answered
    page.reload()
    page.get_by_role("button", name="Sign the certificate").click()
    page.get_by_role("link", name="Signed file (JSON)").wait_for()
    page.goto(f"/requests/{request.pk}/", wait_until="networkidle")
    page.locator("summary", has_text="Close it").click()
    page.get_by_role("button", name="Close and write to the person").click()
    page.get_by_text("The request is closed.").wait_for()
    page.get_by_role("button", name="Send it as it stands").click()
    page.wait_for_load_state()
    tasks.deliver_letters()
    assert "Article 17(3)(b)" in str(mail.outbox[-1].body)

    # what was to go is gone, with every version; what is kept is kept, restricted
    assert _keys(house) == {part.object_key for part in (held, floored, theirs)}
    gone = Recording.objects.filter(pk__in=[one.pk for one in free])
    assert {one.state for one in gone} == {"destroyed"}
    assert DestructionReceipt.objects.filter(reason="request").count() == 2
    for part in free:
        assert not Party.objects.get(call=part.call_id).name
    assert Party.objects.get(call=held.call_id).name == NAME
    _certificate_tells(tmp_path)

    # the grounds are over: the rest goes by itself, then the person is forgotten
    later = floor + 40 * DAY
    Hold.objects.update(state="over", released_at=later, cools_until=later)
    assert plan_keeping.review(now=later) == 1
    while carry_out.advance(plan_id=plan.pk, now=later):
        pass
    for request_id in forgetting.due(limit=9):
        forgetting.forget(request_id=request_id, now=later)

    assert _keys(house) == {theirs.object_key}
    assert what_is_left(house, caplog.text) == []
    assert left(Facts(numbers=(STRANGER,))), "the others are there"
    assert AuditEntry.objects.filter(act="request.person_forgotten").count() == 1


def _keys(house: House) -> set[str]:
    return {name.split()[0] for name in house.objects()}


def _certificate_tells(folder: Any) -> None:
    """The file answers yes for the number it was about, and no for another."""
    file = folder / "certificate.json"
    file.write_bytes(certificates.file_of(Certificate.objects.get()))
    assert NUMBER not in file.read_text()
    told = io.StringIO()
    call_command("check_certificate", file, "--number", NUMBER, stdout=told)
    assert "yes: erased" in told.getvalue()
    with pytest.raises(Exception, match="does not tell"):
        call_command("check_certificate", file, "--number", STRANGER, stdout=told)
