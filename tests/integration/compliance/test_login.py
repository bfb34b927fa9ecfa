"""Signing in and out."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as RedisGone

from compliance.access import lockout
from compliance.audit import log
from compliance.models import AuditEntry, Person
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.usefixtures("clean_cache")
Entries = Callable[..., list[AuditEntry]]


def _sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    answer = client.post(reverse("login"), {"username": email, "password": password})
    return answer.status_code


def _is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_it_works(cast: Cast, client: Client, entries: Entries) -> None:
    assert _sign_in(client, "ROSA@example.org") == 302

    (entry,) = entries(act="session.login")
    assert _is_in(client)
    assert entry.actor_id == cast.reviewer.pk
    assert entry.remote_addr == "127.0.0.1"
    assert entry.request_id


def test_a_wrong_password_is_an_entry(
    cast: Cast, client: Client, entries: Entries
) -> None:
    assert _sign_in(client, "rosa@example.org", "wrong") == 200

    (entry,) = entries(act="session.login_failed")
    assert not _is_in(client)
    assert entry.object_pk == str(cast.reviewer.pk)
    assert (entry.outcome, entry.facts["reason"]) == ("refused", "wrong")
    assert entry.actor_id is None


def test_an_unknown_e_mail_leaves_no_trace_of_it(
    cast: Cast, client: Client, entries: Entries
) -> None:
    _sign_in(client, "somebody.else@example.org", "wrong")

    (entry,) = entries(act="session.login_failed")
    assert "somebody" not in str(entry.signed_content())


@pytest.mark.parametrize("email", ["a\0@example.org", "no e-mail", "x" * 5000])
def test_what_is_no_e_mail_is_refused(cast: Cast, client: Client, email: str) -> None:
    assert _sign_in(client, email, "wrong") == 200


def test_known_and_unknown_read_the_same(cast: Cast, client: Client) -> None:
    known = client.post(
        reverse("login"), {"username": "rosa@example.org", "password": "wrong"}
    )
    unknown = client.post(
        reverse("login"), {"username": "nobody@example.org", "password": "wrong"}
    )

    assert "do not belong together" in known.content.decode()
    assert "do not belong together" in unknown.content.decode()


def test_after_five_failures_the_right_password_is_not_looked_at(
    cast: Cast, client: Client, entries: Entries
) -> None:
    for _ in range(lockout.PER_ACCOUNT):
        _sign_in(client, "rosa@example.org", "wrong")
    answer = client.post(
        reverse("login"), {"username": "rosa@example.org", "password": PASSWORD}
    )
    _sign_in(client, "rosa@example.org")

    reasons = [entry.facts["reason"] for entry in entries(act="session.login_failed")]
    assert "Too many attempts" in answer.content.decode()
    assert not _is_in(client)
    assert reasons == ["wrong"] * 5 + ["locked"]


def test_another_account_is_not_locked(cast: Cast, client: Client) -> None:
    for _ in range(lockout.PER_ACCOUNT + 1):
        _sign_in(client, "rosa@example.org", "wrong")

    assert _sign_in(client, "olga@example.org") == 302


def test_an_address_that_tries_everybody_is_locked(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "PER_ADDRESS", 3)
    for number in range(3):
        _sign_in(client, f"guess{number}@example.org", "wrong")

    assert _sign_in(client, "olga@example.org") == 200
    assert not _is_in(client)


def test_a_whole_office_signs_in_from_one_address(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockout, "PER_ADDRESS", 3)
    for _ in range(5):
        assert _sign_in(client, "olga@example.org") == 302
        client.post(reverse("logout"))


def test_success_forgives_what_came_before(cast: Cast, client: Client) -> None:
    for _ in range(lockout.PER_ACCOUNT - 1):
        _sign_in(client, "rosa@example.org", "wrong")
    assert _sign_in(client, "rosa@example.org") == 302
    client.post(reverse("logout"))
    _sign_in(client, "rosa@example.org", "wrong")

    assert _sign_in(client, "rosa@example.org") == 302


def test_no_e_mail_stands_in_redis(cast: Cast, client: Client) -> None:
    _sign_in(client, "rosa@example.org", "wrong")

    keys = [str(key) for key in cache._cache.get_client().keys("*")]  # type: ignore[attr-defined]
    assert any("sign-in" in key for key in keys)
    assert not any("rosa" in key for key in keys)


def test_without_redis_the_password_still_decides(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise RedisGone

    for name in ("add", "incr", "delete"):
        monkeypatch.setattr(cache, name, gone)

    assert _sign_in(client, "rosa@example.org", "wrong") == 200
    assert _sign_in(client, "rosa@example.org") == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"kind": "service"}])
def test_who_may_not_sign_in(
    cast: Cast, client: Client, change: dict[str, object]
) -> None:
    Person.objects.filter(pk=cast.reviewer.pk).update(**change)

    assert _sign_in(client, "rosa@example.org") == 200
    assert not _is_in(client)


def test_who_is_shut_out_is_out_by_the_next_request(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    browser = sign_in(cast.reviewer)
    assert browser.get(reverse("access")).status_code == 200
    Person.objects.filter(pk=cast.reviewer.pk).update(is_active=False)

    assert browser.get(reverse("access")).status_code == 302


def test_no_entry_no_session(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(log, "append", broken)
    client.raise_request_exception = False

    assert _sign_in(client, "rosa@example.org") == 500
    assert not _is_in(client)


def test_signing_out_is_an_entry(
    cast: Cast, sign_in: Callable[[Person], Client], entries: Entries
) -> None:
    browser = sign_in(cast.reviewer)

    assert browser.post(reverse("logout")).status_code == 302
    assert not _is_in(browser)
    assert [entry.actor_id for entry in entries(act="session.logout")] == [
        cast.reviewer.pk
    ]


def test_a_link_does_not_sign_out(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    browser = sign_in(cast.reviewer)

    assert browser.get(reverse("logout")).status_code == 405
    assert _is_in(browser)
