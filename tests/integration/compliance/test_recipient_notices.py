"""Recipients of data are told what became of them (GDPR Art. 19)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from compliance.access.refusals import Refused
from compliance.models import AuditEntry, Person, RecipientNotice
from compliance.requests import notices
from compliance.requests.clock import NotByLaw
from tests.cast import Cast
from tests.factories.requests import RECEIVED, asked

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@dataclass(frozen=True)
class Given:
    """What a recipient was given."""

    to_whom: str
    what: str = "two recordings"
    at: datetime = datetime(2026, 9, 1, 8, tzinfo=UTC)
    items: int = 2


COURT, CLIENT = Given("Regional court"), Given("Client AG", "a list of calls")


def write(cast: Cast, kind: str, *given: Given, **said: Any) -> list[RecipientNotice]:
    request = asked(cast.officer, kind=kind, **said)
    return notices.write_for(
        request=request, recipients=given, by=cast.officer, now=RECEIVED
    )


def test_each_gets_one_letter_in_the_language_of_the_request(cast: Cast) -> None:
    made = write(cast, "erasure", COURT, CLIENT, language="de")
    request = made[0].request

    again = notices.write_for(
        request=request,
        recipients=[CLIENT, COURT, Given("Another")],
        by=cast.officer,
        now=RECEIVED,
    )

    assert {one.to_whom for one in made} == {"Regional court", "Client AG"}
    assert len(again) == 3
    first = next(one for one in made if one.to_whom == "Regional court")
    assert "1. September 2026" in first.body
    assert "two recordings" in first.body
    assert request.reference in first.subject
    with connection.cursor() as sql:
        sql.execute("SELECT to_whom, body FROM compliance_recipientnotice")
        assert "Regional court" not in str(sql.fetchall())
    entries = AuditEntry.objects.filter(act="recipient_notice.written")
    assert [one.facts["notices"] for one in entries.order_by("timestamp")] == [2, 1]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("erasure", "erasure"),
        ("withdrawal", "erasure"),
        ("rectification", "rectification"),
        ("restriction", "restriction"),
        ("objection", "restriction"),
    ],
)
def test_what_is_told_is_what_was_done(cast: Cast, kind: str, change: str) -> None:
    [made] = write(cast, kind, COURT)

    assert made.change == change


@pytest.mark.parametrize("kind", ["access", "portability", "listeners"])
def test_who_only_asked_to_know_changes_nothing_for_others(
    cast: Cast, kind: str
) -> None:
    assert write(cast, kind, COURT) == []


def test_it_is_sent_as_it_stands_or_not_told_for_a_reason(
    cast: Cast, sign_in: SignIn
) -> None:
    court, client = write(cast, "erasure", COURT, CLIENT)
    url = f"/requests/{court.request_id}/"
    browser = sign_in(cast.officer)

    def do(act: str, notice: RecipientNotice, **said: str) -> str:
        posted = {"act": act, "letter": notice.pk, **said}
        return browser.post(f"{url}act", posted, follow=True).content.decode()

    page = browser.get(url).content.decode()
    assert "It was sent as it stands" in page
    said = {"subject": "Erased", "body": "Dear court,\r\nthey are erased."}
    assert "kept as you wrote it" in do("edit-notice", court, **said)
    said["body"] += "\r\nAll of them."
    assert "Put down as sent." in do("send-notice", court, **said)
    refused = do("notice-impossible", client, reason=" ")
    assert "This field is required" in refused
    assert "with your reason" in do("notice-impossible", client, reason="Dissolved.")

    court.refresh_from_db()
    client.refresh_from_db()
    assert (court.state, court.by) == ("sent", cast.officer)
    assert court.body == "Dear court,\nthey are erased.\nAll of them.\n"
    assert (client.state, client.reason) == ("impossible", "Dissolved.")
    for done in (court, client):
        with pytest.raises(NotByLaw):
            notices.sent(notice=done, by=cast.officer, now=RECEIVED)
    assert "Dissolved." in browser.get(url).content.decode()


def test_others_tell_nobody(cast: Cast) -> None:
    [made] = write(cast, "erasure", COURT)

    with pytest.raises(Refused):
        notices.sent(notice=made, by=cast.auditor, now=RECEIVED)
