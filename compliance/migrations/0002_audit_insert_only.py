"""The audit table takes INSERTs and nothing else.

Row triggers refuse UPDATE and DELETE, a statement trigger refuses TRUNCATE. The
owner of the table can still disable them, which is why production runs under a role
that does not own it (docs/architecture.md), and why entries carry a MAC. Tests
empty the table under `session_replication_role = replica`, which skips triggers.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION earwitness_refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are never changed: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_refuses_change
    BEFORE UPDATE OR DELETE ON compliance_auditentry
    FOR EACH ROW EXECUTE FUNCTION earwitness_refuse_audit_change();
CREATE TRIGGER audit_refuses_truncate
    BEFORE TRUNCATE ON compliance_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION earwitness_refuse_audit_change();
"""

ALLOW = """
DROP TRIGGER audit_refuses_truncate ON compliance_auditentry;
DROP TRIGGER audit_refuses_change ON compliance_auditentry;
DROP FUNCTION earwitness_refuse_audit_change();
"""


class Migration(migrations.Migration):
    """After the table, before the first entry."""

    dependencies = [("compliance", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
