"""The page of the audit log's receivers: made, changed, switched off, tried out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from compliance.models import AuditEntry, Person, SiemTarget
from compliance.wire.signature import new_secret
from tests.cast import Cast
from tests.factories.compliance import SiemTargetFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
LIST, NEW = "/siem/", "/siem/new"
Kind = SiemTarget.Kind
GIVEN = {
    "name": "Blue team",
    "kind": "ocsf",
    "url": "https://93.184.216.34/earwitness",
    "whole": "now",
}


@pytest.mark.parametrize("who", ["reviewer", "auditor", "stranger"])
def test_others_do_not_say_where_the_log_goes(
    cast: Cast, sign_in: SignIn, who: str
) -> None:
    browser = sign_in(cast.people[who])

    assert browser.get(LIST).status_code == 403
    assert browser.post(NEW, GIVEN).status_code == 403
    assert not SiemTarget.objects.exists()


@pytest.mark.parametrize("who", ["administrator", "officer"])
def test_a_receiver_is_made_and_its_secret_shown_once(
    cast: Cast, sign_in: SignIn, entries: Entries, who: str
) -> None:
    browser = sign_in(cast.people[who])

    answer = browser.post(NEW, GIVEN)

    target = SiemTarget.objects.get()
    assert target.secret.startswith("whsec_")
    assert target.secret in answer.content.decode()
    assert target.sent_xid > 0, "from now on"
    with connection.cursor() as sql:
        sql.execute("SELECT secret FROM compliance_siemtarget")
        assert target.secret not in sql.fetchone()[0]
    made = entries(object_pk=str(target.pk))
    assert {one.act for one in made} == {"record.created", "siem.secret_set"}
    assert all(one.actor_id == cast.people[who].pk for one in made)
    for path in (LIST, f"{LIST}{target.pk}/"):
        page = browser.get(path).content.decode()
        assert "Blue team" in page
        assert target.secret not in page


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"url": "http://siem.example/"}, "https only"),
        ({"url": "https://10.1.2.3/"}, "private network"),
        ({"kind": "syslog", "url": "https://siem.example/"}, "tls://host:6514"),
        ({"kind": "splunk"}, "asks for one"),
        ({"ca": "not a certificate"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    cast: Cast, sign_in: SignIn, said: dict[str, str], what: str
) -> None:
    page = sign_in(cast.officer).post(NEW, GIVEN | said).content.decode()

    assert what in page
    assert not SiemTarget.objects.exists()


def test_a_token_is_kept_unless_another_is_given(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)
    browser.post(NEW, GIVEN | {"kind": "splunk", "secret": "token-1"})
    target = SiemTarget.objects.get()
    page = f"{LIST}{target.pk}/"
    said = {"name": "Red team", "url": GIVEN["url"], "is_active": "on"}

    assert browser.post(page, said).status_code == 302
    target.refresh_from_db()
    assert (target.name, target.secret) == ("Red team", "token-1")
    browser.post(page, said | {"secret": "token-2", "is_active": ""})
    target.refresh_from_db()
    assert (target.is_active, target.secret) == (False, "token-2")
    assert len(entries(act="siem.secret_set")) == 2
    assert "token-" not in str([one.changes for one in entries()])


def test_a_new_secret_of_ours_is_shown_once(cast: Cast, sign_in: SignIn) -> None:
    target = SiemTargetFactory.create(secret=(old := new_secret()))
    said = {"name": "A", "url": GIVEN["url"], "is_active": "on", "renew": "on"}

    page = sign_in(cast.officer).post(f"{LIST}{target.pk}/", said).content.decode()

    target.refresh_from_db()
    assert target.secret != old
    assert target.secret in page


def test_a_secret_whose_key_is_lost_can_be_replaced(
    cast: Cast, sign_in: SignIn
) -> None:
    target = SiemTargetFactory.create(kind=Kind.SPLUNK)
    with connection.cursor() as sql:
        sql.execute("UPDATE compliance_siemtarget SET secret = 'nonsense'")
    browser = sign_in(cast.officer)
    said = {"name": "A", "url": GIVEN["url"], "is_active": "on", "secret": "token-2"}

    assert browser.get(LIST).status_code == 200
    assert browser.post(f"{LIST}{target.pk}/", said).status_code == 302
    assert SiemTarget.objects.get().secret == "token-2"


def test_a_test_is_an_entry_that_waits_to_be_sent(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    target = SiemTargetFactory.create()
    browser = sign_in(cast.administrator)

    page = browser.post(f"{LIST}{target.pk}/test", follow=True).content.decode()

    (entry,) = entries(act="siem.tested")
    target.refresh_from_db()
    assert target.test_entry == entry.pk
    assert "on its way" in page


def test_how_each_is_doing(cast: Cast, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    SiemTargetFactory.create(
        name="Dead", last_error="timeout", failures=3, failing_since=now
    )
    SiemTargetFactory.create(name="Off", is_active=False)
    SiemTargetFactory.create(
        name="Odd", last_error="418", failing_since=now - timedelta(days=1)
    )

    page = sign_in(cast.officer).get(LIST).content.decode()

    assert "2 receivers do not take it." in page
    assert "no answer in time" in page
    assert "it answered 418" in page
    assert re.search(r"\d+<span[^>]*>the first for \d+ second", page)


def test_no_receiver_yet(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.officer).get(LIST).content.decode()

    assert "It is sent nowhere yet" in page


def test_queries_do_not_grow_beyond_two_a_receiver(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)

    def queries(count: int) -> int:
        SiemTargetFactory.create_batch(count)
        browser.get(LIST)
        with CaptureQueriesContext(connection) as asked:
            browser.get(LIST)
        return len(asked)

    one = queries(1)
    assert queries(2) - one == 4


def test_a_second_factor_is_asked_for(
    cast: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.STEP_UP_SECONDS = -1

    answer = sign_in(cast.officer).post(NEW, GIVEN)

    assert not SiemTarget.objects.exists()
    assert answer.status_code in {302, 401, 403}
