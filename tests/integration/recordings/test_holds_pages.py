"""Legal holds as people place, read and release them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope, Subject
from compliance.models import Approval, AuditEntry, Hold, Person, Purpose
from compliance.requests import traces
from compliance.retention import holds
from recordings import consulted, playback
from recordings.models import Call, Disclosure, Listen, Recording, SavedSearch
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.second_person import second
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
MATTER = "Smith v. Acme"
NUMBER = "+49 30 23125001"


def call_of(cast: Cast, **more: Any) -> Call:
    """A call of today with a recording."""
    call = CallFactory.create(team=cast.claims, started_at=timezone.now(), **more)
    RecordingFactory.create(call=call, expires_at=timezone.now() + timedelta(days=9))
    return call


def send(browser: Client, act: str, **said: Any) -> Any:
    usual = {"matter": MATTER, "reason": "A letter of a lawyer", "act": act}
    return browser.post("/holds/new", {**usual, **said}, follow=True)


def placed(cast: Cast, call: Call, **more: Any) -> Hold:
    scope = Scope(calls=(call.id,))
    return holds.place(
        matter=MATTER,
        reason="R",
        scope=scope,
        by=cast.officer,
        now=timezone.now(),
        **more,
    )


# placing


def test_a_hold_is_looked_at_placed_and_read(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    call = call_of(cast)
    browser = sign_in(cast.officer)
    assert "There is no hold" in words(browser.get("/holds/"))

    looked = send(browser, "look", calls=f"https://portal.example/calls/{call.id}/")
    assert "It would keep 1 recording now" in words(looked)
    assert not Hold.objects.exists()

    page = send(browser, "place", calls=str(call.id), custodian="Legal department")

    hold = Hold.objects.get()
    assert page.redirect_chain[-1][0] == f"/holds/{hold.pk}/"
    assert MATTER in words(page)
    assert "1 recording is kept" in words(page)
    assert f"/calls/{call.id}/" in page.content.decode()
    listed = words(browser.get("/holds/"))
    assert f"{MATTER} Legal department" in listed
    assert [e.act for e in entries(act__startswith="hold.", actor=cast.officer)] == [
        Action.HOLD_PREVIEWED,
        Action.HOLD_PLACED,
        Action.HOLD_CAUGHT,
        Action.HOLD_READ,
    ]


def test_a_number_is_held_and_no_page_shows_it_whole(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.officer)
    looked = send(browser, "look", number=NUMBER)
    assert "It would keep 0 recordings now" in words(looked)

    page = send(browser, "place", number=NUMBER)

    assert "•••" in words(page)
    assert "23125001" not in page.content.decode().replace(" ", "")


def test_what_a_list_shows_is_held(cast: Cast, sign_in: SignIn) -> None:
    call_of(cast, direction=Call.Direction.OUTBOUND)
    wanted = call_of(cast)
    browser = sign_in(cast.officer)
    form = browser.get("/holds/new?direction=inbound").content.decode()
    assert 'value="direction=inbound"' in form

    send(browser, "place", listed="direction=inbound")

    held_ids = Hold.objects.get().items.values_list("item_id", flat=True)
    assert list(held_ids) == [wanted.recordings.get().id]


def test_a_saved_filter_goes_on_catching(cast: Cast, sign_in: SignIn) -> None:
    search = SavedSearch.objects.create(
        owner=cast.officer, name="Out", filters='{"query": "direction=outbound"}'
    )
    send(sign_in(cast.officer), "place", saved=str(search.id))
    search.delete()
    later = call_of(cast, direction=Call.Direction.OUTBOUND)

    holds.catch(hold_id=Hold.objects.get().pk, now=timezone.now())

    assert Hold.objects.get().items.get().item_id == later.recordings.get().id


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({}, "Say what it is about"),
        ({"calls": "none of them"}, "no id of a call"),
        ({"calls": "00000000-0000-4000-8000-000000000000"}, "no calls that you may"),
        ({"number": "12345"}, "Write it with +"),
        ({"listed": "longer_than=x"}, "Enter a number"),
        ({"since": "2026-01-02", "until": "2025-01-01"}, "end before it begins"),
        ({"matter": "", "since": "2026-01-02"}, "This field is required"),
    ],
)
def test_what_cannot_be_held_is_said(
    cast: Cast, sign_in: SignIn, said: dict[str, str], says: str
) -> None:
    answer = send(sign_in(cast.officer), "place", **said)

    assert answer.status_code == 422
    assert says in words(answer)
    assert not Hold.objects.exists()


# releasing


def test_a_release_is_asked_for_and_approved_by_another(
    cast: Cast, sign_in: SignIn
) -> None:
    hold = placed(cast, call_of(cast))
    other = second(Role.OFFICER)
    browser = sign_in(cast.officer)

    page = browser.post(f"/holds/{hold.pk}/release", follow=True)

    asked = Approval.objects.get()
    assert page.redirect_chain[-1][0] == f"/approvals/{asked.pk}/"
    assert MATTER in words(page)
    assert "Its release is asked for" in words(browser.get(f"/holds/{hold.pk}/"))
    sign_in(other).post(f"/approvals/{asked.pk}/decide", {"act": "approve"})
    hold.refresh_from_db()
    assert hold.state == Hold.State.COOLING
    assert "released, items stay for now until" in words(browser.get("/holds/"))


def test_alone_nobody_releases_one(cast: Cast, sign_in: SignIn) -> None:
    hold = placed(cast, call_of(cast))

    page = sign_in(cast.officer).post(f"/holds/{hold.pk}/release", follow=True)

    assert "Nobody is left who could approve this." in words(page)
    assert not Approval.objects.exists()


# who may know


def test_the_call_says_that_it_is_held_and_for_what_to_whom_may_know(
    cast: Cast, sign_in: SignIn
) -> None:
    call = call_of(cast)
    path = f"/calls/{call.id}/?panel=keep"
    assert "Held no" in words(sign_in(cast.officer).get(path))

    placed(cast, call, is_confidential=True)

    seen = words(sign_in(cast.officer).get(path))
    assert f"Held {MATTER}" in seen
    for person in (cast.reviewer, cast.lead, cast.auditor):
        page = sign_in(person).get(path)
        assert "Held kept on a legal ground" in words(page)
        assert MATTER not in words(page)
        assert "/holds/" not in page.content.decode()


def test_lists_files_and_answers_tell_no_more_than_the_ground(
    cast: Cast, sign_in: SignIn
) -> None:
    call = call_of(cast)
    free = call_of(cast)
    placed(cast, call, is_confidential=True)
    browser = sign_in(cast.lead)

    listed = browser.get("/calls/")
    assert words(listed).count("held : kept on a legal ground") == 1
    for value, wanted, other in (("true", call, free), ("false", free, call)):
        found = browser.get(f"/calls/?held={value}").content.decode()
        assert f"/calls/{wanted.id}/" in found
        assert f"/calls/{other.id}/" not in found
    assert MATTER not in listed.content.decode()


def test_who_listened_for_a_confidential_hold_only_those_see_who_see_it(
    cast: Cast, sign_in: SignIn, settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    call = hearable_call(cast.claims)
    part = part_of(call)
    hold = placed(cast, call, is_confidential=True)
    for listener, purpose in (
        (cast.officer, Purpose.EVIDENCE),
        (cast.lead, Purpose.EVIDENCE),
    ):
        playback.open(
            recording_id=part.id,
            listener=listener,
            purpose=purpose,
            now=timezone.now(),
        )

    by_listener = {one.listener: one.for_hold for one in Listen.objects.all()}
    assert by_listener == {cast.officer: hold.pk, cast.lead: None}
    path = f"/calls/{call.id}/?panel=listened"
    assert "Olga Officer" in words(sign_in(cast.officer).get(path))
    for person in (cast.lead, cast.auditor):
        page = words(sign_in(person).get(path))
        assert "Lena Lead" in page
        assert "Olga Officer" not in page
    table = sign_in(cast.auditor).get("/admin/recordings/listen/")
    assert "Lena Lead" in words(table)
    assert "Olga Officer" not in words(table)


def test_copies_taken_for_a_confidential_hold_only_those_see_who_see_it(
    cast: Cast, sign_in: SignIn, settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}
    call = hearable_call(cast.claims)
    part = part_of(call)
    hold = placed(cast, call, is_confidential=True)
    for purpose in (Purpose.EVIDENCE, Purpose.QUALITY):
        playback.download(
            recording_id=part.id,
            by=cast.officer,
            purpose=purpose,
            recipient=f"Recipient of {purpose.value}",
            organisation="",
            reason="Asked for",
            now=timezone.now(),
        )

    holds = dict(Disclosure.objects.values_list("purpose", "for_hold"))
    assert holds == {"evidence": hold.pk, "quality": None}
    path = f"/calls/{call.id}/?panel=listened"
    assert "Recipient of evidence" in words(sign_in(cast.officer).get(path))
    page = words(sign_in(cast.auditor).get(path))
    assert "Recipient of evidence" not in page
    began = {call.pk: call.started_at}
    told = [one.recipient for one in consulted.of_calls(began, viewer=None)]
    assert told == ["Recipient of quality"]
    subject = Subject(calls=frozenset({call.pk}))
    given = [one.to_whom for one in traces.recipients(subject)]
    assert given == ["Recipient of quality"]
    auditor = sign_in(cast.auditor)
    opened = {
        one.purpose: auditor.get(f"/admin/recordings/disclosure/{one.pk}/change/")
        for one in Disclosure.objects.all()
    }
    assert (opened["evidence"].status_code, opened["quality"].status_code) == (404, 200)


def test_a_part_whose_time_is_over_is_not_said_to_be_deleted_shortly(
    cast: Cast, sign_in: SignIn
) -> None:
    call = call_of(cast)
    Recording.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    browser = sign_in(cast.reviewer)
    assert "deleted for ever shortly" in words(browser.get(f"/calls/{call.id}/"))

    placed(cast, call)

    page = words(browser.get(f"/calls/{call.id}/"))
    assert "It is kept on a legal ground." in page
    assert "deleted for ever shortly" not in page


def test_who_may_place_holds_finds_the_way_from_calls(
    cast: Cast, sign_in: SignIn
) -> None:
    call = call_of(cast)
    for person, may in ((cast.officer, True), (cast.lead, False)):
        browser = sign_in(person)
        for path in ("/calls/?direction=inbound", f"/calls/{call.id}/"):
            assert ("/holds/new?" in browser.get(path).content.decode()) is may


# what it costs


def test_pages_cost_the_same_however_much_is_held(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.officer)

    def cost(path: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(path).status_code == 200
        return len(asked)

    first = call_of(cast)
    PartyFactory.create(call=first)
    hold = placed(cast, first)
    contents = cost(f"/holds/{hold.pk}/")
    for _ in range(5):
        PartyFactory.create(call=call_of(cast))
    scope = Scope(team=cast.claims.id, since=timezone.now() - timedelta(days=1))
    many = holds.place(
        matter="M", reason="R", scope=scope, by=cast.officer, now=timezone.now()
    )
    assert many.items.count() == 6
    assert cost(f"/holds/{many.pk}/") <= contents + 1, "the name of its team"
