"""What each action is in the words of OCSF 1.9 (schema.ocsf.io), the language of SIEMs.

A new action wants a place in `CLASSES`: under the class and the activity that a security
team would look for it. Whoever or whatever the entry is about stands where the class asks
for it (`ocsf_event`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from compliance.audit.actions import Action

VERSION = "1.9.0"
OTHER = 99


class Class(IntEnum):
    """Classes of events: category times 1000, and the class in it."""

    AUTHENTICATION = 3002
    ENTITY = 3004
    GROUP = 3006
    USER = 3007
    RESOURCE = 6001
    LIFECYCLE = 6002
    RESOURCE_ACCESS = 6004


@dataclass(frozen=True)
class Meaning:
    """One activity of one class."""

    of: Class
    activity: int

    @property
    def category(self) -> int:
        """3: identity and access, 6: application."""
        return self.of // 1000

    @property
    def type(self) -> int:
        """OCSF's number of the whole."""
        return self.of * 100 + self.activity


_A, _E, _G = Class.AUTHENTICATION, Class.ENTITY, Class.GROUP
_U, _R, _L, _X = Class.USER, Class.RESOURCE, Class.LIFECYCLE, Class.RESOURCE_ACCESS
CLASSES: Mapping[tuple[Class, int], tuple[Action, ...]] = {
    # log on, log off, another proof
    (_A, 1): (
        Action.LOGIN,
        Action.LOGIN_FAILED,
        Action.BREAK_GLASS_USED,
        Action.SERVICE_KEY_REFUSED,
        Action.DIRECTORY_REFUSED,
    ),
    (_A, 2): (
        Action.LOGOUT,
        Action.SESSIONS_ENDED,
        Action.SESSION_ENDED_BY_PROVIDER,
    ),
    (_A, OTHER): (Action.STEPPED_UP, Action.STEP_UP_FAILED),
    # accounts: create, update, delete, password reset, factors on and off, roles, keys
    (_U, 1): (Action.DIRECTORY_PERSON_ADDED,),
    (_U, 2): (
        Action.BREAK_GLASS_MARKED,
        Action.IDENTITY_TIED,
        Action.STAFF_IDENTITY_GIVEN,
        Action.STAFF_IDENTITY_ENDED,
        Action.DIRECTORY_PERSON_CHANGED,
    ),
    (_U, 3): (Action.DIRECTORY_PERSON_REMOVED,),
    (_U, 9): (Action.PASSWORD_SET,),
    (_U, 12): (Action.FACTOR_ADDED,),
    (_U, 13): (Action.FACTOR_REMOVED,),
    (_U, 16): (Action.ROLE_GRANTED, Action.DEPUTY_NAMED),
    (_U, 17): (Action.ROLE_ENDED, Action.DEPUTY_ENDED),
    (_U, 18): (
        Action.RECOVERY_CODES_MADE,
        Action.SERVICE_KEY_MADE,
        Action.SERVICE_KEY_ROTATED,
    ),
    (_U, 19): (Action.SERVICE_KEY_REVOKED,),
    # groups: add and remove a user, delete, create
    (_G, 3): (Action.GROUP_JOINED,),
    (_G, 4): (Action.GROUP_LEFT,),
    (_G, 5): (Action.DIRECTORY_GROUP_REMOVED,),
    (_G, 6): (Action.DIRECTORY_GROUP_ADDED,),
    # what is kept about how the house is run: create, read, update, delete
    (_E, 1): (
        Action.RECORD_CREATED,
        Action.REVIEW_BEGUN,
        Action.APPROVAL_ASKED,
        Action.STANDING_CONSENT_RECORDED,
        Action.STAFF_NOTICE_GIVEN,
        Action.LIST_ADDED,
        Action.RULE_DRAFTED,
        Action.RULE_PUBLISHED,
        Action.RULE_VERSIONED,
        Action.DUTY_VERSIONED,
        Action.POLICY_DRAFTED,
        Action.POLICY_VERSIONED,
        Action.NUMBER_LIST_MADE,
        Action.CLOCK_EVENT_NAMED,
        Action.HOLD_PLACED,
        Action.CONTROL_OPENED,
        Action.REQUEST_RECEIVED,
        Action.REQUEST_PLAN_MADE,
        Action.EXTERNAL_LISTED,
        Action.NOTICES_WRITTEN,
        Action.ALERT_OPENED,
        Action.EVENT_SECRET_MADE,
        Action.AUDIT_ANCHORED,
        Action.CERTIFICATE_MADE,
    ),
    (_E, 2): (Action.REVIEW_TAKEN, Action.IMPACT_BEGUN, Action.IMPACT_FAILED),
    (_E, 3): (
        Action.RECORD_CHANGED,
        Action.REVIEW_DECIDED,
        Action.REVIEW_DONE,
        Action.APPROVAL_APPROVED,
        Action.APPROVAL_REJECTED,
        Action.APPROVAL_CARRIED_OUT,
        Action.APPROVAL_TAMPERED,
        Action.RULE_REVIEWED,
        Action.HOLD_CAUGHT,
        Action.ITEM_RESTRICTED,
        Action.RESTRICTION_LIFTED,
        Action.CONTROL_REVIEWED,
        Action.HOLD_RELEASED,
        Action.HOLD_UNMARKED,
        Action.NUMBER_LIST_CHANGED,
        Action.LIFECYCLE_ASKED,
        Action.LIFECYCLE_APPLIED,
        Action.LIFECYCLE_FAILED,
        Action.LIFECYCLE_DRIFTED,
        Action.REQUEST_ASSIGNED,
        Action.REQUEST_NOTED,
        Action.REQUEST_PAUSED,
        Action.REQUEST_RESUMED,
        Action.REQUEST_EXTENDED,
        Action.REQUEST_LINKED,
        Action.REQUEST_UNLINKED,
        Action.REQUEST_CHECKED,
        Action.REQUEST_CODE_SENT,
        Action.REQUEST_CODE_FAILED,
        Action.REQUEST_CODE_TRIED,
        Action.REQUEST_IDENTITY_DECIDED,
        Action.REQUEST_RESTRICTED,
        Action.REQUEST_LIFTED,
        Action.REQUEST_LETTER_SENT,
        Action.REQUEST_LETTER_EDITED,
        Action.REQUEST_LETTER_RELEASED,
        Action.EXTERNAL_ASKED,
        Action.EXTERNAL_CONFIRMED,
        Action.EXTERNAL_REFUSED,
        Action.EXTERNAL_EXPIRED,
        Action.NOTICE_EDITED,
        Action.NOTICE_SENT,
        Action.NOTICE_IMPOSSIBLE,
        Action.REQUEST_CLOSED,
        Action.REQUEST_PLAN_CHANGED,
        Action.REQUEST_PLAN_WORDED,
        Action.REQUEST_PLAN_REOPENED,
        Action.REQUEST_PLAN_FROZEN,
        Action.REQUEST_PLAN_BEGUN,
        Action.REQUEST_PLAN_DONE,
        Action.REQUEST_PLAN_RESUMED,
        Action.DUTY_REVIEWED,
        Action.IMPACT_DONE,
        Action.ALERT_ACKNOWLEDGED,
        Action.ALERT_ASSIGNED,
        Action.EVENT_TESTED,
        Action.EVENT_SENT_AGAIN,
        Action.AUDIT_ANCHOR_WRONG,
        Action.AUDIT_FOUND_CHANGED,
        Action.AUDIT_EPOCH_OPENED,
        Action.AUDIT_RESTORE_ACKNOWLEDGED,
        Action.SIEM_SECRET_SET,
        Action.SIEM_TESTED,
        Action.JOURNAL_REPLAYED,
    ),
    (_E, 4): (
        Action.RECORD_DELETED,
        Action.APPROVAL_WITHDRAWN,
        Action.APPROVAL_EXPIRED,
        Action.STANDING_CONSENT_WITHDRAWN,
        Action.STAFF_NOTICE_ENDED,
        Action.LIST_ENDED,
        Action.RULE_DRAFT_DROPPED,
        Action.POLICY_DRAFT_DROPPED,
        Action.CLOCK_EVENT_ENDED,
        Action.HOLD_OVER,
        Action.CONTROL_CLOSED,
        Action.REQUEST_FORGOTTEN,
        Action.REQUEST_PLAN_DROPPED,
        Action.REQUEST_PERSON_FORGOTTEN,
        Action.ALERT_CLOSED,
    ),
    # calls and recordings: create, read, update, delete, search, import, export
    (_R, 1): (
        Action.CAPTURE_BEGUN,
        Action.CAPTURE_STARTED,
        Action.CAPTURE_FAILED,
        Action.CAPTURE_UNCLEAR,
        Action.CAPTURE_FOUND,
        Action.RECORDING_AVAILABLE,
        Action.RECORDING_LIMIT_REACHED,
        Action.RECORDING_FAILED,
        Action.RECORDING_ABORTED,
        Action.RECORDING_ADOPTED,
        Action.RENDITION_ASKED,
        Action.RENDITION_MADE,
        Action.RENDITION_FAILED,
        Action.EXPORT_ASKED,
        Action.EXPORT_MADE,
        Action.EXPORT_FAILED,
        Action.AUDIT_PACK_ASKED,
        Action.AUDIT_PACK_MADE,
        Action.AUDIT_PACK_FAILED,
        Action.PRODUCTION_ASKED,
        Action.PRODUCTION_BEGUN,
        Action.PRODUCTION_VOLUME_MADE,
        Action.PRODUCTION_VOLUME_FAILED,
        Action.PRODUCTION_READY,
        Action.PRODUCTION_FAILED,
        Action.COPY_ASKED,
        Action.COPY_MADE,
        Action.COPY_FAILED,
        Action.COPY_LINK_MADE,
    ),
    (_R, 2): (
        Action.INVENTORY_BEGUN,
        Action.INVENTORY_DONE,
        Action.INVENTORY_FAILED,
        Action.AUDIT_READ,
        Action.AUDIT_CHECKED,
        Action.AUDIT_BINDER_READ,
        Action.POPULATION_COUNTED,
        Action.SAMPLE_DRAWN,
        Action.TRAIL_READ,
        Action.LISTENERS_MAPPED,
        Action.PERSON_LISTENERS_VIEWED,
        Action.PERSON_LISTENERS_NAMED,
        Action.AUDIT_ENTRY_READ,
        Action.HOLD_PREVIEWED,
        Action.PURGE_REHEARSED,
        Action.REHEARSAL_FROZEN,
        Action.HOLD_READ,
        Action.REQUEST_READ,
        Action.NUMBER_REVEALED,
        Action.LISTENERS_VIEWED,
        Action.LISTEN_GRANTED,
        Action.LISTEN_RENEWED,
        Action.SEALED_OPENED,
        Action.RESTRICTED_HEARD,
        Action.EMERGENCY_OPENED,
    ),
    (_R, 3): (
        Action.CONSENT_RECORDED,
        Action.CONSENT_VERDICT,
        Action.CONSENT_EXEMPTED,
        Action.CAPTURE_STOP_BEGUN,
        Action.CAPTURE_STOPPED,
        Action.CAPTURE_STOP_FAILED,
        Action.CAPTURE_PAUSED,
        Action.CAPTURE_PAUSE_CONFIRMED,
        Action.CAPTURE_RESUMED,
        Action.EMERGENCY_JUDGED,
        Action.RECORDING_IN_BACKUP,
        Action.RECORDING_QUARANTINED,
        Action.RECORDING_REPORTED,
        Action.RECORDING_RELEASED,
        Action.DISCREPANCY_DECIDED,
        Action.RECORDING_SEALED,
        Action.CALL_ASSIGNED,
        Action.CALL_DECLARED,
        Action.CALL_LABELLED,
        Action.CALL_RECONCILED,
        Action.PARTY_DESCRIBED,
        Action.RESTORE_ASKED,
        Action.RESTORE_DONE,
        Action.RESTORE_LAPSED,
        Action.RESTORE_FAILED,
        Action.RECORDING_LOCKED,
        Action.RECORDING_UNLOCKED,
        Action.POLICY_REACHED,
        Action.RECORDING_BROUGHT_BACK,
        Action.CLOCK_EVENT_TOLD,
        Action.CLOCK_EVENT_CORRECTED,
        Action.INBOX_REPLAYED,
    ),
    (_R, 4): (
        Action.RECORDING_LOST,
        Action.RECORDING_EXPIRED,
        Action.DESTRUCTION_BEGUN,
        Action.DESTRUCTION_DONE,
        Action.DESTRUCTION_FAILED,
        Action.RECORDING_REDACTED,
        Action.ORIGINAL_DESTROYED,
        Action.RENDITION_DELETED,
        Action.GROUND_ERASED,
        Action.PURGE_BEGUN,
        Action.PURGE_CANCELLED,
        Action.PURGE_DONE,
        Action.EXPORT_DELETED,
        Action.AUDIT_PACK_DELETED,
        Action.PRODUCTION_CANCELLED,
        Action.PRODUCTION_VOLUME_DELETED,
        Action.COPY_REVIEWED,
        Action.COPY_DISCARDED,
        Action.COPY_LINK_WITHDRAWN,
        Action.COPY_DELETED,
        Action.COPY_PROVED_GONE,
    ),
    (_R, 5): (Action.PERSON_SEARCHED,),
    (_R, 7): (
        Action.DOWNLOADED,
        Action.EXPORT_TAKEN,
        Action.PURGE_TAKEN,
        Action.REHEARSAL_TAKEN,
        Action.INVENTORY_TAKEN,
        Action.AUDIT_PACK_TAKEN,
        Action.PRODUCTION_TAKEN,
        Action.RECORDING_PRODUCED,
        Action.COPY_KEY_TOLD,
        Action.COPY_TAKEN,
        Action.POPULATION_TAKEN,
        Action.PERSON_LISTENERS_TAKEN,
        Action.TRAIL_TAKEN,
        Action.CERTIFICATE_TAKEN,
        Action.REQUEST_LOG_TAKEN,
        Action.PROCESSING_RECORD_TAKEN,
    ),
    # the portal itself: enable, disable
    (_L, 6): (
        Action.MAINTENANCE_ENDED,
        Action.SIEM_RESUMED,
        Action.SWEEP_RESUMED,
        Action.CONTROL_RESTORED,
    ),
    (_L, 7): (
        Action.MAINTENANCE_BEGUN,
        Action.SWEEP_PAUSED,
        Action.SWEEP_STOPPED,
    ),
    # refusals: deny
    (_X, 2): (Action.ACCESS_REFUSED, Action.LISTEN_REFUSED),
}
"""Every action once."""

MEANINGS: Mapping[str, Meaning] = {
    action.value: Meaning(*place)
    for place, actions in CLASSES.items()
    for action in actions
}
UNKNOWN = Meaning(Class.ENTITY, OTHER)
"""For entries of an action that a later version of the portal does not know."""


def meaning(act: str) -> Meaning:
    """The class and activity of an action."""
    return MEANINGS.get(act, UNKNOWN)
