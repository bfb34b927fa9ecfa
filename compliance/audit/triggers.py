"""Do the triggers stand that refuse to change the audit log?

Whoever owns a table can switch its triggers off; this tells that somebody did.
"""

from django.db import connection

TABLES = {
    "compliance_auditentry": "audit",
    "compliance_auditleaf": "auditleaf",
    "compliance_auditnode": "auditnode",
    "compliance_auditseal": "auditseal",
    "compliance_installation": "installation",
}
"""Each table, and how the names of its triggers begin."""
BODY_MD5 = "7a05f6a2b132f571529ac72f713b4764"
"""Of the function that refuses, as migration 0002 makes it."""
_STANDING = """
SELECT trigger.tgname
FROM pg_trigger trigger
JOIN pg_class class ON class.oid = trigger.tgrelid
JOIN pg_proc function ON function.oid = trigger.tgfoid
WHERE class.relname = ANY(%s) AND pg_table_is_visible(class.oid)
  AND trigger.tgenabled IN ('O', 'A') AND md5(function.prosrc) = %s
"""


def wanted() -> list[str]:
    """The names of all of them."""
    return [
        f"{name}_refuses_{what}"
        for name in TABLES.values()
        for what in ("change", "truncate")
    ]


def off() -> list[str]:
    """Which are switched off, gone, or refuse nothing any more. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        if cursor.fetchone()[0] != "origin":
            return ["session_replication_role"]
        cursor.execute(_STANDING, [list(TABLES), BODY_MD5])
        standing = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted() if name not in standing]
