"""What the figures need in the database: a team, a reviewer, calls."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person, Purpose, Region, Team
from recordings import consent
from recordings.models import Call, Party, Recording, Room

CALLS = 100_000


def team() -> Team:
    """The bench's team, in a place where one party's knowledge is enough."""
    region, _made = Region.objects.get_or_create(name="Bench")
    found, _made = Team.objects.get_or_create(
        name="Bench",
        defaults={"region": region, "seat": "US-NY", "purposes": [Purpose.QUALITY]},
    )
    return found


def reviewer(of: Team) -> Person:
    """Somebody who may hear that team's calls."""
    person = Person.objects.create_user("bench@demo.example", "x" * 20, name="Bench")
    grants.grant(
        person=person, role=Role.REVIEWER, by=None, now=timezone.now(), team=of
    )
    return person


def session_of(person: Person) -> str:
    """A session cookie of somebody who has signed in."""
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def recording(of: Team) -> Recording:
    """One finished recording that may be heard."""
    now = timezone.now()
    room = Room.objects.create(sid=f"RM_{uuid.uuid4().hex[:12]}")
    call = Call.objects.create(
        room=room,
        sip_call_id="SCL_bench",
        team=of,
        purposes=[Purpose.QUALITY],
        started_at=now,
        noticed_at=now,
        ended_at=now,
    )
    Party.objects.create(
        room=room,
        call=call,
        participant_sid="PA_bench",
        role=Party.Role.CALLER,
        declared_place="US-NY",
        joined_at=now,
    )
    made = Recording.objects.create(
        call=call,
        part=1,
        state=Recording.State.AVAILABLE,
        store="",
        object_key=f"recordings/bench/{call.id}/01.ogg",
        duration_ms=180_000,
        started_at=now,
    )
    consent.standing(call, now=now)
    return made


def many_calls(of: Team) -> None:
    """100,000 calls with a party and a recording each, made in the database itself."""
    start = timezone.now() - timedelta(days=400)
    with connection.cursor() as cursor:
        cursor.execute(_ROOMS, [CALLS])
        cursor.execute(_CALLS, [of.pk, start, start, start, CALLS])
        cursor.execute(_PARTIES)
        cursor.execute(_RECORDINGS)
        cursor.execute("ANALYZE")


_ROOMS = """
INSERT INTO recordings_room (sid, name, name_lookup)
SELECT 'RM_many_' || n, '', '' FROM generate_series(1, %s) n
"""
_CALLS = """
INSERT INTO recordings_call (id, room_id, sip_call_id, team_id, trunk_livekit_id,
  provider_call_id, direction, purposes, started_at, noticed_at, ended_at, duration_ms,
  consent, capture)
SELECT gen_random_uuid(), 'RM_many_' || n, 'SCL_' || n, %s, '', '', 'inbound', '{quality}',
  %s + n * interval '5 minutes', %s + n * interval '5 minutes',
  %s + n * interval '5 minutes', 180000, 'announced', 'recorded'
FROM generate_series(1, %s) n
"""
_PARTIES = """
INSERT INTO recordings_party (id, call_id, room_id, participant_sid, role, identity, name,
  name_lookup, sip_call_id, trunk_livekit_id, provider_call_id, direction, declared_place,
  billing_place, language, labels, joined_at)
SELECT gen_random_uuid(), id, room_id, 'PA_' || sip_call_id, 'caller', '', '', '', '', '',
  '', '', '', '', '', '{}', started_at FROM recordings_call WHERE room_id LIKE 'RM_many_%%'
"""
_RECORDINGS = """
INSERT INTO recordings_recording (id, call_id, part, state, reason, findings, is_partial,
  separate_sides, store, object_key, version_id, etag, sha256, container, codec, egress_id,
  egress_status, stop_wanted, planned_at, looks, attempt)
SELECT gen_random_uuid(), id, 1, 'available', 'complete', '{}', false, true, 'local',
  'recordings/many/' || id, '', '', '', '', '', '', '', '', started_at, 0, 1
FROM recordings_call WHERE room_id LIKE 'RM_many_%%'
"""
