"""Views say what they ask for; rows are fetched under a verb."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from compliance.access import guards
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused, record
from compliance.models import AuditEntry, Person, Team
from tests.cast import Cast


@guards.guarded(Verb.LISTEN)
def _listen(request: HttpRequest) -> HttpResponse:
    return HttpResponse("sound")


def _request(person: Person | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    return request


def test_a_guarded_view_lets_in_who_holds_the_verb(cast: Cast) -> None:
    assert _listen(_request(cast.reviewer)).status_code == 200
    with pytest.raises(Refused):
        _listen(_request(cast.auditor))


def test_a_guarded_view_sends_strangers_to_the_door(cast: Cast) -> None:
    assert _listen(_request(AnonymousUser())).status_code == 302


def test_the_marks_can_be_read() -> None:
    assert getattr(_listen, guards.MARK) == "listen"
    assert getattr(guards.public(lambda _: None), guards.MARK) == guards.PUBLIC


def test_the_row_of_ones_own_team(cast: Cast) -> None:
    found = guards.load_or_404(
        Team.objects.all(), cast.reviewer, Verb.LISTEN, cast.claims.pk
    )
    assert found == cast.claims


def test_a_row_one_may_see_but_not_hear(cast: Cast) -> None:
    with pytest.raises(Refused):
        guards.load_or_404(
            Team.objects.all(), cast.auditor, Verb.LISTEN, cast.claims.pk
        )


def test_a_row_of_another_team_looks_like_none(
    cast: Cast, entries: Callable[..., list[AuditEntry]]
) -> None:
    with pytest.raises(Http404) as missing:
        guards.load_or_404(Team.objects.all(), cast.reviewer, Verb.LISTEN, uuid4())
    with pytest.raises(Http404) as foreign:
        guards.load_or_404(
            Team.objects.all(), cast.reviewer, Verb.LISTEN, cast.sales.pk
        )
    record(missing.value)
    record(foreign.value)

    (entry,) = entries(act="access.refused")
    assert isinstance(foreign.value, Hidden)
    assert entry.object_pk == str(cast.sales.pk)
    assert entry.team_id == cast.sales.pk
    assert entry.facts == {"verb": "listen", "reason": "outside_scope"}
