"""Each entry carries a MAC over all it says."""

import hashlib
import hmac
import uuid
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from compliance.keys import keyring
from compliance.models import AuditEntry
from compliance.models.audit import (
    canonical_address,
    first_uuid_of,
    time_ordered_uuid,
)
from tests.cast import Cast


def test_what_the_cast_left_is_authentic(cast: Cast) -> None:
    found = list(AuditEntry.objects.all())

    assert found
    assert all(entry.is_authentic() for entry in found)


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'refused'",
        "actor_id = gen_random_uuid()",
        "timestamp = timestamp + interval '1 second'",
        "object_pk = 'somebody else'",
        "team_id = gen_random_uuid()",
        "remote_addr = '192.0.2.99'",
        'facts = facts || \'{"role": "officer"}\'',
        "act = 'role.ended'",
        "request_id = 'another'",
    ],
)
def test_a_change_past_the_triggers_is_found(cast: Cast, change: str) -> None:
    entry = AuditEntry.objects.filter(act="role.granted").earliest("id")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"UPDATE compliance_auditentry SET {change} WHERE id = %s",  # noqa: S608
            [entry.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert not AuditEntry.objects.get(pk=entry.pk).is_authentic()


def test_the_bytes_are_those_of_rfc_8785() -> None:
    entry = AuditEntry(
        id=uuid.UUID("01a1fcc4-48cb-796a-8112-06168cb98105"),
        timestamp=datetime(2026, 11, 2, 14, 32, 7, tzinfo=UTC),
        act="session.login",
        facts={"method": "password"},
        remote_addr="192.0.2.7",
        request_id="r1",
    )
    key = keyring("audit_mac").current
    content = (
        '{"act":"session.login","actor":null,"address":"192.0.2.7","changes":null,'
        '"facts":{"method":"password"},"id":"01a1fcc4-48cb-796a-8112-06168cb98105",'
        f'"mac_key_id":"{key.id}","object_kind":"","object_pk":"","outcome":"done",'
        '"request_id":"r1","team":null,"time":"2026-11-02T14:32:07.000000+00:00",'
        '"version":1}'
    )

    assert (
        entry.expected_mac()
        == hmac.new(key.secret, content.encode(), hashlib.sha256).hexdigest()
    )


def test_a_key_that_is_gone_is_said_to_be_gone() -> None:
    with pytest.raises(LookupError, match="no key 'lost'"):
        AuditEntry(act="session.login", mac_key_id="lost").expected_mac()


@given(st.datetimes(datetime(2024, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_bounds_the_ids_made_from_it(moment: datetime) -> None:
    bound = first_uuid_of(moment)

    assert bound.version == 7
    assert bound.int >> 80 == int(moment.timestamp() * 1000)


def test_ids_follow_the_clock() -> None:
    ids = [time_ordered_uuid() for _ in range(1000)]

    assert ids[0] < ids[-1]
    assert len(set(ids)) == len(ids)
    assert all(made.version == 7 for made in ids)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("", None),
    ],
)
def test_an_address_has_one_spelling(text: str, canonical: str | None) -> None:
    assert canonical_address(text) == canonical
