"""The database: does it answer, is it new enough, migrated, and the log guarded?"""

from collections.abc import Iterator

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from compliance.models import AuditEntry
from recordings.finding import Finding, fail, ok, warn

LEAST_VERSION = 15
TRIGGERS = {"audit_refuses_change", "audit_refuses_truncate"}

_GUARDS = """
SELECT tgname FROM pg_trigger
WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled <> 'D'
"""
_OWNER = """
SELECT rolsuper OR pg_has_role(relowner, 'MEMBER')
FROM pg_class, pg_roles WHERE pg_class.oid = %s::regclass AND rolname = current_user
"""


def findings() -> Iterator[Finding]:
    """From whether it answers to who could change the audit log."""
    try:
        version = connection.get_database_version()
    except OperationalError:
        yield fail("does not answer", "DATABASE_URL: is it right, and reachable?")
        return
    yield _version(version)
    waiting = _waiting_migrations()
    if waiting:
        yield fail(f"{waiting} migrations are missing", "manage.py migrate")
        return
    yield ok("every migration is there")
    yield from _guard_of_the_log()


def _version(version: tuple[int, ...]) -> Finding:
    told = f"PostgreSQL {'.'.join(map(str, version))}"
    if version[0] < LEAST_VERSION:
        return fail(f"{told} is too old", f"PostgreSQL {LEAST_VERSION} or newer.")
    return ok(f"{told} answers")


def _waiting_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _guard_of_the_log() -> Iterator[Finding]:
    table = AuditEntry._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(_GUARDS, [table])
        missing = TRIGGERS - {name for (name,) in cursor.fetchall()}
    if missing:
        yield fail(
            f"the audit log can be changed: no {', '.join(sorted(missing))}",
            f"ALTER TABLE {table} ENABLE TRIGGER ALL, and find out who disabled them.",
        )
    else:
        yield ok("the audit log refuses changes")
    if may_change_the_log():
        yield warn(
            "this role could switch the guard of the audit log off",
            "Serve under a role that does not own the tables; keep this for migrate.",
        )


def may_change_the_log() -> bool:
    """Whether this role owns the audit log, or is a superuser: it can drop the guard."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNER, [AuditEntry._meta.db_table])
        (owns,) = cursor.fetchone()
    return bool(owns)
