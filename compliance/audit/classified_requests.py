"""What each field of the models about people's requests is."""

from compliance.audit.registered import Table, classified
from compliance.models import (
    ExternalCustodian,
    ExternalTask,
    FormEntry,
    IdentityCheck,
    IdentityEvidence,
    NumberCode,
    PlanItem,
    PlanTrace,
    RecipientNotice,
    RequestLetter,
    RequestNote,
    RequestPause,
    RequestPlan,
    RequestRestriction,
    RequestSubject,
    RequestTexts,
    SubjectRequest,
)

REQUESTS: Table = {
    SubjectRequest: classified(
        plain="id reference kind law place channel language received_at made_at made_by"
        " acknowledge_by acknowledged_at due_at paused_at extended_at extended_to"
        " assigned_to identity duplicate_of outcome ground closed_at person_forgotten_at"
        " forget_at",
        silent="reminded_days told_by told_what",
    ),
    RequestTexts: classified(
        plain="id request",
        personal="name email address words",
        silent="email_lookup",
    ),
    RequestPause: classified(plain="id request cause since until"),
    RequestRestriction: classified(
        plain="id request ground by since listed_at lift_asked_at lift_asked_by notice"
        " lifted_at",
        personal="why lift_why",
    ),
    RequestNote: classified(plain="id request about by at", personal="text"),
    RequestSubject: classified(
        plain="id request kind number call_id source held_from held_until added_at"
        " confirmed_at confirmed_by",
        personal="name",
        silent="name_lookup",
    ),
    IdentityCheck: classified(plain="id request method points passed by at"),
    IdentityEvidence: classified(plain="id check_row", personal="text"),
    NumberCode: classified(
        plain="id subject sent_at sent_by expires_at tries used_at", silent="code_hash"
    ),
    FormEntry: classified(
        plain="id made_at expires_at confirmed_at", personal="content"
    ),
    RequestPlan: classified(
        plain="id request state sha256 commitments made_by made_at frozen_at begun_at journalled_at"
        " ended_at",
        personal="reasons",
        silent="claimed_until attempt",
    ),
    PlanItem: classified(
        plain="id plan kind item_id group_id at bytes treatment in_part ground until",
        silent="fate",
    ),
    PlanTrace: classified(plain="id plan kind found spared", silent="erased done_at"),
    RequestLetter: classified(
        plain="id request entry kind language state made_at released_at sent_at due_at",
        personal="to subject body",
        silent="attempt claimed_until",
    ),
    ExternalCustodian: classified(
        plain="id name role region agreed_on retention since until preset made_at made_by",
        personal="holds agreement ask_how ask_url ask_mail",
        diffs=True,
    ),
    ExternalTask: classified(
        plain="id request custodian state made_at asked_at due_at done_at by",
        personal="proof reference",
    ),
    RecipientNotice: classified(
        plain="id request change given_at language state made_at at by",
        personal="to_whom subject body reason",
        silent="given_lookup",
    ),
}
