"""The API answers what its description says, whoever asks and whatever is sent.

Schemathesis makes requests from the description, good ones and bad ones. Half of them
name rows that are there. No answer may be a fault, of a status or of a shape that the
description does not tell.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings, strategies
from pytest_django.fixtures import Settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from compliance.access import grants, keys
from compliance.access.roles import Role
from compliance.models import Person
from portal.wsgi import application
from recordings.models import Call
from tests.architecture.things import THINGS
from tests.cast import Cast
from tests.factories.compliance import PersonFactory

EXAMPLES = 6
"""Of each operation and role: half a minute for all of them on two idle cores."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PER_TEST = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def described(db: None) -> Iterator[Any]:
    """The description, as a client reads it; the requests share the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _token(role: Role) -> str:
    service = PersonFactory.create(kind=Person.Kind.SERVICE)
    now = timezone.now()
    grants.grant(person=service, role=role, by=None, now=now)
    _key, token = keys.make(
        service=service, name="API", by=None, now=now, until=now + keys.SHORTEST
    )
    return token


def _there(cast: Cast) -> dict[str, dict[str, str]]:
    """A row that is there, by the noun in the path."""
    things = {
        "calls": "call",
        "parties": "party",
        "recordings": "part",
        "standing-consents": "standing consent",
    }
    found = {
        noun: {"id": str(THINGS[thing](cast.claims).pk)}
        for noun, thing in things.items()
    }
    call: Call = THINGS["call"](cast.claims)
    return {**found, "rooms": {"room_sid": call.room_id}}


def _ask(operation: Any, row: dict[str, str], header: dict[str, str]) -> set[int]:
    """Ask one operation a few times, half of them about this row; the statuses."""
    statuses: set[int] = set()
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @PER_TEST
    @given(case=good | bad, about_the_row=strategies.booleans())
    def ask(case: Any, about_the_row: bool) -> None:
        if case.path_parameters and about_the_row:
            case.path_parameters.update(row)
        if case.query and "wait" in case.query:
            case.query["wait"] = 0
        answer = case.call_and_validate(headers=header, checks=CHECKS)
        statuses.add(answer.status_code)

    ask()
    return statuses


@pytest.mark.parametrize("role", Role)
def test_every_operation_answers_as_described(
    cast: Cast, described: Any, settings: Settings, role: Role
) -> None:
    settings.REQUESTS_A_MINUTE = 1_000_000
    header = {"Authorization": f"Api-Key {_token(role)}"}
    rows = _there(cast)
    operations = [one.ok() for one in described.get_all_operations()]
    odd: list[str] = []
    answered: dict[str, set[int]] = {}
    for operation in operations:
        row = rows.get(operation.path.split("/")[3], {})
        try:
            answered[operation.label] = _ask(operation, row, header)
        except FailureGroup as error:  # all of them are told together
            odd += [f"{operation.label}: {one}" for one in error.exceptions]
            odd.append(str(error).rpartition("Reproduce")[2])
    assert not odd, "\n\n".join(odd)
    assert len(answered) >= 18
    assert {status for one in answered.values() for status in one} & {200, 403}
