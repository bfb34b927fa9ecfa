"""The people of the tests: one per role, two teams in two regions.

| name            | role                | reaches          |
|-----------------|---------------------|------------------|
| reviewer        | QA reviewer         | claims           |
| lead            | team lead           | claims           |
| officer         | compliance officer  | everything       |
| auditor         | auditor             | everything       |
| administrator   | administrator       | everything       |
| service         | service (a machine) | claims           |
| sales_reviewer  | QA reviewer         | sales            |
| south_reviewer  | QA reviewer         | the south region |
| stranger        | none                | nothing          |

Claims is a team of the north region, under German law; sales is one of the south
region, in Washington state.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from compliance.access import grants
from compliance.access.roles import Role
from compliance.models import Person, Region, Team

PASSWORD = "correct horse battery"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    """Everybody, by role."""

    north: Region
    south: Region
    claims: Team
    sales: Team
    reviewer: Person
    lead: Person
    officer: Person
    auditor: Person
    administrator: Person
    service: Person
    sales_reviewer: Person
    south_reviewer: Person
    stranger: Person

    @property
    def people(self) -> dict[str, Person]:
        """Everybody by name in the cast."""
        members = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: who for name, who in members.items() if isinstance(who, Person)}


@transaction.atomic
def assemble() -> Cast:
    """Make the two teams and everybody, with their roles since 1 January 2026."""
    north = Region.objects.create(name="North")
    south = Region.objects.create(name="South")
    cast = Cast(
        north=north,
        south=south,
        claims=Team.objects.create(name="Claims", region=north, seat="DE"),
        sales=Team.objects.create(name="Sales", region=south, seat="US-WA"),
        reviewer=_person("Rosa Reviewer"),
        lead=_person("Lena Lead"),
        officer=_person("Olga Officer"),
        auditor=_person("Aldo Auditor"),
        administrator=_person("Ada Administrator"),
        service=_person("Voice agent", Person.Kind.SERVICE),
        sales_reviewer=_person("Sam Sales"),
        south_reviewer=_person("Sue South"),
        stranger=_person("Stan Stranger"),
    )
    _give(cast.reviewer, Role.REVIEWER, team=cast.claims)
    _give(cast.lead, Role.TEAM_LEAD, team=cast.claims)
    _give(cast.officer, Role.OFFICER)
    _give(cast.auditor, Role.AUDITOR)
    _give(cast.administrator, Role.ADMINISTRATOR)
    _give(cast.service, Role.SERVICE, team=cast.claims)
    _give(cast.sales_reviewer, Role.REVIEWER, team=cast.sales)
    _give(cast.south_reviewer, Role.REVIEWER, region=cast.south)
    return cast


def _person(name: str, kind: Person.Kind = Person.Kind.HUMAN) -> Person:
    local = name.split()[0].lower()
    return Person.objects.create(
        name=name, kind=kind, email=f"{local}@example.org", password=_hashed()
    )


def _give(
    person: Person,
    role: Role,
    *,
    team: Team | None = None,
    region: Region | None = None,
) -> None:
    grants.grant(person=person, role=role, by=None, now=SINCE, team=team, region=region)


@cache
def _hashed() -> str:
    """One hash for all: the real hasher takes a third of a second."""
    return make_password(PASSWORD)
