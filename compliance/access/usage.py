"""When a role was last used, as the audit log tells.

An act counts for a grant when one of the role's verbs is needed for it, within the
grant's scope and time. Looking at calls leaves no entry, hearing them does: a role
that was only looked around with counts as not used.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from compliance.access.permissions import Verb
from compliance.access.roles import ROLES, verbs_of, verbs_on_own_calls
from compliance.audit.actions import Action
from compliance.models import RoleGrant

NEEDED: Mapping[Action, Verb] = {
    Action.ROLE_GRANTED: Verb.GRANT_ROLE,
    Action.ROLE_ENDED: Verb.GRANT_ROLE,
    Action.GROUP_JOINED: Verb.GRANT_ROLE,
    Action.GROUP_LEFT: Verb.GRANT_ROLE,
    Action.PASSWORD_SET: Verb.GRANT_ROLE,
    Action.STAFF_IDENTITY_GIVEN: Verb.GRANT_ROLE,
    Action.STAFF_IDENTITY_ENDED: Verb.GRANT_ROLE,
    Action.REVIEW_BEGUN: Verb.GRANT_ROLE,
    Action.REVIEW_DECIDED: Verb.GRANT_ROLE,
    Action.REVIEW_DONE: Verb.GRANT_ROLE,
    Action.REVIEW_TAKEN: Verb.SEE_ROLES,
    Action.APPROVAL_APPROVED: Verb.APPROVE,
    Action.APPROVAL_REJECTED: Verb.APPROVE,
    Action.DEPUTY_NAMED: Verb.APPROVE,
    Action.DEPUTY_ENDED: Verb.APPROVE,
    Action.SERVICE_KEY_MADE: Verb.MANAGE_KEYS,
    Action.SERVICE_KEY_ROTATED: Verb.MANAGE_KEYS,
    Action.SERVICE_KEY_REVOKED: Verb.MANAGE_KEYS,
    Action.EVENT_SECRET_MADE: Verb.MANAGE_KEYS,
    Action.EVENT_TESTED: Verb.MANAGE_KEYS,
    Action.EVENT_SENT_AGAIN: Verb.MANAGE_KEYS,
    Action.SIEM_SECRET_SET: Verb.FORWARD_AUDIT,
    Action.SIEM_TESTED: Verb.FORWARD_AUDIT,
    Action.AUDIT_READ: Verb.READ_AUDIT,
    Action.AUDIT_ENTRY_READ: Verb.READ_AUDIT,
    Action.AUDIT_PACK_ASKED: Verb.VERIFY_AUDIT,
    Action.AUDIT_PACK_TAKEN: Verb.VERIFY_AUDIT,
    Action.AUDIT_BINDER_READ: Verb.READ_AUDIT,
    Action.POPULATION_COUNTED: Verb.READ_AUDIT,
    Action.POPULATION_TAKEN: Verb.READ_AUDIT,
    Action.SAMPLE_DRAWN: Verb.READ_AUDIT,
    Action.NUMBER_REVEALED: Verb.REVEAL_NUMBER,
    Action.PERSON_SEARCHED: Verb.SEARCH_PERSON,
    Action.LISTENERS_VIEWED: Verb.WHO_LISTENED,
    Action.LISTENERS_MAPPED: Verb.WHO_HEARD,
    Action.PERSON_LISTENERS_VIEWED: Verb.WHO_LISTENED,
    Action.PERSON_LISTENERS_NAMED: Verb.NAME_LISTENERS,
    Action.GROUND_ERASED: Verb.ERASE_GROUND,
    Action.PERSON_LISTENERS_TAKEN: Verb.WHO_LISTENED,
    Action.LISTEN_GRANTED: Verb.LISTEN,
    Action.LISTEN_RENEWED: Verb.LISTEN,
    Action.RECORDING_REPORTED: Verb.LISTEN,
    Action.RESTORE_ASKED: Verb.LISTEN,
    Action.EMERGENCY_OPENED: Verb.EMERGENCY_LISTEN,
    Action.EMERGENCY_JUDGED: Verb.JUDGE_EMERGENCY,
    Action.DOWNLOADED: Verb.DOWNLOAD,
    Action.EXPORT_ASKED: Verb.EXPORT,
    Action.EXPORT_TAKEN: Verb.EXPORT,
    Action.PRODUCTION_ASKED: Verb.PRODUCE,
    Action.PRODUCTION_CANCELLED: Verb.PRODUCE,
    Action.PRODUCTION_TAKEN: Verb.PRODUCE,
    Action.CONSENT_RECORDED: Verb.REPORT_CONSENT,
    Action.CALL_DECLARED: Verb.REPORT_CONSENT,
    Action.STANDING_CONSENT_RECORDED: Verb.KEEP_CONSENT,
    Action.STANDING_CONSENT_WITHDRAWN: Verb.KEEP_CONSENT,
    Action.STAFF_NOTICE_GIVEN: Verb.EDIT_LIST,
    Action.STAFF_NOTICE_ENDED: Verb.EDIT_LIST,
    Action.LIST_ADDED: Verb.EDIT_LIST,
    Action.LIST_ENDED: Verb.EDIT_LIST,
    Action.CAPTURE_PAUSED: Verb.PAUSE,
    Action.CAPTURE_RESUMED: Verb.PAUSE,
    Action.RECORDING_RELEASED: Verb.QUARANTINE,
    Action.ITEM_RESTRICTED: Verb.RESTRICT,
    Action.RESTRICTION_LIFTED: Verb.RESTRICT,
    Action.RESTRICTED_HEARD: Verb.HEAR_RESTRICTED,
    Action.RULE_DRAFTED: Verb.EDIT_RULE,
    Action.RULE_DRAFT_DROPPED: Verb.EDIT_RULE,
    Action.IMPACT_BEGUN: Verb.EDIT_RULE,
    Action.RULE_PUBLISHED: Verb.EDIT_RULE,
    Action.RULE_REVIEWED: Verb.EDIT_RULE,
    Action.DUTY_REVIEWED: Verb.EDIT_RULE,
    Action.POLICY_VERSIONED: Verb.EDIT_POLICY,
    Action.REHEARSAL_FROZEN: Verb.EDIT_POLICY,
    Action.REHEARSAL_TAKEN: Verb.EDIT_POLICY,
    Action.NUMBER_LIST_MADE: Verb.EDIT_NUMBER_LIST,
    Action.NUMBER_LIST_CHANGED: Verb.EDIT_NUMBER_LIST,
    Action.LIFECYCLE_ASKED: Verb.EDIT_LIFECYCLE,
    Action.CLOCK_EVENT_NAMED: Verb.EDIT_POLICY,
    Action.CLOCK_EVENT_ENDED: Verb.EDIT_POLICY,
    Action.CLOCK_EVENT_TOLD: Verb.TELL_EVENT,
    Action.CLOCK_EVENT_CORRECTED: Verb.TELL_EVENT,
    Action.HOLD_PLACED: Verb.PLACE_HOLD,
    Action.HOLD_PREVIEWED: Verb.PLACE_HOLD,
    Action.HOLD_READ: Verb.VIEW_HOLD,
    Action.HOLD_RELEASED: Verb.RELEASE_HOLD,
    Action.PURGE_REHEARSED: Verb.PURGE,
    Action.PURGE_TAKEN: Verb.PURGE,
    Action.PURGE_BEGUN: Verb.PURGE,
    Action.PURGE_CANCELLED: Verb.PURGE,
    Action.SWEEP_PAUSED: Verb.STOP_DELETION,
    Action.SWEEP_RESUMED: Verb.STOP_DELETION,
    Action.RECORDING_BROUGHT_BACK: Verb.STOP_DELETION,
    Action.CERTIFICATE_MADE: Verb.CERTIFY,
    Action.CERTIFICATE_TAKEN: Verb.CERTIFY,
    Action.INVENTORY_BEGUN: Verb.TAKE_INVENTORY,
    Action.INVENTORY_TAKEN: Verb.TAKE_INVENTORY,
    Action.RECORDING_ADOPTED: Verb.QUARANTINE,
    Action.RECORDING_SEALED: Verb.QUARANTINE,
    Action.SEALED_OPENED: Verb.QUARANTINE,
    Action.CONTROL_OPENED: Verb.QUARANTINE,
    Action.CONTROL_REVIEWED: Verb.QUARANTINE,
    Action.CONTROL_CLOSED: Verb.QUARANTINE,
    Action.DISCREPANCY_DECIDED: Verb.QUARANTINE,
    Action.REQUEST_RECEIVED: Verb.HANDLE_REQUEST,
    Action.REQUEST_READ: Verb.HANDLE_REQUEST,
    Action.REQUEST_ASSIGNED: Verb.HANDLE_REQUEST,
    Action.REQUEST_NOTED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PAUSED: Verb.HANDLE_REQUEST,
    Action.REQUEST_RESUMED: Verb.HANDLE_REQUEST,
    Action.REQUEST_EXTENDED: Verb.HANDLE_REQUEST,
    Action.REQUEST_LINKED: Verb.HANDLE_REQUEST,
    Action.REQUEST_UNLINKED: Verb.HANDLE_REQUEST,
    Action.REQUEST_CHECKED: Verb.HANDLE_REQUEST,
    Action.REQUEST_CODE_SENT: Verb.HANDLE_REQUEST,
    Action.REQUEST_CODE_TRIED: Verb.HANDLE_REQUEST,
    Action.REQUEST_IDENTITY_DECIDED: Verb.HANDLE_REQUEST,
    Action.REQUEST_LETTER_EDITED: Verb.HANDLE_REQUEST,
    Action.REQUEST_LETTER_RELEASED: Verb.HANDLE_REQUEST,
    Action.REQUEST_CLOSED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_MADE: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_CHANGED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_WORDED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_REOPENED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_DROPPED: Verb.HANDLE_REQUEST,
    Action.REQUEST_PLAN_FROZEN: Verb.ERASE_SUBJECT,
    Action.REQUEST_PLAN_BEGUN: Verb.ERASE_SUBJECT,
    Action.REQUEST_RESTRICTED: Verb.HANDLE_REQUEST,
    Action.REQUEST_LIFTED: Verb.HANDLE_REQUEST,
    Action.REQUEST_LOG_TAKEN: Verb.HANDLE_REQUEST,
    Action.EXTERNAL_LISTED: Verb.HANDLE_REQUEST,
    Action.EXTERNAL_ASKED: Verb.HANDLE_REQUEST,
    Action.EXTERNAL_CONFIRMED: Verb.HANDLE_REQUEST,
    Action.EXTERNAL_REFUSED: Verb.HANDLE_REQUEST,
    Action.NOTICES_WRITTEN: Verb.HANDLE_REQUEST,
    Action.NOTICE_EDITED: Verb.HANDLE_REQUEST,
    Action.NOTICE_SENT: Verb.HANDLE_REQUEST,
    Action.NOTICE_IMPOSSIBLE: Verb.HANDLE_REQUEST,
    Action.PROCESSING_RECORD_TAKEN: Verb.HANDLE_REQUEST,
    Action.COPY_ASKED: Verb.HANDLE_REQUEST,
    Action.COPY_REVIEWED: Verb.HANDLE_REQUEST,
    Action.COPY_DISCARDED: Verb.HANDLE_REQUEST,
    Action.COPY_LINK_MADE: Verb.HANDLE_REQUEST,
    Action.COPY_LINK_WITHDRAWN: Verb.HANDLE_REQUEST,
    Action.COPY_KEY_TOLD: Verb.HANDLE_REQUEST,
    Action.COPY_TAKEN: Verb.HANDLE_REQUEST,
    Action.CALL_ASSIGNED: Verb.EDIT_TRUNK,
    Action.CALL_LABELLED: Verb.EDIT_LABEL,
    Action.PARTY_DESCRIBED: Verb.EDIT_LABEL,
    Action.ALERT_ACKNOWLEDGED: Verb.SEE_ALERTS,
    Action.ALERT_ASSIGNED: Verb.SEE_ALERTS,
    Action.ALERT_CLOSED: Verb.OPERATE,
}
"""The verb without which nobody could have done it. Other acts count for no role."""


def last_used(grants: Iterable[RoleGrant]) -> dict[UUID, datetime]:
    """When each of these grants was used last; one that never was is left out.

    One query; what was done with any call counts for a role of own calls. An index leads from each holder to his newest entries. What the members
    of a group did counts for the group's grant.
    """
    acts = {str(role): _acts(verbs_of(role)) for role in ROLES}
    acts |= {f"own {role}": _acts(verbs_on_own_calls(role)) for role in ROLES}
    ids = [grant.pk for grant in grants]
    with connection.cursor() as cursor:
        cursor.execute(_LAST_USED, {"grants": ids, "acts": json.dumps(acts)})
        return dict(cursor.fetchall())


def _acts(verbs: Collection[Verb]) -> list[str]:
    return [act for act, verb in NEEDED.items() if verb in verbs]


_LAST_USED = """
SELECT g.id, max(newest.at)
FROM compliance_rolegrant g
CROSS JOIN LATERAL (
  SELECT g.person_id AS id WHERE g.person_id IS NOT NULL
  UNION ALL
  SELECT m.person_id FROM compliance_group_members m WHERE m.group_id = g.group_id
) holder
CROSS JOIN LATERAL (
  SELECT e.timestamp AS at FROM compliance_auditentry e
  WHERE e.actor_id = holder.id AND e.timestamp >= g.valid_from
    AND (g.valid_until IS NULL OR e.timestamp <= g.valid_until)
    AND e.act = ANY(ARRAY(SELECT jsonb_array_elements_text(
      %(acts)s::jsonb -> (CASE g.scope WHEN 'own' THEN 'own ' ELSE '' END || g.role))))
    AND (g.scope IN ('everything', 'own') OR e.team_id IS NULL OR e.team_id = g.team_id
      OR e.team_id IN (SELECT id FROM compliance_team WHERE region_id = g.region_id))
  ORDER BY e.timestamp DESC LIMIT 1
) newest
WHERE g.id = ANY(%(grants)s)
GROUP BY g.id
"""
