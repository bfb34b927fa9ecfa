"""Reviews of access: every role kept or taken away, with a reason that stays."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import policy, reviews
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.models import AccessReview, AuditEntry, Person, ReviewLine, RoleGrant
from tests.cast import Cast

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
Decision = ReviewLine.Decision


def _words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def review(cast: Cast) -> AccessReview:
    """A review of the roles of the cast, just begun."""
    return reviews.begin(by=cast.administrator, now=timezone.now())


def _line(review: AccessReview, person: Person) -> ReviewLine:
    return review.lines.select_related("grant__team").get(grant__person=person)


def _decide(line: ReviewLine, by: Person, decision: Decision = Decision.KEEP) -> None:
    reviews.decide(
        line=line, decision=decision, reason="Still there", by=by, now=timezone.now()
    )


def test_it_goes_through_every_role(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.administrator)
    page = _words(browser.post(reverse("review-begin"), follow=True))

    assert "8 roles are to be decided about." in page
    assert "Your own: somebody else decides." in page
    assert page.count('value="keep"') == 7
    (begun,) = entries(act="access_review.begun")
    assert begun.facts == {"roles": 8}
    assert "A review is open" in _words(
        browser.post(reverse("review-begin"), follow=True)
    )


def test_a_role_is_taken_away_with_a_reason(
    cast: Cast, sign_in: SignIn, review: AccessReview, entries: Entries
) -> None:
    line = _line(review, cast.reviewer)
    page = _words(
        sign_in(cast.administrator).post(
            reverse("review-decide", args=[line.pk]),
            {"decision": "take_away", "reason": "Works elsewhere now"},
            follow=True,
        )
    )

    assert "taken away: Works elsewhere now" in page
    assert not policy.allows(
        Person.objects.get(pk=cast.reviewer.pk), Verb.LISTEN, cast.claims
    )
    (entry,) = entries(act="access_review.decided")
    assert entry.facts == {"grant": str(line.grant_id), "decision": "take_away"}
    assert entry.object_pk == str(cast.reviewer.pk)


def test_without_a_reason_nothing_is_decided(
    cast: Cast, sign_in: SignIn, review: AccessReview
) -> None:
    line = _line(review, cast.reviewer)
    answer = sign_in(cast.administrator).post(
        reverse("review-decide", args=[line.pk]), {"decision": "keep"}, follow=True
    )

    assert "Say why, in a few words." in _words(answer)
    line.refresh_from_db()
    assert line.decision == Decision.OPEN


def test_nobody_judges_his_own(cast: Cast, review: AccessReview) -> None:
    line = _line(review, cast.administrator)
    with pytest.raises(Refused):
        _decide(line, cast.administrator)

    line.decision, line.reason = Decision.KEEP, "I am needed"
    line.decided_by, line.decided_at = cast.administrator, timezone.now()
    with pytest.raises(IntegrityError, match="of his own"), transaction.atomic():
        line.save()


@pytest.mark.parametrize("who", ["auditor", "officer", "lead"])
def test_others_decide_nothing(cast: Cast, review: AccessReview, who: str) -> None:
    with pytest.raises(Refused):
        _decide(_line(review, cast.reviewer), cast.people[who])
    with pytest.raises(Refused):
        reviews.begin(by=cast.people[who], now=timezone.now())


def test_what_was_decided_stays(cast: Cast, review: AccessReview) -> None:
    line = _line(review, cast.reviewer)
    _decide(line, cast.administrator)

    with pytest.raises(reviews.NotNow):
        _decide(line, cast.administrator, Decision.TAKE_AWAY)
    line.refresh_from_db()
    line.reason = "Something else"
    for change in (line.save, line.delete):
        with pytest.raises(DatabaseError, match="are evidence"), transaction.atomic():
            change()


def test_the_last_decision_ends_it(
    cast: Cast, review: AccessReview, entries: Entries
) -> None:
    second = Person.objects.create(name="Bea", email="bea@example.org")
    RoleGrant.objects.create(person=second, role="administrator", scope="everything")
    for line in review.lines.select_related("grant__team", "grant__person"):
        own = line.grant.person == cast.administrator
        _decide(line, second if own else cast.administrator)

    review.refresh_from_db()
    assert review.done_at is not None
    (done,) = entries(act="access_review.done")
    assert done.facts == {"kept": 8, "taken": 0}
    reviews.begin(by=second, now=timezone.now())


def test_it_can_be_taken_as_a_file(
    cast: Cast, sign_in: SignIn, review: AccessReview, entries: Entries
) -> None:
    Person.objects.filter(pk=cast.reviewer.pk).update(name="=HYPERLINK(1)")
    answer = sign_in(cast.auditor).get(reverse("review-file", args=[review.pk]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))

    assert len(rows) == 8
    (row,) = (row for row in rows if row["holder"].startswith("'"))
    assert row["role"] == "QA reviewer"
    assert row["reaches"] == "Claims"
    assert row["last used"] == "never"
    assert len(entries(act="access_review.taken", actor=cast.auditor)) == 1


def test_the_list_of_reviews(cast: Cast, sign_in: SignIn) -> None:
    url = reverse("reviews")
    assert "There was no review yet" in _words(sign_in(cast.auditor).get(url))
    assert "Begin a review" not in _words(sign_in(cast.auditor).get(url))
    assert "Begin a review" in _words(sign_in(cast.administrator).get(url))
    reviews.begin(by=cast.administrator, now=timezone.now())
    assert "Begin a review" not in _words(sign_in(cast.administrator).get(url))
