"""Nobody reads the audit log and gives out roles or keys; nobody gives himself a role.

Nobody judges a role of his own in a review either, and what was decided stays.

The first two hold for roles held in person and through groups, so they are no matter of one
row: triggers look at everything a person holds from now on. A lock lets one change
after the other in, so that two at once cannot slip past each other.

A new role that reads the log or gives access belongs into the two lists below: the
test of `access.roles.kept_apart` tells.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION earwitness_keep_roles_apart() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7261930251);
    IF EXISTS (
        WITH held AS (
            SELECT person_id, role, valid_from, valid_until
            FROM compliance_rolegrant WHERE person_id IS NOT NULL
            UNION ALL
            SELECT m.person_id, g.role, g.valid_from, g.valid_until
            FROM compliance_rolegrant g
            JOIN compliance_group_members m USING (group_id)
        ), coming AS (
            SELECT person_id, role,
                greatest(valid_from, now()) AS since,
                coalesce(valid_until, 'infinity') AS till
            FROM held
        )
        SELECT FROM coming reads JOIN coming gives USING (person_id)
        WHERE reads.role IN ('auditor') AND gives.role IN ('administrator')
          AND reads.since < reads.till AND gives.since < gives.till
          AND reads.since < gives.till AND gives.since < reads.till
    ) THEN
        RAISE EXCEPTION 'nobody both reads the audit log and gives access'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roles_kept_apart';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER role_grants_kept_apart
    AFTER INSERT OR UPDATE ON compliance_rolegrant
    FOR EACH ROW WHEN (NEW.role IN ('auditor', 'administrator'))
    EXECUTE FUNCTION earwitness_keep_roles_apart();
CREATE TRIGGER group_members_kept_apart
    AFTER INSERT OR UPDATE ON compliance_group_members
    FOR EACH ROW EXECUTE FUNCTION earwitness_keep_roles_apart();

CREATE FUNCTION earwitness_refuse_grant_to_own_group() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM compliance_group_members
        WHERE group_id = NEW.group_id AND person_id = NEW.granted_by_id
    ) THEN
        RAISE EXCEPTION 'nobody gives a role to a group he belongs to'
            USING ERRCODE = 'check_violation',
                CONSTRAINT = 'role_grant_not_to_own_group';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER role_grant_not_to_own_group
    AFTER INSERT ON compliance_rolegrant
    FOR EACH ROW WHEN (NEW.group_id IS NOT NULL AND NEW.granted_by_id IS NOT NULL)
    EXECUTE FUNCTION earwitness_refuse_grant_to_own_group();

CREATE FUNCTION earwitness_keep_review_lines() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.decision <> '' OR
        (OLD.id, OLD.review_id, OLD.grant_id, OLD.last_used_at) IS DISTINCT FROM
        (NEW.id, NEW.review_id, NEW.grant_id, NEW.last_used_at)
    THEN
        RAISE EXCEPTION 'lines of access reviews are evidence: % refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (
        SELECT FROM compliance_rolegrant g
        LEFT JOIN compliance_group_members m
            ON m.group_id = g.group_id AND m.person_id = NEW.decided_by_id
        WHERE g.id = NEW.grant_id
          AND NEW.decided_by_id IN (g.person_id, m.person_id)
    ) THEN
        RAISE EXCEPTION 'nobody judges a role of his own'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'review_line_not_own';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER review_lines_are_kept
    BEFORE UPDATE OR DELETE ON compliance_reviewline
    FOR EACH ROW EXECUTE FUNCTION earwitness_keep_review_lines();
"""

ALLOW = """
DROP TRIGGER review_lines_are_kept ON compliance_reviewline;
DROP FUNCTION earwitness_keep_review_lines();
DROP TRIGGER role_grant_not_to_own_group ON compliance_rolegrant;
DROP FUNCTION earwitness_refuse_grant_to_own_group();
DROP TRIGGER group_members_kept_apart ON compliance_group_members;
DROP TRIGGER role_grants_kept_apart ON compliance_rolegrant;
DROP FUNCTION earwitness_keep_roles_apart();
"""


class Migration(migrations.Migration):
    """After the tables, before the first grant."""

    dependencies = [("compliance", "0002_audit_insert_only")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
