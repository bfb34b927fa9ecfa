"""Factories of the law book's rows. People and their roles are in tests/cast.py."""

import base64
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from factory.declarations import LazyAttribute, Sequence, SubFactory

from compliance.canonical import canonical_text
from compliance.certificate_file import FORMAT, sign
from compliance.commitments import Facts, made
from compliance.custody import Scope
from compliance.keys import keyring
from compliance.models import (
    Announce,
    Certificate,
    ClockEvent,
    ConsentRule,
    DestructionReceipt,
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


class DestructionReceiptFactory(Factory[DestructionReceipt]):
    """The receipt of a recording, with its commitment."""

    class Meta:
        model = DestructionReceipt

    item_kind = "recording"
    item_id = LazyAttribute(lambda _one: uuid4())
    team_id = LazyAttribute(lambda _one: uuid4())
    reason = "retention_expired"
    versions_listed = versions = 1
    bytes_listed = bytes = 6
    sha256 = "ab" * 32
    commitment = LazyAttribute(
        lambda o: made(Facts(o.item_kind, o.item_id, o.sha256)).value
    )
    key_id = LazyAttribute(lambda _one: keyring("certificate_facts").current.id)
    begun_at = destroyed_at = datetime(2026, 11, 2, 12, tzinfo=UTC)


class CertificateFactory(Factory[Certificate]):
    """A signed certificate of one recording of a team."""

    class Meta:
        model = Certificate

    number = Sequence(lambda n: n + 1)
    about = Certificate.About.CALL
    team = SubFactory(TeamFactory)
    items = 1
    body = LazyAttribute(lambda o: canonical_text(certified(o.number)))
    public_key = LazyAttribute(lambda o: base64.b64encode(sign(o.body)[0]).decode())
    signature = LazyAttribute(lambda o: base64.b64encode(sign(o.body)[1]).decode())
    issued_by = SubFactory(PersonFactory)


def certified(number: int) -> dict[str, Any]:
    """What such a certificate says."""
    day = "2026-11-02T12:00:00Z"
    item = {
        "kind": "recording",
        "commitment": "0" * 64,
        "commitment_key": "2026a",
        "reason": "retention_expired",
        "policy": "",
        "policy_version": 0,
        "versions": 1,
        "bytes": 6,
        "begun_at": day,
        "destroyed_at": day,
        "again": False,
        "log_position": None,
    }
    return {
        "format": FORMAT,
        "version": 1,
        "number": number,
        "installation": "",
        "issued_at": day,
        "about": "call",
        "items": [item],
        "totals": {"items": 1, "versions": 1, "bytes": 6},
        "policies": [],
        "log": {"checkpoint": ""},
        "key": "",
    }


class SiemTargetFactory(Factory[SiemTarget]):
    """A receiver of the audit log that was given the whole of it to begin with."""

    class Meta:
        model = SiemTarget

    name = Sequence(lambda n: f"SIEM {n}")
    kind = SiemTarget.Kind.OCSF
    url = "https://siem.example/earwitness"
    secret = LazyAttribute(lambda _one: new_secret())
    secret_key_id = LazyAttribute(lambda _one: keyring("siem_secrets").current.id)
