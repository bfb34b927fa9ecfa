"""Shared fixtures: the cast, signed-in browsers, and a database that can be emptied."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models.signals import post_migrate
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
def _empty_past_the_triggers() -> Iterator[None]:
    """Tests with `transaction=True` end with what has rows emptied, and the law loaded.

    Django would truncate every table, which takes longer than most tests; and the
    triggers of the audit table refuse it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: _empty())
        yield


def _empty() -> None:
    tables = set(connection.introspection.django_table_names(only_existing=True))
    look = " UNION ALL ".join(
        f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)"  # noqa: S608
        for name in tables - {"django_content_type", "auth_permission"}
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(look)
        for (name,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608
    law = apps.get_app_config("compliance")
    post_migrate.send(law, app_config=law, verbosity=0, using=connection.alias)


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
