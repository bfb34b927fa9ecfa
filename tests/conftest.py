"""Shared fixtures: the cast, signed-in browsers, and a database that can be emptied."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client, TransactionTestCase, override_settings
from hypothesis import settings as examples

from compliance.models import AuditEntry, Person
from portal import maintenance
from tests.cast import Cast, assemble
from tests.proving import prove

pytest_plugins = [
    "tests.services",
    "tests.browsing",
    "tests.line",
    "tests.identity_provider",
    "tests.directory",
    "tests.receiver",
    "tests.syslog_server",
    "tests.postman",
]

# A busy machine is not a failed property.
examples.register_profile("patient", deadline=None)
examples.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def _settings_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Static files as they lie, exports in a folder of ours, cheap passwords, no mails."""
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    folder = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path_factory.mktemp("exports")},
    }
    with override_settings(
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        STORAGES={
            **settings.STORAGES,
            "staticfiles": {"BACKEND": plain},
            "exports": folder,
        },
        VAULT_STORE={"kind": "local", "root": tmp_path_factory.mktemp("vault")},
        MAIL_IS_ON=False,
        EVENTS_ALLOW_PRIVATE=False,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_triggers() -> Iterator[None]:
    """Let tests with `transaction=True` empty the audit table when they end.

    Its triggers refuse TRUNCATE, except under `session_replication_role = replica`,
    which only a superuser of the database can set.
    """
    flush: Callable[[Any], None] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_as_replica(case: Any) -> None:
        _set_replication_role("replica")
        flush(case)
        _set_replication_role("origin")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_as_replica)
        yield


def _set_replication_role(role: str) -> None:
    for connection in connections.all():
        with connection.cursor() as cursor:
            cursor.execute(f"SET session_replication_role = {role}")


@pytest.fixture(scope="session", autouse=True)
def _nobody_looks_for_maintenance() -> Iterator[None]:
    """Whether the doors are open is not asked of the database by every first request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maintenance, "LOOK_SECONDS", float("inf"))
        patch.setattr(maintenance, "_last", (0.0, None))
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    """One person per role, two teams in two regions: see tests/cast.py."""
    return assemble()


@pytest.fixture
def sign_in(db: None) -> Callable[[Person], Client]:
    """`sign_in(cast.reviewer)` is a browser in which that person has just signed in."""

    def browser_of(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return prove(client)

    return browser_of


@pytest.fixture
def entries(db: None) -> Callable[..., list[AuditEntry]]:
    """`entries(act=…)`: the audit entries that fit, oldest first."""

    def found(**conditions: Any) -> list[AuditEntry]:
        return list(AuditEntry.objects.filter(**conditions).order_by("id"))

    return found


@pytest.fixture
def clean_cache() -> Iterator[None]:
    """An empty cache: nobody has failed to sign in yet."""
    cache.clear()
    yield
    cache.clear()
