"""A request from its receipt to its end: clock, identity, answer, and the log of it."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from pytest_django.fixtures import Settings

from compliance.access.refusals import Refused
from compliance.models import (
    AuditEntry,
    IdentityEvidence,
    RecipientNotice,
    RequestLetter,
    RequestNote,
    RequestTexts,
    SubjectRequest,
)
from compliance.requests import clock, handling, identity, intake, letters, request_log
from compliance.requests.clock import NotByLaw
from compliance.requests.handling import Outcome
from compliance.requests.identity import Method, Source
from compliance.requests.intake import NotTakenIn
from compliance.requests.wording import LANGUAGES, Wording, wording
from tests.cast import Cast
from tests.factories.requests import NUMBER, RECEIVED, asked, number_of, verified

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _mail(settings: Settings) -> None:
    settings.MAIL_IS_ON = True


def send_all(now: datetime) -> int:
    return sum(
        letters.deliver(letter_id=one, now=now) for one in letters.due(now=now, limit=9)
    )


def test_it_is_written_down_with_its_dates_and_a_receipt_leaves(cast: Cast) -> None:
    request = asked(cast.officer, language="de")

    assert request.due_at == datetime(2026, 12, 2, 23, 59, 59, tzinfo=UTC)
    assert request.acknowledged_at is None
    assert send_all(RECEIVED) == 1
    [receipt] = mail.outbox
    assert receipt.to == ["erika@example.org"]
    assert request.reference in receipt.subject
    assert "2. Dezember 2026" in receipt.body
    request.refresh_from_db()
    assert request.acknowledged_at == RECEIVED
    assert send_all(RECEIVED + DAY) == 0


def test_a_mail_server_that_is_down_is_asked_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(cast.officer)

    def down(_letter: RequestLetter) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(letters, "_mail", down)
        assert send_all(RECEIVED) == 0
    request.refresh_from_db()
    assert request.acknowledged_at is None
    assert not AuditEntry.objects.filter(act="request.letter_sent").exists()
    assert send_all(RECEIVED) == 0
    assert send_all(RECEIVED + 2 * letters.FIRST_WAIT) == 1


def test_who_has_no_address_is_written_to_by_hand(cast: Cast) -> None:
    request = asked(cast.officer, email="", address="Hauptstr. 1, Berlin")
    letter = request.letters.get()

    assert letter.state == "by_post"
    assert letters.posted(letter=letter, by=cast.officer, now=RECEIVED + DAY)
    assert not letters.posted(letter=letter, by=cast.officer, now=RECEIVED + DAY)
    request.refresh_from_db()
    assert request.acknowledged_at == RECEIVED + DAY


def test_what_cannot_be_worked_on_is_not_taken_in(cast: Cast) -> None:
    for wrong in (
        {"law": "XX"},
        {"kind": "tea"},
        {"place": "QQ"},
        {"received_at": RECEIVED + DAY},
        {"name": "", "email": "", "numbers": ()},
    ):
        with pytest.raises(NotTakenIn):
            asked(cast.officer, **wrong)
    with pytest.raises(Refused):
        asked(cast.lead)
    assert not SubjectRequest.objects.exists()


def test_the_same_from_the_same_person_is_linked(cast: Cast) -> None:
    first = asked(cast.officer)
    by_mail = asked(cast.officer, email="ERIKA@example.org ", numbers=())
    by_number = asked(cast.officer, email="", numbers=(NUMBER,))
    other_kind = asked(cast.officer, kind="access")

    assert by_mail.duplicate_of == by_number.duplicate_of == first
    assert other_kind.duplicate_of is None
    handling.close(
        request=by_mail,
        outcome=Outcome.DUPLICATE,
        why="",
        by=cast.officer,
        now=RECEIVED,
    )
    with pytest.raises(NotByLaw):
        handling.close(
            request=first,
            outcome=Outcome.DUPLICATE,
            why="",
            by=cast.officer,
            now=RECEIVED,
        )


def test_the_clock_stands_still_only_where_the_law_lets_it(cast: Cast) -> None:
    uk = asked(cast.officer, law="UK-GDPR", place="GB")
    california = asked(cast.officer, law="US-CA", place="US-CA")
    waits = {
        "cause": clock.Cause.IDENTITY,
        "why": "Asked for proof.",
        "by": cast.officer,
    }

    with pytest.raises(NotByLaw):
        clock.pause(request=california, now=RECEIVED + DAY, **waits)  # type: ignore[arg-type]
    clock.pause(request=uk, now=RECEIVED + 2 * DAY, **waits)  # type: ignore[arg-type]
    clock.resume(request=uk, by=cast.officer, now=RECEIVED + 9 * DAY)

    uk.refresh_from_db()
    assert uk.paused_at is None
    assert uk.due_at.date() == date(2026, 12, 9)


def test_verifying_lets_a_clock_that_waited_for_it_go_on(cast: Cast) -> None:
    uk = asked(cast.officer, law="UK-GDPR", place="GB")
    clock.pause(
        request=uk,
        cause=clock.Cause.IDENTITY,
        why="Asked for proof.",
        by=cast.officer,
        now=RECEIVED,
    )

    verified(uk, cast.officer, now=RECEIVED + 7 * DAY)

    uk.refresh_from_db()
    assert uk.identity == "verified"
    assert uk.paused_at is None
    assert uk.due_at.date() == date(2026, 12, 9)


def test_it_is_extended_once_with_a_letter_that_gives_the_reason(cast: Cast) -> None:
    request = asked(cast.officer)
    reason = "Several hundred calls must be heard."

    with pytest.raises(NotByLaw):
        clock.extend(request=request, why=" ", by=cast.officer, now=RECEIVED)
    clock.extend(request=request, why=reason, by=cast.officer, now=RECEIVED + DAY)
    with pytest.raises(NotByLaw):
        clock.extend(request=request, why=reason, by=cast.officer, now=RECEIVED + DAY)

    request.refresh_from_db()
    assert request.due_at.date() == date(2027, 2, 2)
    letter = request.letters.get(kind="extension")
    assert reason in letter.body
    assert "Article 77" in letter.body
    assert request.notes.get(about="extension").text == reason


def test_too_late_and_under_a_law_without_it_nothing_is_extended(cast: Cast) -> None:
    late, brazil = asked(cast.officer), asked(cast.officer, law="BR-LGPD")
    switzerland = asked(cast.officer, law="CH-FADP")

    for request, now in ((late, RECEIVED + 60 * DAY), (brazil, RECEIVED)):
        with pytest.raises(NotByLaw):
            clock.extend(request=request, why="Much to do.", by=cast.officer, now=now)
    with pytest.raises(NotByLaw):
        clock.extend(
            request=switzerland, why="Much to do.", by=cast.officer, now=RECEIVED
        )
    clock.extend(
        request=switzerland,
        why="Much to do.",
        stated=date(2027, 1, 15),
        by=cast.officer,
        now=RECEIVED,
    )
    switzerland.refresh_from_db()
    assert switzerland.due_at.date() == date(2027, 1, 15)


def test_nothing_is_answered_before_it_is_known_who_asks(cast: Cast) -> None:
    request = asked(cast.officer)
    answer = {"outcome": Outcome.FULFILLED, "why": "Done.", "now": RECEIVED + DAY}

    with pytest.raises(NotByLaw):
        handling.close(request=request, by=cast.officer, **answer)  # type: ignore[arg-type]
    with pytest.raises(NotByLaw):
        identity.verify(request=request, by=cast.officer, now=RECEIVED)
    verified(request, cast.officer)
    assert IdentityEvidence.objects.count() == 1
    handling.close(request=request, by=cast.officer, **answer)  # type: ignore[arg-type]

    request.refresh_from_db()
    assert request.outcome == "fulfilled"
    assert request.checks.get().passed
    assert not IdentityEvidence.objects.exists()
    closed = AuditEntry.objects.get(act="request.closed")
    assert closed.facts["evidence"] == 1


def test_a_refusal_wants_ground_and_reasons_and_tells_the_way_to_complain(
    cast: Cast,
) -> None:
    request = asked(cast.officer, language="fr")
    refuse = {"outcome": Outcome.REFUSED, "by": cast.officer, "now": RECEIVED + DAY}

    for ground, why in (("", "No."), ("identity", " ")):
        with pytest.raises(NotByLaw):
            handling.close(request=request, ground=ground, why=why, **refuse)  # type: ignore[arg-type]
    identity.refuse(
        request=request, why="Knew no call.", by=cast.officer, now=RECEIVED + DAY
    )
    handling.close(
        request=request,
        ground="identity",
        why="Aucun appel connu.",
        **refuse,  # type: ignore[arg-type]
    )

    letter = request.letters.get(kind="refusal")
    assert "Aucun appel connu." in letter.body
    assert "article 77 du RGPD" in letter.body
    request.refresh_from_db()
    assert (request.outcome, request.ground) == ("refused", "identity")


def test_links_are_confirmed_one_by_one(cast: Cast) -> None:
    request = asked(cast.officer)
    told = number_of(request)

    assert told.confirmed_at is None
    identity.confirm(subject=told, by=cast.officer, now=RECEIVED)
    identity.link(
        request=request,
        what=identity.Link(name="E. Muster"),
        source=Source.ADDED,
        by=cast.officer,
        now=RECEIVED,
    )
    identity.drop(
        subject=request.subjects.get(name_lookup=_lookup(request)),
        by=cast.officer,
        now=RECEIVED,
    )

    assert set(request.subjects.values_list("kind", "source")) == {
        ("number", "told"),
        ("name", "added"),
    }
    assert not request.subjects.filter(confirmed_at=None).exists()


def _lookup(request: SubjectRequest) -> str:
    return request.subjects.get(kind="name", source="told").name_lookup


def test_assigned_to_who_may_handle_it_and_commented(cast: Cast) -> None:
    request = asked(cast.officer)

    with pytest.raises(Refused):
        handling.assign(request=request, to=cast.lead, by=cast.officer)
    handling.assign(request=request, to=cast.officer, by=cast.officer)
    handling.comment(
        request=request, text="Called her back.", by=cast.officer, now=RECEIVED
    )

    request.refresh_from_db()
    assert request.assigned_to == cast.officer
    assert RequestNote.objects.get().text == "Called her back."


def test_the_log_names_nobody_and_goes_when_its_time_is_over(cast: Cast) -> None:
    request = asked(cast.officer)
    verified(request, cast.officer)
    handling.close(
        request=request,
        outcome=Outcome.FULFILLED,
        why="Done.",
        by=cast.officer,
        now=RECEIVED + 3 * DAY,
    )
    still_open = asked(cast.officer)

    taken = request_log.take(by=cast.officer)
    assert "erasure,EU-GDPR,mail,2026-11-02T09:00:00Z" in taken
    assert "fulfilled" in taken
    assert "Erika" not in taken
    assert "3125" not in taken

    assert request_log.sweep(now=RECEIVED + 730 * DAY) == 0
    assert request_log.sweep(now=RECEIVED + 740 * DAY) == 1
    assert SubjectRequest.objects.get() == still_open
    assert RequestTexts.objects.count() == 1
    assert AuditEntry.objects.filter(act="request.forgotten").count() == 1


def blanks(told: Wording) -> dict[str, list[str]]:
    """What is filled in, by text: a translation that forgets one says too little."""
    texts = {
        f"{kind} {name}": one[name]
        for kind, one in (*told.letters.items(), *told.notices.items())
        for name in ("subject", "body")
    }
    texts |= {"code": told.code, **told.form}
    return {
        name: sorted(set(re.findall(r"{\w+}", text))) for name, text in texts.items()
    }


def test_every_language_has_every_word() -> None:
    english = wording("en")

    for language in LANGUAGES:
        told = wording(language)
        assert told.language == language
        for name in ("kinds", "grounds", "complaints", "form", "letters", "notices"):
            words, theirs = getattr(told, name), getattr(english, name)
            assert words.keys() == theirs.keys(), name
            if language != "en":
                same = [code for code in words if words[code] == theirs[code]]
                assert same == [], f"{language} {name}: not translated"
        assert set(told.kinds) == set(SubjectRequest.Kind.values)
        assert set(told.grounds) == set(SubjectRequest.Ground.values)
        assert set(told.letters) == set(RequestLetter.Kind.values)
        assert set(told.notices) == set(RecipientNotice.Change.values)
        assert blanks(told) == blanks(english), language
    assert wording("it").language == "en"


def test_another_system_may_hand_it_in_twice(cast: Cast) -> None:
    told = intake.Told(
        kind="access", law="US-CA", channel="api", received_at=RECEIVED, name="Jo Doe"
    )
    call = {"told": told, "by": cast.service, "now": RECEIVED}

    first, is_new = intake.receive_once(key="k-1", body="{}", **call)  # type: ignore[arg-type]
    again, is_new_again = intake.receive_once(key="k-1", body="{}", **call)  # type: ignore[arg-type]
    other, _ = intake.receive_once(key="k-2", body="{}", **call)  # type: ignore[arg-type]

    assert (first, is_new, is_new_again) == (again, True, False)
    assert other != first
    with pytest.raises(intake.ToldOtherwise):
        intake.receive_once(key="k-1", body='{"a":1}', **call)  # type: ignore[arg-type]


def test_facts_are_checked_but_a_failed_check_verifies_nobody(cast: Cast) -> None:
    request = asked(cast.officer)
    identity.confirm(subject=number_of(request), by=cast.officer, now=RECEIVED)
    identity.check(
        request=request,
        method=Method.CALL_BACK,
        passed=False,
        points=2,
        evidence="Nobody of that name.",
        by=cast.officer,
        now=RECEIVED,
    )

    with pytest.raises(NotByLaw):
        identity.verify(request=request, by=cast.officer, now=RECEIVED)


def test_the_log_tells_the_day_of_the_legal_zone_when_a_clock_goes_on(
    cast: Cast, settings: Settings
) -> None:
    """The last second of a day in Los Angeles is the next day in Greenwich."""
    settings.LEGAL_TIME_ZONE = "America/Los_Angeles"
    waits = {"cause": clock.Cause.IDENTITY, "why": "Asked.", "by": cast.officer}
    resumed, proved = (asked(cast.officer, law="UK-GDPR") for _ in range(2))
    for one in (resumed, proved):
        clock.pause(request=one, now=RECEIVED, **waits)  # type: ignore[arg-type]

    clock.resume(request=resumed, by=cast.officer, now=RECEIVED + DAY)
    verified(proved, cast.officer, now=RECEIVED + DAY)

    told = AuditEntry.objects.filter(act="request.resumed")
    assert [one.facts["due"] for one in told] == ["2026-12-03"] * 2
