"""The tables of the seals take INSERTs and nothing else, like the entries themselves.

Their function is that of the audit table: it says "audit entries are never changed".
"""

from django.db import migrations

TABLES = ("auditleaf", "auditnode", "auditseal", "installation")

REFUSE = "".join(
    f"""
CREATE TRIGGER {table}_refuses_change
    BEFORE UPDATE OR DELETE ON compliance_{table}
    FOR EACH ROW EXECUTE FUNCTION earwitness_refuse_audit_change();
CREATE TRIGGER {table}_refuses_truncate
    BEFORE TRUNCATE ON compliance_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION earwitness_refuse_audit_change();
"""
    for table in TABLES
)

ALLOW = "".join(
    f"""
DROP TRIGGER {table}_refuses_truncate ON compliance_{table};
DROP TRIGGER {table}_refuses_change ON compliance_{table};
"""
    for table in TABLES
)


class Migration(migrations.Migration):
    """After the tables, before the first seal."""

    dependencies = [("compliance", "0004_approvals_are_kept")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
