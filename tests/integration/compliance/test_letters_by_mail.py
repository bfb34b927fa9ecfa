"""Letters are read, changed and let go by an officer, and leave through a mail server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from compliance.access.refusals import Refused
from compliance.models import AuditEntry, Person, RequestLetter, SubjectRequest
from compliance.requests import clock, desk, handling, letters
from compliance.requests.handling import Outcome
from compliance.tasks import deliver_letters
from tests.cast import Cast
from tests.factories.requests import RECEIVED, asked
from tests.postman import Postman

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
DAY = timedelta(days=1)


def refused(cast: Cast, **said: Any) -> tuple[SubjectRequest, RequestLetter]:
    """A request that was refused, and the letter that says so."""
    request = asked(cast.officer, **said)
    handling.close(
        request=request,
        outcome=Outcome.REFUSED,
        ground="nothing",
        why="We found no call.",
        by=cast.officer,
        now=RECEIVED + DAY,
    )
    return request, request.letters.get(kind="refusal")


def test_a_receipt_goes_by_itself_and_a_refusal_once_it_was_read(
    cast: Cast, sign_in: SignIn, postman: Postman
) -> None:
    request, letter = refused(cast, language="fr")
    deliver_letters()

    [(to, receipt)] = postman.letters
    assert to == ["erika@example.org"]
    assert receipt["Auto-Submitted"] == "auto-generated"
    assert letter.state == "draft"

    browser = sign_in(cast.officer)
    url = f"/requests/{request.pk}/"
    page = browser.get(url).content.decode()
    assert "Send it as it stands" in page
    assert "We found no call." in page
    body = f"{letter.body}\nP.-S. : écrivez-nous quand même."
    said = {"letter": letter.pk, "subject": letter.subject, "body": body}
    browser.post(f"{url}act", {"act": "send-letter", **said}, follow=True)
    deliver_letters()

    assert [to for to, _letter in postman.letters] == [["erika@example.org"]] * 2
    assert "P.-S. : écrivez-nous quand même." in postman.bodies[1]
    letter.refresh_from_db()
    assert letter.state == "sent"
    assert postman.bodies[1].strip() == letter.body.strip(), "kept as it was sent"
    answer = browser.post(f"{url}act", {"act": "edit-letter", **said}, follow=True)
    assert "has left" in answer.content.decode()
    acts = AuditEntry.objects.filter(act__startswith="request.letter_")
    assert sorted(acts.values_list("act", flat=True)) == [
        "request.letter_edited",
        "request.letter_released",
        "request.letter_sent",
        "request.letter_sent",
    ]


def test_a_mail_server_that_says_no_is_asked_again_with_the_same_letter(
    cast: Cast, postman: Postman
) -> None:
    _request, letter = refused(cast)
    late = RECEIVED + 5 * DAY
    letters.release(letter=letter, by=cast.officer, now=late)

    postman.answer = "451 Later"
    assert not letters.deliver(letter_id=letter.pk, now=late)
    letter.refresh_from_db()
    assert letter.state == "waiting", "its days count from when it was let go"
    postman.answer = "250 OK"
    assert letters.deliver(letter_id=letter.pk, now=late + DAY)
    assert len(postman.letters) == 1


def test_an_answer_nobody_sent_is_late_and_stands_on_the_desk(
    cast: Cast, sign_in: SignIn
) -> None:
    request, letter = refused(cast)
    after = request.due_at + DAY

    page = sign_in(cast.officer).get("/requests/").content.decode()
    assert "1 has a letter to be sent" in page
    only = sign_in(cast.officer).get("/requests/?view=letters").content.decode()
    assert request.reference in only
    assert not desk.overdue(now=request.due_at).exists()
    assert desk.overdue(now=after).get() == request

    letters.posted(letter=letter, by=cast.officer, now=after)
    assert not desk.overdue(now=after).exists()
    assert not desk.to_write().exists()


def test_what_is_posted_can_be_changed_and_does_not_go_by_mail(cast: Cast) -> None:
    _request, letter = refused(cast, email="", address="Hauptstr. 1, Berlin")

    assert letters.edit(
        letter=letter, subject="Your request", body="Dear E.,", by=cast.officer
    )
    assert not letters.edit(
        letter=letter, subject="Your request ", body="Dear E.,\n", by=cast.officer
    )
    with pytest.raises(letters.NotEditable):
        letters.release(letter=letter, by=cast.officer, now=RECEIVED)
    for subject, body in (("", "Dear"), ("Two\nlines", "Dear"), ("One", " ")):
        with pytest.raises(letters.NotEditable):
            letters.edit(letter=letter, subject=subject, body=body, by=cast.officer)
    with pytest.raises(Refused):
        letters.release(letter=letter, by=cast.auditor, now=RECEIVED)


def test_an_extension_is_read_before_it_goes(cast: Cast, postman: Postman) -> None:
    request = asked(cast.officer)
    clock.extend(
        request=request, why="Many calls.", by=cast.officer, now=RECEIVED + DAY
    )
    deliver_letters()

    assert len(postman.letters) == 1, "the receipt"
    assert request.letters.get(kind="extension").state == "draft"


def test_an_address_that_cannot_be_written_holds_up_nobody_elses_letter(
    cast: Cast, postman: Postman
) -> None:
    """The form takes such an address; no mail can be made of it."""
    broken = asked(cast.officer, email=f"x@{'ü' * 60}.example")
    asked(cast.officer, email="anna@example.org")

    deliver_letters()

    assert [to for to, _letter in postman.letters] == [["anna@example.org"]]
    assert broken.letters.get().state == "given_up"
    assert desk.to_write().get() == broken, "somebody is to post it"


def test_a_subject_is_one_line_however_lines_end(cast: Cast) -> None:
    _request, letter = refused(cast)
    with pytest.raises(letters.NotEditable):
        letters.edit(letter=letter, subject="One\rBcc: x", body="B", by=cast.officer)
