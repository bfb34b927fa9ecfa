"""Which policies cover which calls: the one place that knows what matches what.

It is SQL, so that the same words date one recording, a page of them, and count what a
draft would do to all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from compliance.consent.places import EU_EEA
from compliance.models import RetentionPolicy

KIND = "recording"
PARAMETERS: Mapping[str, Any] = {"union": sorted(EU_EEA), "kind": KIND}

MEMBERS = "compliance_numberlistmember"
_MATCH = """
policy.item_kind = %(kind)s
AND (policy.team_id IS NULL OR policy.team_id = call.team_id)
AND (policy.teams = '{}' OR call.team_id = ANY(policy.teams))
AND (policy.calls = '{}' OR call.id = ANY(policy.calls))
AND policy.direction IN ('', call.direction)
AND (policy.purposes = '{}' OR policy.purposes && call.purposes)
AND (policy.label_key = '' OR EXISTS (
  SELECT 1 FROM recordings_calllabel label
  WHERE label.call_id = call.id AND label.key = policy.label_key
    AND policy.label_value IN ('', label.value)))
AND (policy.numbers = '{}' OR EXISTS (
  SELECT 1 FROM recordings_party party
  WHERE party.call_id = call.id AND party.number_id = ANY(policy.numbers)))
AND (policy.number_list_id IS NULL OR EXISTS (
  SELECT 1 FROM recordings_party party JOIN {members} member
    ON member.number_id = party.number_id
  WHERE party.call_id = call.id AND member.number_list_id = policy.number_list_id))
AND (policy.places = '{}' OR EXISTS (
  SELECT 1 FROM jsonb_array_elements(
    (SELECT reasons FROM recordings_consentverdict verdict
     WHERE verdict.call_id = call.id ORDER BY number DESC LIMIT 1)) told (reason),
    LATERAL (SELECT told.reason->>'place' AS place,
      split_part(told.reason->>'place', '-', 1) AS country) party
  WHERE party.place = ANY(policy.places) OR party.country = ANY(policy.places)
    OR ('EU' = ANY(policy.places) AND party.country = ANY(%(union)s))))
"""


def match(members: str = MEMBERS) -> str:
    """SQL that is true where `policy` covers `call`; an empty condition covers everything.

    Places are those of the parties and of the team's seat, as the newest verdict has them.
    members: what is on the lists of numbers, if not what the table says.
    """
    return _MATCH.replace("{members}", members)


_COVERING = f"""
SELECT call.id, policy.id
FROM recordings_call call JOIN compliance_retentionpolicy policy ON {match()}
WHERE call.id = ANY(%(calls)s) AND policy.id = ANY(%(policies)s)
ORDER BY policy.name, policy.id
"""  # noqa: S608


def covering(
    call_ids: Collection[UUID], policies: Collection[RetentionPolicy]
) -> Mapping[UUID, list[RetentionPolicy]]:
    """Of these policies, those that cover each of these calls, in one query."""
    by_id = {one.pk: one for one in policies}
    found: dict[UUID, list[RetentionPolicy]] = defaultdict(list)
    if not (call_ids and by_id):
        return found
    asked = {"calls": list(call_ids), "policies": list(by_id), **PARAMETERS}
    with connection.cursor() as cursor:
        cursor.execute(_COVERING, asked)
        for call_id, policy_id in cursor.fetchall():
            found[call_id].append(by_id[policy_id])
    return found
