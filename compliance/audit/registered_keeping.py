"""What each field is of what keeps and destroys; `registered` tells the classes."""

from compliance.audit.registered import Table, classified
from compliance.models import (
    Certificate,
    DestructionReceipt,
    Hold,
    HoldItem,
    JournalEntry,
    JournalMark,
    JournalPage,
    NumberList,
    NumberListChange,
    NumberListMember,
    Restriction,
    SweepPause,
    SweepStop,
)

KEEPING: Table = {
    Hold: classified(
        plain="id team is_confidential state placed_by placed_at listed_at looked_at"
        " released_at cools_until",
        personal="matter custodian reason scope",
    ),
    HoldItem: classified(
        plain="id hold kind item_id state caught_at store", silent="store_at"
    ),
    Restriction: classified(
        plain="id kind item_id request ground placed_by placed_at end lifted_at lifted_by",
        personal="why lift_why",
    ),
    DestructionReceipt: classified(
        plain="id item_kind item_id team_id policy_id policy_version reason"
        " versions_listed bytes_listed versions bytes sha256 commitment key_id"
        " version_ids request_ids actor_id begun_at destroyed_at is_again"
    ),
    Certificate: classified(
        plain="id number about subject_id team items body public_key signature"
        " issued_by issued_at"
    ),
    JournalPage: classified(
        plain="id name body key_id signature written_at put_at is_foreign replayed_at"
    ),
    JournalMark: classified(plain="id only compared_at"),
    JournalEntry: classified(plain="id page kind item_kind item_id at said"),
    NumberList: classified(plain="id team made_by made_at", personal="name"),
    NumberListMember: classified(plain="id number_list number added_by added_at"),
    NumberListChange: classified(
        plain="id number_list added removed edition keeps_longer changed_by changed_at",
        silent="told_at",
    ),
    SweepPause: classified(
        plain="id paused_by paused_at resumed_by resumed_at", personal="reason"
    ),
    SweepStop: classified(plain="id cause found_at ended_at epoch told"),
}
