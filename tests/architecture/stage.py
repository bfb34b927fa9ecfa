"""Who meets whose things: each role, and teams near and far from its own."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from compliance.access import grants
from compliance.access.permissions import ORGANISATION_WIDE, Verb
from compliance.access.roles import ROLES, Role
from compliance.models import Person, Team
from tests.factories.compliance import PersonFactory, StaffIdentityFactory
from tests.proving import prove

OF_A_CALL = {"view", "listen", "export", "edit_label", "pause", "who_listened"}
"""What a role for own calls gives; written down apart from the code that decides."""


@dataclass(frozen=True)
class Viewer:
    """Somebody with at most one role, and how far it reaches."""

    role: Role | None
    reach: str
    person: Person | AnonymousUser

    def __str__(self) -> str:
        return f"{self.role or 'nobody'} of {self.reach}"

    def holds(self, verb: Verb, where: str = "", *, somewhere: bool = False) -> bool:
        """Whether his role gives the verb: for things there, or anywhere."""
        if self.role is None or verb not in ROLES[self.role].verbs:
            return False
        if self.reach == "own calls":
            return verb in OF_A_CALL and where in {"", "took part"}
        if self.reach == "everything":
            return True
        if not where:
            return somewhere or verb not in ORGANISATION_WIDE
        return where == "own" or (self.reach == "region" and where == "neighbour")


@dataclass(frozen=True)
class Stage:
    """Three teams, and everybody."""

    teams: dict[str, Team]
    viewers: list[Viewer]


def viewer_of(role: Role, reach: str, **to: Any) -> Viewer:
    person = PersonFactory.create()
    grants.grant(person=person, role=role, by=None, now=timezone.now(), **to)
    return Viewer(role, reach, person)


def staff_of(role: Role) -> Viewer:
    """Somebody who reaches the calls he took part in, known by the name of his role."""
    viewer = viewer_of(role, "own calls", is_own=True)
    StaffIdentityFactory.create(person=viewer.person, identity=role.value)
    return viewer


def client_of(viewer: Viewer) -> Client:
    client = Client(raise_request_exception=False)
    if isinstance(viewer.person, Person):
        client.force_login(viewer.person)
        prove(client)
    return client
