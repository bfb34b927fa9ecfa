"""What narrowing to somebody's calls costs: one condition, by an index, whatever lies there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.access import grants, policy
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.models import Person, Restriction
from compliance.models.staff_identity import staff_mark
from recordings import queries, restricting
from recordings.models import Call
from tests.cast import Cast
from tests.factories.compliance import StaffIdentityFactory, TeamFactory
from tests.factories.recordings import (
    STARTED,
    CallFactory,
    RecordingFactory,
    RoomFactory,
)

TEAMS = 20
PAGE = 50
OWN = 5
"""Each fifth call was taken by the stranger, whose role is for own calls."""
WHO = "agent-stan"


@pytest.fixture(params=[10, 10_000])
def calls(request: pytest.FixtureRequest, cast: Cast) -> int:
    """So many calls, each twentieth of them of the claims team."""
    room = RoomFactory.create()
    teams = [cast.claims, *TeamFactory.create_batch(TEAMS - 1, region=cast.south)]
    Call.objects.bulk_create(
        (
            CallFactory.build(
                room=room,
                team=teams[n % TEAMS],
                sip_call_id=f"SCL_{n}",
                staff=[staff_mark(WHO)] if n % OWN == 0 else [],
                started_at=STARTED + timedelta(seconds=n),
            )
            for n in range(request.param)
        ),
        batch_size=1000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recordings_call, compliance_team")
    count: int = request.param
    return count


@pytest.fixture
def stan(cast: Cast) -> Person:
    """Who reaches his own calls, and no others."""
    StaffIdentityFactory.create(person=cast.stranger, identity=WHO)
    grants.grant(
        person=cast.stranger, role=Role.REVIEWER, by=None, now=STARTED, is_own=True
    )
    return Person.objects.get(pk=cast.stranger.pk)


def _narrowing(sql: str) -> str:
    """What narrows to somebody's calls, without what hides the restricted ones."""
    condition = sql.partition(" WHERE ")[2].partition(" ORDER BY ")[0]
    return condition.partition(" AND NOT EXISTS(")[0]


def test_own_calls_cost_the_same(cast: Cast, calls: int, stan: Person) -> None:
    with CaptureQueriesContext(connection) as asked:
        shown = list(queries.calls(stan).order_by("-started_at", "-id")[:PAGE])
        for call in shown:
            assert policy.allows(stan, Verb.VIEW, call)

    assert len(asked) == 2
    of_calls = _narrowing(asked[-1]["sql"])
    assert " AND " not in of_calls
    assert "SELECT" not in of_calls
    assert len(shown) == min(PAGE, calls // OWN)


def test_an_index_leads_to_own_calls(cast: Cast, calls: int, stan: Person) -> None:
    """Alone, and beside those of a team."""
    grants.grant(
        person=stan, role=Role.REVIEWER, by=None, now=STARTED, team=cast.claims
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for person in (stan, Person.objects.get(pk=stan.pk)):
        plan = queries.calls(person).order_by("-started_at", "-id")[:PAGE].explain()

        assert "Index" in plan
        assert "Seq Scan" not in plan


@pytest.mark.parametrize("who", ["reviewer", "south_reviewer", "officer", "stranger"])
def test_two_queries_at_most(cast: Cast, calls: int, who: str) -> None:
    """The grants, and the calls; nothing for each team or row."""
    person = Person.objects.get(pk=cast.people[who].pk)
    with CaptureQueriesContext(connection) as asked:
        shown = list(queries.calls(person).order_by("-started_at", "-id")[:PAGE])
        for call in shown:
            assert policy.allows(person, Verb.VIEW, call)

    assert len(asked) == (1 if who == "stranger" else 2)
    if len(asked) > 1:
        of_calls = _narrowing(asked[-1]["sql"])
        assert " AND " not in of_calls
        assert "SELECT" not in of_calls
    assert len(shown) == {"officer": min(calls, PAGE), "stranger": 0}.get(
        who, min(PAGE, -(-calls // TEAMS) if who == "reviewer" else calls - 1)
    )


def test_an_index_leads_to_the_calls_of_a_team(cast: Cast, calls: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # ten rows are read at once
    rows = queries.calls(cast.reviewer).order_by("-started_at", "-id")[:PAGE]

    assert "Index" in rows.explain()
    assert "Seq Scan" not in rows.explain()


def test_indexes_lead_past_what_is_restricted(cast: Cast, calls: int) -> None:
    """A page of calls asks for their parts, and for each whether it is restricted."""
    for call in Call.objects.filter(team=cast.claims).order_by("-started_at")[:3]:
        part = RecordingFactory.create(call=call)
        restricting.place(
            call=part.call,
            ground=Restriction.Ground.OTHER,
            why="A claim",
            by=cast.officer,
            now=STARTED,
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recordings_recording, compliance_restriction")
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = queries.calls(cast.reviewer).order_by("-started_at", "-id")[:PAGE]

    assert "Seq Scan" not in rows.explain()
    assert len(rows) == min(PAGE, -(-calls // TEAMS) - min(3, -(-calls // TEAMS)))
