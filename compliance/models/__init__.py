"""The nouns of the law book."""

from compliance.models.access_review import AccessReview, ReviewLine
from compliance.models.anchor import AuditAnchor
from compliance.models.approval import Approval, Deputy
from compliance.models.audit import AuditEntry
from compliance.models.audit_check import AuditCheck, AuditPack
from compliance.models.certificate import Certificate
from compliance.models.clock_event import ClockEvent
from compliance.models.consent_rule import ConsentRule
from compliance.models.directory import DirectoryAccount, DirectoryGroup
from compliance.models.external_custodian import ExternalCustodian, ExternalTask
from compliance.models.ground import Ground
from compliance.models.group import Group
from compliance.models.hold import Hold, HoldItem
from compliance.models.journal import JournalEntry, JournalMark, JournalPage, SweepStop
from compliance.models.number_list import (
    NumberList,
    NumberListChange,
    NumberListMember,
)
from compliance.models.package import Package, PackageState
from compliance.models.person import Person, Region
from compliance.models.person_session import PersonSession
from compliance.models.phone_number import PhoneNumber
from compliance.models.population import Population
from compliance.models.purpose import Announce, Level, Purpose
from compliance.models.receipt import DestructionReceipt
from compliance.models.recipient_notice import RecipientNotice
from compliance.models.recording_duty import RecordingDuty, Remedy
from compliance.models.request import (
    RequestNote,
    RequestPause,
    RequestTexts,
    SubjectRequest,
)
from compliance.models.request_identity import (
    IdentityCheck,
    IdentityEvidence,
    NumberCode,
    RequestSubject,
)
from compliance.models.request_letter import FormEntry, RequestLetter
from compliance.models.request_plan import PlanItem, PlanTrace, RequestPlan
from compliance.models.restriction import RequestRestriction, Restriction
from compliance.models.retention import RetentionPolicy
from compliance.models.role_grant import RoleGrant
from compliance.models.seal import AuditLeaf, AuditNode, AuditSeal, Installation
from compliance.models.service_key import ServiceKey
from compliance.models.siem_target import SiemTarget
from compliance.models.staff_identity import StaffIdentity
from compliance.models.standing_consent import StandingConsent
from compliance.models.standing_notice import StandingNotice
from compliance.models.sweep_pause import SweepPause
from compliance.models.team import OnWithdrawal, Team

__all__ = [
    "AccessReview",
    "Announce",
    "Approval",
    "AuditAnchor",
    "AuditCheck",
    "AuditEntry",
    "AuditLeaf",
    "AuditNode",
    "AuditPack",
    "AuditSeal",
    "Certificate",
    "ClockEvent",
    "ConsentRule",
    "Deputy",
    "DestructionReceipt",
    "DirectoryAccount",
    "DirectoryGroup",
    "ExternalCustodian",
    "ExternalTask",
    "FormEntry",
    "Ground",
    "Group",
    "Hold",
    "HoldItem",
    "IdentityCheck",
    "IdentityEvidence",
    "Installation",
    "JournalEntry",
    "JournalMark",
    "JournalPage",
    "Level",
    "NumberCode",
    "NumberList",
    "NumberListChange",
    "NumberListMember",
    "OnWithdrawal",
    "Package",
    "PackageState",
    "Person",
    "PersonSession",
    "PhoneNumber",
    "PlanItem",
    "PlanTrace",
    "Population",
    "Purpose",
    "RecipientNotice",
    "RecordingDuty",
    "Region",
    "Remedy",
    "RequestLetter",
    "RequestNote",
    "RequestPause",
    "RequestPlan",
    "RequestRestriction",
    "RequestSubject",
    "RequestTexts",
    "Restriction",
    "RetentionPolicy",
    "ReviewLine",
    "RoleGrant",
    "ServiceKey",
    "SiemTarget",
    "StaffIdentity",
    "StandingConsent",
    "StandingNotice",
    "SubjectRequest",
    "SweepPause",
    "SweepStop",
    "Team",
]
