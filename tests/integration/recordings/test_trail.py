"""My trail: everybody sees and takes what the log holds of himself, nobody else's."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import trail
from recordings.models import Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, ListenFactory, RecordingFactory

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


@pytest.fixture
def part(cast: Cast) -> Recording:
    """Heard by the reviewer for 31 seconds, and revealed by the officer."""
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    heard(part, cast.reviewer)
    with transaction.atomic():
        log.append(Action.NUMBER_REVEALED, subject=part.call, actor=cast.officer)
    return part


def heard(part: Recording, person: Person) -> None:
    """A listen and its entry."""
    listen = ListenFactory.create(recording=part, listener=person, heard_ms=31_000)
    with transaction.atomic():
        log.append(
            Action.LISTEN_GRANTED,
            subject=part,
            actor=person,
            facts={
                "listen": str(listen.id),
                "purpose": "quality",
                "seconds": 300,
                "form": "ogg",
                "reason_given": False,
            },
        )


def test_one_sees_what_one_heard_and_nothing_of_others(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    page = sign_in(cast.reviewer).get(reverse("trail")).content.decode()

    assert "to hear, for quality" in page
    assert "reported heard 0:31" in page
    assert reverse("call", args=[part.call_id]) in page
    assert "saw a whole number" not in page


@pytest.mark.usefixtures("part")
def test_it_is_narrowed_to_a_kind(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)

    took = browser.get(reverse("trail"), {"kind": "took"}).content.decode()
    searched = browser.get(reverse("trail"), {"kind": "searched"}).content.decode()

    assert "Nothing yet" in took
    assert "saw a whole number" in searched


def test_it_is_taken_as_a_file(
    cast: Cast,
    sign_in: SignIn,
    part: Recording,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trail, "AT_ONCE", 2)
    for _ in range(4):
        heard(part, cast.reviewer)
    answer: Any = sign_in(cast.reviewer).get(reverse("trail-file"), {"kind": "heard"})

    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    (entry,) = entries(act=Action.TRAIL_TAKEN)
    assert [row["Action"] for row in rows] == ["recording.listen_granted"] * 5
    assert len({row["Entry"] for row in rows}) == 5
    assert rows[0]["Reported heard (s)"] == "31"
    assert rows[0]["Call"] == str(part.call_id)
    assert entry.facts == {"entries": 5}


def test_a_person_without_a_role_has_a_trail(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.stranger).get(reverse("trail")).status_code == 200


def test_more_entries_cost_no_more_queries(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    browser = sign_in(cast.reviewer)
    browser.get(reverse("trail"))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("trail"))
    for _ in range(3):
        heard(part, cast.reviewer)
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("trail"))

    assert len(many) == len(few)
