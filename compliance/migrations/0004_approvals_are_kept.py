"""What was asked for stays word for word, what was decided stays decided.

The same person on both sides is refused by constraints of the table; what must not
change from one state to the next is a trigger's.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION earwitness_keep_approvals() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' OR TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'approvals are evidence: % refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (OLD.id, OLD.kind, OLD.team_id, OLD.content, OLD.sha256, OLD.asked_by_id,
            OLD.asked_at, OLD.until)
        IS DISTINCT FROM
        (NEW.id, NEW.kind, NEW.team_id, NEW.content, NEW.sha256, NEW.asked_by_id,
            NEW.asked_at, NEW.until)
    THEN
        RAISE EXCEPTION 'what was asked for stays as it was asked'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.decided_at IS NOT NULL AND
        (OLD.decided_by_id, OLD.decided_for_id, OLD.decided_at, OLD.remark)
        IS DISTINCT FROM
        (NEW.decided_by_id, NEW.decided_for_id, NEW.decided_at, NEW.remark)
    THEN
        RAISE EXCEPTION 'what was decided stays decided'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.state <> NEW.state AND NOT (
        OLD.state = 'asked'
            AND NEW.state IN ('approved', 'rejected', 'withdrawn', 'expired')
        OR OLD.state = 'approved'
            AND NEW.state IN ('carried_out', 'withdrawn', 'expired'))
        OR OLD.ended_at IS DISTINCT FROM NEW.ended_at AND OLD.ended_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'an approval does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER approvals_are_kept
    BEFORE UPDATE OR DELETE ON compliance_approval
    FOR EACH ROW EXECUTE FUNCTION earwitness_keep_approvals();
CREATE TRIGGER approvals_are_not_emptied
    BEFORE TRUNCATE ON compliance_approval
    FOR EACH STATEMENT EXECUTE FUNCTION earwitness_keep_approvals();
"""

ALLOW = """
DROP TRIGGER approvals_are_not_emptied ON compliance_approval;
DROP TRIGGER approvals_are_kept ON compliance_approval;
DROP FUNCTION earwitness_keep_approvals();
"""


class Migration(migrations.Migration):
    """After the tables, before the first approval."""

    dependencies = [("compliance", "0003_roles_kept_apart")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
