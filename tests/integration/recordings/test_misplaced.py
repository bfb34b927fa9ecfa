"""'This should not be here': shut at once, an officer told, and nothing for outsiders."""

from collections.abc import Callable

import pytest
from django.test import Client

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings.models import Alert, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

pytestmark = pytest.mark.django_db
State = Recording.State
SignIn = Callable[[Person], Client]


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A part that may be heard."""
    return part_of(hearable_call(cast.claims))


def shut(client: Client, part: Recording, **told: object) -> Recording:
    """Press the button; the part afterwards."""
    url = f"/recordings/{part.id}/misplaced"
    answer = client.post(url, {"what": "card", "at_ms": 93_000, **told}, follow=True)
    assert answer.status_code == 200
    part.refresh_from_db()
    return part


def test_whoever_hears_it_can_have_it_shut_at_once(
    sign_in: SignIn, cast: Cast, part: Recording
) -> None:
    reviewer = sign_in(cast.reviewer)

    shut(reviewer, part)

    assert (part.state, part.reason) == (State.QUARANTINED, "out_of_place:card")
    refused = reviewer.post(f"/recordings/{part.id}/listen", {"purpose": "quality"})
    assert refused.status_code == 403
    alert = Alert.objects.get()
    assert (alert.kind, alert.recording) == (Alert.Kind.OUT_OF_PLACE, part)
    entry = AuditEntry.objects.get(act=Action.RECORDING_REPORTED)
    assert entry.actor_id == cast.reviewer.id
    assert entry.facts == {"part": 1, "what": "card", "at_ms": 93_000}


def test_the_page_says_what_was_said_of_it_and_the_officer_decides(
    sign_in: SignIn, cast: Cast, part: Recording
) -> None:
    shut(sign_in(cast.reviewer), part)
    officer = sign_in(cast.officer)

    page = officer.get(f"/recordings/{part.id}/quarantine").content.decode()
    assert "Card data is on it." in page
    officer.post(f"/recordings/{part.id}/quarantine", {"act": "release"})

    part.refresh_from_db()
    assert part.state == State.AVAILABLE
    assert not Alert.objects.filter(closed_at=None).exists()


def test_twice_is_once(sign_in: SignIn, cast: Cast, part: Recording) -> None:
    reviewer = sign_in(cast.reviewer)
    shut(reviewer, part)
    shut(reviewer, part, what="child")

    assert part.reason == "out_of_place:card"
    assert Alert.objects.count() == 1


def test_without_a_word_of_what_it_is_nothing_is_shut(
    sign_in: SignIn, cast: Cast, part: Recording
) -> None:
    assert shut(sign_in(cast.reviewer), part, what="").state == State.AVAILABLE
    assert shut(sign_in(cast.reviewer), part, at_ms=-5).state == State.AVAILABLE


def test_who_may_not_hear_it_cannot_shut_it(
    sign_in: SignIn, cast: Cast, part: Recording
) -> None:
    url = f"/recordings/{part.id}/misplaced"
    assert sign_in(cast.auditor).post(url, {"what": "card"}).status_code == 403
    assert sign_in(cast.sales_reviewer).post(url, {"what": "card"}).status_code == 404
    part.refresh_from_db()
    assert part.state == State.AVAILABLE
