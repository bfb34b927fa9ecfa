"""100,000 calls, multiplied in the database itself from one that the product made."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from hashlib import md5

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from compliance.keys import keyring
from compliance.models import PhoneNumber, Team
from compliance.models.phone_number import LAST_FOUR
from recordings.models import Party
from tests.bench import rows

CALLS = 100_000
CALLERS = 500
AGENTS = 20
CALL_ID = "md5('call' || n)::uuid"
ROOM_ID = "'RM_many_' || n"
NUMBER_ID = f"md5('number' || n % {CALLERS})::uuid"


def calls(of: Team) -> None:
    """Calls five minutes apart, each with a caller, an agent and a recording."""
    start = timezone.now() - timedelta(days=400)
    recording = rows.recording(of)
    call = recording.call
    caller = call.parties.get()
    _callers()
    began = f"'{start.isoformat()}'::timestamptz + n * interval '5 minutes'"
    when = dict.fromkeys(("started_at", "noticed_at", "ended_at"), began)
    when["expires_at"] = f"{began} + interval '90 days'"
    when["duration_ms"] = "180000 + n % 977"
    multiply(call.room, {"sid": ROOM_ID})
    multiply(call, {"id": CALL_ID, "room_id": ROOM_ID, **when})
    whose = {"id": "gen_random_uuid()", "call_id": CALL_ID}
    in_room = {**whose, "room_id": ROOM_ID, "joined_at": began}
    multiply(caller, {**in_room, "number_id": NUMBER_ID})
    for number, agent in enumerate(_agents(caller)):
        multiply(agent, in_room, every=AGENTS, start=number + 1)
        agent.delete()
    multiply(recording, {**whose, "object_key": "'recordings/many/' || n"})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def multiply(
    row: Model,
    differing: dict[str, str],
    *,
    start: int = 1,
    every: int = 1,
    end: int = CALLS,
) -> None:
    """Insert copies of a row, for n from start to end.

    differing: by column, the SQL of what is not as in the row; it may name n.
    """
    table = row._meta.db_table
    columns = [str(field.column) for field in row._meta.concrete_fields]
    values = [differing.get(column, f"one.{column}") for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)}"  # noqa: S608  names of ours
            f" FROM {table} one, generate_series({start}, {end}, {every}) n"
            f" WHERE one.{row._meta.pk.column} = '{row.pk}'"
        )


def _callers() -> None:
    """Numbers that the calls share."""
    for n in range(CALLERS):
        e164 = f"+49301234{n:04}"
        PhoneNumber.objects.create(
            id=uuid.UUID(md5(f"number{n}".encode()).hexdigest()),  # noqa: S324  an id
            e164=e164,
            lookup=keyring("number_lookup").digest(e164),
            last_four_lookup=keyring("last_four_lookup").digest(e164[-LAST_FOUR:]),
            country="DE",
        )


def _agents(caller: Party) -> Sequence[Party]:
    """Agents who share the calls, each with a name."""
    return [
        Party.objects.create(
            room=caller.room,
            call=caller.call,
            participant_sid=f"PA_agent_{n}",
            role=Party.Role.AGENT,
            name=f"Agent {n}",
            name_lookup=keyring("number_lookup").digest(f"agent {n}"),
        )
        for n in range(AGENTS)
    ]
