"""Factories of the law book's rows. People and their roles are in tests/cast.py."""

from datetime import UTC, date, datetime

from factory.declarations import LazyAttribute, Sequence, SubFactory

from compliance.custody import Scope
from compliance.keys import keyring
from compliance.models import (
    Announce,
    ClockEvent,
    ConsentRule,
    Hold,
    Level,
    Person,
    PhoneNumber,
    Region,
    RetentionPolicy,
    SiemTarget,
    StaffIdentity,
    Team,
)
from compliance.models.phone_number import LAST_FOUR
from compliance.models.staff_identity import staff_mark
from compliance.wire.signature import new_secret
from tests.factories.base import Factory


class RegionFactory(Factory[Region]):
    """A region."""

    class Meta:
        model = Region

    name = Sequence(lambda n: f"Region {n}")


class TeamFactory(Factory[Team]):
    """A team under German law."""

    class Meta:
        model = Team

    name = Sequence(lambda n: f"Team {n}")
    region = SubFactory(RegionFactory)
    seat = "DE"


class PersonFactory(Factory[Person]):
    """Somebody without a password and without a role."""

    class Meta:
        model = Person

    name = Sequence(lambda n: f"Person {n}")
    email = Sequence(lambda n: f"person{n}@example.org")
    password = "!"


class StaffIdentityFactory(Factory[StaffIdentity]):
    """Under which somebody joins rooms."""

    class Meta:
        model = StaffIdentity

    person = SubFactory(PersonFactory)
    identity = Sequence(lambda n: f"staff-{n}")
    lookup = LazyAttribute(lambda o: staff_mark(o.identity))


class PhoneNumberFactory(Factory[PhoneNumber]):
    """A German number, sealed and findable."""

    class Meta:
        model = PhoneNumber

    e164 = Sequence(lambda n: f"+4930{5550000 + n}")
    country = "DE"
    lookup = LazyAttribute(lambda o: keyring("number_lookup").digest(o.e164))
    last_four_lookup = LazyAttribute(
        lambda o: keyring("last_four_lookup").digest(o.e164[-LAST_FOUR:])
    )


class ClockEventFactory(Factory[ClockEvent]):
    """An event by which policies may count; one of each code."""

    class Meta:
        model = ClockEvent
        django_get_or_create = ("code",)

    code = Sequence(lambda n: f"event_{n}")
    name = "the end of the contract"
    added_by = SubFactory(PersonFactory)


class RetentionPolicyFactory(Factory[RetentionPolicy]):
    """Adopted and in force: a team's recordings go after ninety days."""

    class Meta:
        model = RetentionPolicy

    name = Sequence(lambda n: f"Policy {n}")
    team = SubFactory(TeamFactory)
    version = 1
    edition = Sequence(lambda n: n + 100)
    delete_after = "P90D"
    adopted_by = SubFactory(PersonFactory)
    published_at = datetime(2020, 1, 1, tzinfo=UTC)


class ConsentRuleFactory(Factory[ConsentRule]):
    """A rule that asks for an announcement."""

    class Meta:
        model = ConsentRule

    place = "XX"
    place_name = "Nowhere"
    version = Sequence(lambda n: n + 1)
    level = Level.NOTICE
    strict_level = Level.NOTICE
    announce = Announce.BEFORE
    citation = "Act 1, section 2"
    effective_from = date(2020, 1, 1)
    published_at = datetime(2020, 1, 1, tzinfo=UTC)


class HoldFactory(Factory[Hold]):
    """A hold in force on everything a team recorded since 2020."""

    class Meta:
        model = Hold

    team = SubFactory(TeamFactory)
    matter = "Smith v. Acme"
    reason = "A letter of a lawyer"
    scope = LazyAttribute(
        lambda o: Scope(
            team=o.team.pk, since=datetime(2020, 1, 1, tzinfo=UTC)
        ).as_json()
    )
    placed_by = SubFactory(PersonFactory)
    placed_at = datetime(2026, 11, 2, tzinfo=UTC)


class SiemTargetFactory(Factory[SiemTarget]):
    """A receiver of the audit log that was given the whole of it to begin with."""

    class Meta:
        model = SiemTarget

    name = Sequence(lambda n: f"SIEM {n}")
    kind = SiemTarget.Kind.OCSF
    url = "https://siem.example/earwitness"
    secret = LazyAttribute(lambda _one: new_secret())
    secret_key_id = LazyAttribute(lambda _one: keyring("siem_secrets").current.id)
