"""What a request restricts: by itself once it is known who asks, and until they are told."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from compliance.access.refusals import Refused
from compliance.models import (
    PhoneNumber,
    RequestLetter,
    RequestRestriction,
    Restriction,
    SubjectRequest,
)
from compliance.requests import (
    handling,
    identity,
    letters,
    request_log,
    restricting,
)
from compliance.requests.clock import NotByLaw
from compliance.requests.handling import Outcome
from compliance.requests.identity import Link, Source
from compliance.tasks import settle_restrictions
from recordings.models import Call, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.requests import NUMBER, RECEIVED, asked, number_of, verified

pytestmark = pytest.mark.django_db
Ground = Restriction.Ground
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _mail(settings: Settings) -> None:
    settings.MAIL_IS_ON = True


def called(cast: Cast, number: str = NUMBER, *, parts: int = 1) -> list[Recording]:
    """A call of that number, with so many recordings."""
    call: Call = CallFactory.create(team=cast.claims)
    PartyFactory.create(call=call, number=PhoneNumber.from_raw(number))
    return [RecordingFactory.create(call=call, part=n + 1) for n in range(parts)]


def restricted() -> set[object]:
    """The ids of what is restricted now."""
    rows = Restriction.objects.filter(lifted_at=None)
    return set(rows.values_list("item_id", flat=True))


def close(request: SubjectRequest, cast: Cast, outcome: Outcome) -> None:
    handling.close(
        request=request,
        outcome=outcome,
        ground="duty",
        why="The law wants it kept.",
        by=cast.officer,
        now=RECEIVED + HOUR,
    )


@pytest.mark.parametrize(
    ("kind", "ground"),
    [
        ("erasure", Ground.ERASURE),
        ("objection", Ground.OBJECTION),
        ("rectification", Ground.ACCURACY),
        ("withdrawal", Ground.WITHDRAWAL),
        ("restriction", None),
        ("access", None),
    ],
)
def test_once_it_is_known_who_asks_what_is_theirs_is_only_stored(
    cast: Cast, kind: str, ground: Ground | None
) -> None:
    [mine] = called(cast)
    called(cast, "+4930999888777")
    request = asked(cast.officer, kind=kind)
    assert not restricted(), "nobody knows yet who asks"

    verified(request, cast.officer)

    found = list(Restriction.objects.values_list("item_id", "ground", "request"))
    assert found == ([(mine.pk, ground, request.pk)] if ground else [])


def test_an_officer_may_have_it_before_and_says_why(cast: Cast) -> None:
    [mine] = called(cast)
    request = asked(cast.officer, kind="restriction")
    said: dict[str, Any] = {
        "request": request,
        "ground": Ground.CLAIMS,
        "by": cast.officer,
    }

    with pytest.raises(NotByLaw):
        restricting.place(why="A claim is coming", now=RECEIVED, **said)
    identity.confirm(subject=number_of(request), by=cast.officer, now=RECEIVED)
    with pytest.raises(NotByLaw):
        restricting.place(why=" ", now=RECEIVED, **said)
    with pytest.raises(Refused):
        restricting.place(why="x", now=RECEIVED, **(said | {"by": cast.administrator}))
    restricting.place(why="A claim is coming", now=RECEIVED, **said)

    assert restricted() == {mine.pk}
    with pytest.raises(NotByLaw):
        restricting.place(why="Again", now=RECEIVED, **said)


def test_what_is_theirs_by_a_later_number_comes_in_and_goes_with_it(cast: Cast) -> None:
    [mine], [other] = called(cast), called(cast, "+4930555666777")
    request = asked(cast.officer)
    verified(request, cast.officer)

    linked = identity.link(
        request=request,
        what=Link(number=PhoneNumber.from_raw("+4930555666777")),
        source=Source.ADDED,
        by=cast.officer,
        now=RECEIVED,
    )
    assert restricted() == {mine.pk, other.pk}

    identity.drop(subject=linked, by=cast.officer, now=RECEIVED)
    assert restricted() == {mine.pk}, "it is not about the person after all"


def test_what_is_more_than_a_page_is_gone_on_with_and_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restricting, "PAGE", 2)
    mine = called(cast, parts=5)
    request = asked(cast.officer)
    verified(request, cast.officer)
    assert len(restricted()) == 2

    settle_restrictions()  # as the beat does, whatever was lost
    settle_restrictions()

    assert restricted() == {part.pk for part in mine}
    assert Restriction.objects.count() == 5


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.WITHDRAWN])
def test_a_refusal_lifts_it_when_the_letter_has_left_and_not_before(
    cast: Cast, outcome: Outcome
) -> None:
    [mine] = called(cast)
    request = asked(cast.officer, language="de")
    verified(request, cast.officer)

    close(request, cast, outcome)
    restricting.settle(now=RECEIVED + HOUR)
    assert restricted() == {mine.pk}, "the person is told first"

    notice = request.letters.get(kind=RequestLetter.Kind.LIFTING)
    assert "aufgehoben" in notice.body
    assert letters.deliver(letter_id=notice.pk, now=RECEIVED + HOUR)
    restricting.settle(now=RECEIVED + HOUR)

    assert not restricted()
    assert RequestRestriction.objects.get().lifted_at == RECEIVED + HOUR


def test_what_is_kept_after_an_answer_stays_restricted_until_somebody_lifts_it(
    cast: Cast,
) -> None:
    [mine] = called(cast)
    request = asked(cast.officer, email="", address="")
    verified(request, cast.officer)
    close(request, cast, Outcome.PARTLY)
    restricting.settle(now=RECEIVED + HOUR)
    assert restricted() == {mine.pk}

    with pytest.raises(Refused):
        restricting.lift(request=request, why="x", by=cast.lead, now=RECEIVED)
    restricting.lift(
        request=request, why="The claim is over", by=cast.officer, now=RECEIVED
    )

    assert not restricted(), "nobody can be written to, so nobody is waited for"
    with pytest.raises(NotByLaw):
        restricting.lift(request=request, why="x", by=cast.officer, now=RECEIVED)


def test_two_requests_restrict_the_same_and_one_of_them_ends(cast: Cast) -> None:
    [mine] = called(cast)
    first, second = asked(cast.officer), asked(cast.officer, kind="objection")
    for request in (first, second):
        verified(request, cast.officer)
    assert Restriction.objects.filter(item_id=mine.pk).count() == 2

    RequestLetter.objects.all().delete()
    first.texts.__class__.objects.filter(request=first).update(email="", address="")
    close(first, cast, Outcome.WITHDRAWN)

    assert restricted() == {mine.pk}
    assert Restriction.objects.get(lifted_at=None).request == second


def test_the_log_forgets_the_request_and_the_restriction_stays(cast: Cast) -> None:
    [mine] = called(cast)
    request = asked(cast.officer)
    verified(request, cast.officer)
    close(request, cast, Outcome.PARTLY)
    request.refresh_from_db()
    assert request.forget_at is not None

    assert request_log.sweep(now=request.forget_at) == 1

    assert restricted() == {mine.pk}
    assert Restriction.objects.get().request is None
