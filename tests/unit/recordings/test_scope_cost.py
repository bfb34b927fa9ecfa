"""What narrowing to somebody's calls costs: one condition, by an index, whatever lies there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import queries
from recordings.models import Call
from tests.cast import Cast
from tests.factories.compliance import TeamFactory
from tests.factories.recordings import STARTED, CallFactory, RoomFactory

TEAMS = 20
PAGE = 50


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
        of_calls = asked[-1]["sql"].partition(" WHERE ")[2].partition(" ORDER BY ")[0]
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
