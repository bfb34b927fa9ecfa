"""What the figures need in the database: a team, a reviewer, a recording."""

import uuid

from django.conf import settings
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.access.session_store import SessionStore
from compliance.models import Person, Purpose, Region, Team
from recordings import consent
from recordings.models import Call, Party, Recording, Room


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
