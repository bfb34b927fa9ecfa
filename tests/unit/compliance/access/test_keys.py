"""Keys of services: narrow, ending, replaced with an overlap, refused with an entry."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis.exceptions import ConnectionError as RedisGone

from compliance.access import admission, keys, policy, rates
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.models import AuditEntry, Person, ServiceKey
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("clean_cache")
Entries = Callable[..., list[AuditEntry]]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def made(cast: Cast, **limits: object) -> tuple[ServiceKey, str]:
    wanted = {"until": NOW + 30 * DAY, **limits}
    return keys.make(
        service=cast.service,
        name="voice agents",
        by=cast.administrator,
        now=NOW,
        **wanted,  # type: ignore[arg-type]
    )


def admitted(token: str, *, now: datetime = NOW, address: str = "10.1.2.3") -> Person:
    return admission.admit(token=token, address=address, now=now).service


def refusal(token: str, *, now: datetime = NOW, address: str = "10.1.2.3") -> str:
    with pytest.raises(admission.NotAdmitted) as refused:
        admitted(token, now=now, address=address)
    return refused.value.reason


def test_the_token_is_not_in_the_database(cast: Cast) -> None:
    key, token = made(cast)

    row = ServiceKey.objects.filter(pk=key.pk).values().get()
    assert token.split("_")[2] not in str(row)
    assert admitted(token) == cast.service


def test_making_one_is_an_entry_without_the_token(cast: Cast, entries: Entries) -> None:
    key, token = made(cast, verbs=[Verb.VIEW], networks=["10.0.0.0/8"])

    (entry,) = entries(act="service_key.made")
    assert entry.actor_id == cast.administrator.pk
    assert entry.object_pk == str(cast.service.pk)
    assert entry.facts == {
        "key": key.prefix,
        "until": "2026-07-01T12:00:00Z",
        "verbs": 1,
        "teams": None,
        "networks": 1,
    }
    assert token not in str([one.changes for one in entries()])


@pytest.mark.parametrize("until", [NOW, NOW - DAY, NOW + 367 * DAY])
def test_every_key_ends_within_a_year(cast: Cast, until: datetime) -> None:
    with pytest.raises(keys.KeyRefused):
        made(cast, until=until)
    assert not ServiceKey.objects.exists()


@pytest.mark.parametrize("who", ["officer", "auditor", "lead", "service"])
def test_only_administrators_make_keys(cast: Cast, who: str) -> None:
    with pytest.raises(Refused):
        keys.make(
            service=cast.service,
            name="own",
            by=cast.people[who],
            now=NOW,
            until=NOW + DAY,
        )


def test_it_is_over_when_it_ends(cast: Cast, entries: Entries) -> None:
    key, token = made(cast, until=NOW + DAY)

    assert admitted(token, now=NOW + DAY - timedelta(seconds=1)) == cast.service
    assert "ended" in refusal(token, now=NOW + DAY)
    (entry,) = entries(act="service_key.refused")
    assert entry.facts == {"key": key.prefix, "reason": "ended"}


def test_a_revoked_one_is_refused_at_once_and_told_once(
    cast: Cast, entries: Entries
) -> None:
    key, token = made(cast)
    keys.revoke(key=key, by=cast.administrator)
    keys.revoke(key=key, by=cast.administrator)

    assert [refusal(token) for _ in range(3)] == ["This key was revoked."] * 3
    assert len(entries(act="service_key.revoked")) == 1
    assert len(entries(act="service_key.refused")) == 1


def test_who_guesses_hears_nothing(cast: Cast, entries: Entries) -> None:
    key, token = made(cast)
    forged = token.replace(key.prefix, "AAAAAAAA")

    assert refusal(forged) == ""
    assert refusal(token[:-1]) == ""
    assert not entries(act="service_key.refused")


def test_a_service_that_is_shut_out_takes_its_keys_along(cast: Cast) -> None:
    _key, token = made(cast)
    Person.objects.filter(pk=cast.service.pk).update(is_active=False)

    assert "shut out" in refusal(token)


@pytest.mark.parametrize(
    ("address", "enters"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8::7", True),
        ("192.0.2.1", False),
        ("2001:db9::7", False),
        ("", False),
        ("unknown", False),
    ],
)
def test_it_may_be_bound_to_networks(cast: Cast, address: str, enters: bool) -> None:
    _key, token = made(cast, networks=["10.0.0.0/8", "2001:db8::/32"])

    if enters:
        assert admitted(token, address=address) == cast.service
    else:
        assert "network" in refusal(token, address=address)


def test_it_does_no_more_than_its_verbs(cast: Cast) -> None:
    _key, token = made(cast, verbs=[Verb.VIEW, Verb.LISTEN])
    service = admitted(token)

    assert policy.allows(service, Verb.VIEW, cast.claims)
    assert not policy.allows(service, Verb.PAUSE, cast.claims)
    assert not policy.allows(service, Verb.LISTEN, cast.claims), "no role of it does"
    assert policy.allows(cast.service, Verb.PAUSE, cast.claims)


def test_it_reaches_no_more_than_its_teams(cast: Cast) -> None:
    _key, token = made(cast, team_ids=[cast.sales.pk])

    assert policy.scope_for(admitted(token), Verb.VIEW).is_empty


def test_a_key_for_one_team_of_a_service_for_all(cast: Cast) -> None:
    _key, token = keys.make(
        service=cast.officer,
        name="one team",
        by=cast.administrator,
        now=NOW,
        until=NOW + DAY,
        team_ids=[cast.sales.pk],
    )
    officer = admitted(token)

    assert policy.allows(officer, Verb.VIEW, cast.sales)
    assert not policy.allows(officer, Verb.VIEW, cast.claims)
    assert not policy.allows(officer, Verb.EDIT_RULE), "rules are everybody's"
    policy.forget(officer)
    assert not policy.allows(officer, Verb.VIEW, cast.claims), "it stays narrow"


def test_both_let_in_while_one_replaces_the_other(cast: Cast, entries: Entries) -> None:
    old, before = made(cast, verbs=[Verb.VIEW], networks=["10.0.0.0/8"])
    new, after = keys.rotate(key=old, by=cast.administrator, now=NOW, overlap=DAY)

    assert (new.verbs, new.networks, new.replaces) == (old.verbs, old.networks, old)
    assert admitted(before) == admitted(after) == cast.service
    assert "ended" in refusal(before, now=NOW + DAY)
    assert admitted(after, now=NOW + DAY) == cast.service
    with pytest.raises(keys.KeyRefused):
        keys.rotate(key=old, by=cast.administrator, now=NOW, overlap=DAY)
    assert new.expiry_date == old.expiry_date
    (entry,) = entries(act="service_key.rotated")
    assert entry.facts == {
        "key": new.prefix,
        "replaces": old.prefix,
        "ends": "2026-06-02T12:00:00Z",
    }


def test_an_overlap_never_makes_the_old_one_longer(cast: Cast) -> None:
    old, _token = made(cast, until=NOW + timedelta(hours=1))
    keys.rotate(key=old, by=cast.administrator, now=NOW, overlap=7 * DAY)

    old.refresh_from_db()
    assert old.expiry_date == NOW + timedelta(hours=1)


def test_what_is_over_is_not_replaced(cast: Cast) -> None:
    old, _token = made(cast)
    keys.revoke(key=old, by=cast.administrator)

    with pytest.raises(keys.KeyRefused):
        keys.rotate(key=old, by=cast.administrator, now=NOW, overlap=DAY)


def test_its_last_use_is_written_down_once_a_minute(cast: Cast) -> None:
    key, token = made(cast)

    def seen() -> tuple[datetime | None, str | None]:
        key.refresh_from_db()
        return key.last_used_at, key.last_used_from

    assert seen() == (None, None)
    admitted(token)
    assert seen() == (NOW, "10.1.2.3")
    admitted(token, now=NOW + timedelta(seconds=59), address="10.9.9.9")
    assert seen() == (NOW, "10.1.2.3")
    admitted(token, now=NOW + timedelta(seconds=60), address="10.9.9.9")
    assert seen() == (NOW + timedelta(seconds=60), "10.9.9.9")


def test_without_redis_a_refusal_is_still_an_entry(
    cast: Cast, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> int:
        raise RedisGone

    key, token = made(cast)
    keys.revoke(key=key, by=cast.administrator)
    monkeypatch.setattr(rates, "count", gone)

    assert refusal(token)
    assert len(entries(act="service_key.refused")) == 1
