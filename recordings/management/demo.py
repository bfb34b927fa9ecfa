"""The demo's organisation: teams, trunks, policies and people. Calls come over HTTP.

Everything here is made once and found again by name, so that running it twice changes
nothing, and what somebody edited since stays edited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance import service_token
from compliance.access import grants
from compliance.access.roles import Role
from compliance.consent import staff_notices, standing_consents
from compliance.models import (
    Person,
    PhoneNumber,
    Purpose,
    Region,
    ServiceKey,
    StandingConsent,
    Team,
)
from compliance.retention import policies
from compliance.retention.policies import PolicyDraft
from recordings import do_not_record
from recordings.livekit.simulator.trunks import DEMO_TRUNKS, DemoTrunk
from recordings.models import DoNotRecord, Trunk

PASSWORD = "listen-and-learn"  # noqa: S105  printed by `make run`, never used outside it
SERVICE_EMAIL = "voice-agents@demo.example"
KEEP_DAYS = {"Claims": 365, "Sales": 182, "Support UK": 400}
USUAL_DAYS = 730
"""Longer than the demo's oldest call is old (180 days), so no policy eats the demo as it
is loaded; Sales is near enough to show recordings that are about to go."""


@dataclass(frozen=True)
class Login:
    """One person who may log in to the demo."""

    role: Role
    email: str
    name: str
    teams: tuple[str, ...] = ()
    zone: str = "Europe/Berlin"


LOGINS = (
    Login(Role.REVIEWER, "reviewer@demo.example", "Rosa Klein", ("Claims", "Sales")),
    Login(Role.TEAM_LEAD, "lead@demo.example", "Tomas Berg", ("Claims",)),
    Login(Role.OFFICER, "officer@demo.example", "Olivia Ortega"),
    Login(Role.AUDITOR, "auditor@demo.example", "Amir Aydin"),
    Login(Role.ADMINISTRATOR, "admin@demo.example", "Ada Novak"),
)
SECOND = Login(Role.OFFICER, "second@demo.example", "Sven Ohlsson")
"""Who agrees to what the officer asks for; comes when the demo's own policies stand, for
which one officer has to do."""


def make_organisation() -> None:
    """Make teams and trunks that are not there yet."""
    for demo in DEMO_TRUNKS:
        if demo.known:
            _make_team(demo)


def _make_team(demo: DemoTrunk) -> None:
    region, _made = Region.objects.get_or_create(name=demo.region)
    team, _made = Team.objects.get_or_create(
        name=demo.team,
        defaults={
            "region": region,
            "seat": demo.country,
            "separate_sides": demo.separate_sides,
            "ask_reason": demo.team == "Support France",
            "purposes": [
                Purpose.EVIDENCE,
                Purpose.QUALITY,
                Purpose.STAFF_TRAINING,
            ],
        },
    )
    Trunk.objects.get_or_create(
        livekit_id=demo.id,
        defaults={
            "name": demo.id.removeprefix("ST_demo_").title(),
            "team": team,
            "number": PhoneNumber.from_raw(demo.number),
        },
    )


def make_people(logins: Iterable[Login], *, now: datetime) -> None:
    """Make these people, with a password that is no secret."""
    for login in logins:
        if Person.objects.filter(email=login.email).exists():
            continue
        person = Person.objects.create_user(
            login.email, PASSWORD, name=login.name, time_zone=login.zone
        )
        if not login.teams:
            grants.grant(person=person, role=login.role, by=None, now=now)
        for name in login.teams:
            team = Team.objects.get(name=name)
            grants.grant(person=person, role=login.role, by=None, now=now, team=team)


def make_policies(*, now: datetime) -> None:
    """Let the officer adopt a policy for each team that has none."""
    officer = Person.objects.get(email="officer@demo.example")
    for team in Team.objects.filter(policies=None, is_unassigned=False):
        days = KEEP_DAYS.get(team.name, USUAL_DAYS)
        said = PolicyDraft(
            name=f"{team.name}: usual", team=team, delete_after=f"P{days}D"
        )
        draft = policies.write(draft=said, by=officer, now=now)
        policies.publish(draft=draft, by=officer, now=now)


def make_lists(*, now: datetime) -> None:
    """Put one entry on each of the officers' lists; none is about a demo caller."""
    if DoNotRecord.objects.exists():
        return
    officer = Person.objects.get(email="officer@demo.example")
    do_not_record.add(
        number="+49 30 23125990",
        team=None,
        reason=DoNotRecord.Reason.STAFF,
        note="Line of the works council",
        since=None,
        until=None,
        by=officer,
        now=now,
    )
    standing_consents.record(
        number=PhoneNumber.from_raw("+44 20 7946 0990"),
        team=None,
        purposes=[Purpose.EVIDENCE, Purpose.QUALITY],
        granted_at=now - timedelta(days=30),
        expires_at=now + timedelta(days=335),
        source=StandingConsent.Source.FORM,
        script="recording-form v3",
        by=officer,
        now=now,
    )
    staff_notices.give(
        team=Team.objects.get(name="Claims"),
        version="2026-1",
        text="Calls of this team are recorded as evidence and for quality.",
        given_on=now.date(),
        until=None,
        by=officer,
        now=now,
    )


def make_service_key(token: str, *, now: datetime) -> None:
    """Let the simulator's voice agents in with this token; the one before is revoked.

    token: made anew for each run and kept in its environment alone.
    """
    service = Person.objects.filter(email=SERVICE_EMAIL).first()
    if service is None:
        service = Person.objects.create_user(
            SERVICE_EMAIL, name="Voice agents", kind=Person.Kind.SERVICE
        )
        grants.grant(person=service, role=Role.SERVICE, by=None, now=now)
    prefix = service_token.prefix_of(token)
    for key in service.service_keys.exclude(prefix=prefix).filter(revoked=False):
        key.revoked = True
        key.save(update_fields=["revoked"])
    ServiceKey.objects.adopt(token, service=service, name="demo")
