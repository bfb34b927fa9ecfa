"""Factories of the law book's rows. People and their roles are in tests/cast.py."""

from datetime import UTC, date, datetime

from factory.declarations import LazyAttribute, Sequence, SubFactory

from compliance.keys import keyring
from compliance.models import (
    Announce,
    ConsentRule,
    Level,
    Person,
    PhoneNumber,
    Region,
    RetentionPolicy,
    Team,
)
from compliance.models.phone_number import LAST_FOUR
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
