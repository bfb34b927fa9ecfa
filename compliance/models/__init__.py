"""The nouns of the law book."""

from compliance.models.access_review import AccessReview, ReviewLine
from compliance.models.approval import Approval, Deputy
from compliance.models.audit import AuditEntry
from compliance.models.consent_rule import ConsentRule
from compliance.models.directory import DirectoryAccount, DirectoryGroup
from compliance.models.group import Group
from compliance.models.hold import Hold, HoldItem
from compliance.models.person import Person, Region
from compliance.models.person_session import PersonSession
from compliance.models.phone_number import PhoneNumber
from compliance.models.purpose import Announce, Level, Purpose
from compliance.models.recording_duty import RecordingDuty, Remedy
from compliance.models.retention import DestructionReceipt, RetentionPolicy
from compliance.models.role_grant import RoleGrant
from compliance.models.service_key import ServiceKey
from compliance.models.standing_consent import StandingConsent
from compliance.models.standing_notice import StandingNotice
from compliance.models.team import OnWithdrawal, Team

__all__ = [
    "AccessReview",
    "Announce",
    "Approval",
    "AuditEntry",
    "ConsentRule",
    "Deputy",
    "DestructionReceipt",
    "DirectoryAccount",
    "DirectoryGroup",
    "Group",
    "Hold",
    "HoldItem",
    "Level",
    "OnWithdrawal",
    "Person",
    "PersonSession",
    "PhoneNumber",
    "Purpose",
    "RecordingDuty",
    "Region",
    "Remedy",
    "RetentionPolicy",
    "ReviewLine",
    "RoleGrant",
    "ServiceKey",
    "StandingConsent",
    "StandingNotice",
    "Team",
]
