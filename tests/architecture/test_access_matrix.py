"""Every route, by every role, by every method, on things of three teams.

The rows of access_table.py and the verbs of the roles say what must come; the policy
is not asked. Somebody with a role for his own team meets things of his team, of
another team in his region, and of another region; somebody with a role for own calls
also meets things of a call he took part in. Whoever may not see a thing gets 404 and
leaves an entry.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from compliance.access.guards import PUBLIC, SIGNED_IN
from compliance.access.permissions import Verb
from compliance.models import AuditEntry, RoleGrant
from tests.architecture.access_table import (
    DIRECTORY,
    MISSING,
    OTHER_METHODS,
    TABLE,
    Row,
)
from tests.architecture.conftest import STAFF
from tests.architecture.routes import VIEWS
from tests.architecture.stage import Stage, Viewer, client_of
from tests.architecture.things import (
    NOBODY_ELSES,
    OF_NO_TEAM,
    STAFFED,
    THINGS,
    arguments,
    with_staff,
)

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ROUTES = sorted(route for route in VIEWS if not route.startswith("admin/"))
SHUT = {401, 403, 404, 405}


_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


def address(route: str, thing: Any) -> str:
    """Where a route leads for this thing."""
    ids = arguments(thing)
    return "/" + _ARGUMENT.sub(lambda found: ids.get(found[1], ids["*"]), route)


def _expected(
    row: Row, viewer: Viewer, route: str, method: str, where: str
) -> set[int]:
    """The statuses that may come; the empty set means: let in."""
    if row.door == DIRECTORY:
        return {401, 429}  # whoever he is; and 429 after so many
    is_api = route.startswith("api/")
    other = OTHER_METHODS.get((route, method))
    is_nobody = isinstance(viewer.person, AnonymousUser)
    at_the_door = {401 if is_api else 302} if is_nobody else set()
    if method not in row.methods and other is None:
        return {405} | at_the_door | ({403} if is_api else set())
    if is_nobody:
        return at_the_door
    if row.door == SIGNED_IN:
        return set()
    if not viewer.holds(Verb(row.door)):
        return {403}
    return _of_thing(row, viewer, other or row.verb, where)


def _of_thing(row: Row, viewer: Viewer, verb: Verb, where: str) -> set[int]:
    if not row.about or row.about in OF_NO_TEAM or row.about == MISSING:
        if not viewer.holds(verb, somewhere=row.somewhere):
            return {403}
        return {404} if row.about == MISSING else set()
    if row.about in NOBODY_ELSES:
        return {404}
    if viewer.holds(verb, where):
        return set()
    return {403} if viewer.holds(row.sees, where) else {404}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    missing, gone = set(ROUTES) - set(TABLE), set(TABLE) - set(ROUTES)

    assert not missing, f"{missing}: write rows, tests/architecture/access_table.py"
    assert not gone, f"{gone}: no such routes any more; drop their rows"


def _shut() -> list[str]:
    """All but what is open to everybody: what that asks for is tested with it."""
    return [r for r in ROUTES if r not in TABLE or TABLE[r].door != PUBLIC]


@pytest.mark.parametrize("route", _shut())
def test_each_role_gets_what_the_table_says(stage: Stage, route: str) -> None:
    row = TABLE[route]
    things = _things(row, stage)
    odd = []
    for viewer in stage.viewers:
        client = client_of(viewer)
        for where, thing in things.items():
            if where == "took part" and viewer.reach != "own calls":
                continue
            for method in METHODS:
                answer = client.generic(
                    method, address(route, thing), **_body(row, route)
                )
                wanted = _expected(row, viewer, route, method, where)
                got = answer.status_code
                if got not in wanted if wanted else got in SHUT or got >= 500:
                    odd.append((str(viewer), where, method, got, sorted(wanted)))
    assert odd == []


def _things(row: Row, stage: Stage) -> dict[str, Any]:
    """By whose it is; a route that names none is asked once."""
    if not row.about:
        return {"own": None}
    things = {where: THINGS[row.about](team) for where, team in stage.teams.items()}
    if row.about in STAFFED:
        team = stage.teams["elsewhere"]
        things["took part"] = with_staff(row.about, team, *STAFF)
    return things


def _body(row: Row, route: str) -> dict[str, Any]:
    if row.is_json or route.startswith("api/"):
        return {"data": json.dumps(row.sent), "content_type": "application/json"}
    return {
        "data": "&".join(f"{name}={value}" for name, value in row.sent.items()),
        "content_type": "application/x-www-form-urlencoded",
    }


ABOUT_A_TEAM = sorted(
    route
    for route, row in TABLE.items()
    if row.about and row.about not in OF_NO_TEAM | NOBODY_ELSES
)


@pytest.mark.parametrize("route", ABOUT_A_TEAM)
@pytest.mark.parametrize("where", ["neighbour", "elsewhere"])
def test_asking_for_a_thing_of_another_team_is_an_entry(
    stage: Stage,
    entries: Callable[..., list[AuditEntry]],
    route: str,
    where: str,
) -> None:
    """As a stranger's id and an unknown one look alike, only the log tells them apart."""
    row = TABLE[route]
    method = "GET" if "GET" in row.methods else sorted(row.methods)[0]
    thing, body = THINGS[row.about](stage.teams[where]), _body(row, route)
    for viewer in stage.viewers:
        if viewer.reach not in {"team", "own calls"} or not viewer.holds(
            Verb(row.door)
        ):
            continue
        before = len(entries(act="access.refused"))
        answer = client_of(viewer).generic(method, address(route, thing), **body)

        assert answer.status_code == 404, str(viewer)
        assert len(entries(act="access.refused")) == before + 1, str(viewer)


def test_a_grant_of_a_stranger_is_not_ended(stage: Stage) -> None:
    grant = THINGS["grant"](stage.teams["elsewhere"])
    for viewer in stage.viewers:
        if not viewer.holds(Verb.GRANT_ROLE):
            client_of(viewer).post(f"/access/roles/{grant.pk}/end")
    assert RoleGrant.objects.get(pk=grant.pk).valid_until is None
