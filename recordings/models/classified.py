"""What each field of our models is; `compliance.audit.registered` tells the classes.

Only trunks are edited by people in a form; everything else is written in volume or
by use cases, which append their own entries.
"""

from compliance.audit.registered import Table, classified
from recordings.models import (
    AccessCopy,
    Alert,
    Call,
    CallLabel,
    CompensatingControl,
    ConsentRecord,
    ConsentVerdict,
    CopyItem,
    CopyLink,
    CopyReview,
    Disclosure,
    Discrepancy,
    DoNotRecord,
    EmergencyListen,
    EventSubscription,
    Export,
    ExportedCall,
    Flip,
    Impact,
    Inventory,
    Listen,
    LiveKitEvent,
    OutgoingEvent,
    Party,
    Pause,
    ProducedItem,
    Production,
    Purge,
    PurgeItem,
    Recording,
    Rehearsal,
    RehearsedItem,
    Rendition,
    Restoration,
    Room,
    SavedSearch,
    SealedListen,
    SilencedRange,
    Spill,
    StoreRules,
    ToldEvent,
    Trunk,
    Volume,
    Waveform,
)

RECORDINGS: Table = {
    Room: classified(
        plain="sid is_declared started_at finished_at",
        personal="name",
        silent="name_lookup looked_at",
    ),
    Trunk: classified(
        plain="id livekit_id name team number country purposes", diffs=True
    ),
    Call: classified(
        plain="id room team trunk trunk_livekit_id provider_call_id direction purposes"
        " started_at ended_at ended_by duration_ms consent capture expires_at"
        " noticed_at recorded_ms unrecorded_ms missed_ms why is_provisional"
        " do_not_record",
        personal="sip_call_id",
        silent="staff",
    ),
    Party: classified(
        plain="id call room participant_sid role number trunk_livekit_id"
        " provider_call_id direction declared_place billing_place language joined_at"
        " left_at gone_at is_declared mirrored",
        personal="identity name sip_call_id labels",
        silent="name_lookup told_at",
    ),
    Pause: classified(
        plain="id call reason asked_by asked_at ends_by confirmed_at ended_at ended_by"
        " end"
    ),
    CallLabel: classified(plain="id call key told_at", personal="value"),
    ToldEvent: classified(
        plain="id call event occurred_at told_by told_at replaced_at"
    ),
    Recording: classified(
        plain="id call part state reason findings is_partial sides"
        " source_is_sdk store object_key version_id etag promised_bytes bytes sha256"
        " hashed_at container codec channels duration_ms egress_id egress_status"
        " egress_updated_at stop_wanted handing_over planned_at started_at ended_at backup_until policy_id"
        " expires_at gone_by keep_until spared_until hidden_at narrowed_from narrowed edition"
        " versions_listed bytes_listed setback destroyed_at dating locks_firmly store_lock"
        " locked_until locked_firmly tier storage_class is_closed open_until verified_at",
        silent="looks attempt claimed_until due_at store_due_at verify_at",
    ),
    Rendition: classified(
        plain="id recording form state reason store object_key version_id bytes sha256"
        " asked_at settled_at expires_at",
        silent="done_ms tries attempt claimed_until",
    ),
    Purge: classified(
        plain="id team state frozen_by frozen_at recordings bytes sha256 begun_at"
        " ended_at ended_by",
        personal="scope",
        silent="claimed_until",
    ),
    PurgeItem: classified(
        plain="id purge item_id call_id bytes goes_at state", silent="fate"
    ),
    Rehearsal: classified(
        plain="id kind about change team frozen_by frozen_at recordings bytes sha256",
        silent="is_asked",
    ),
    RehearsedItem: classified(
        plain="id rehearsal item_id call_id bytes goes_now goes_then"
    ),
    Waveform: classified(plain="recording", silent="peaks silences"),
    Alert: classified(
        plain="id kind subject team call recording detail opened_at acknowledged_at"
        " acknowledged_by assigned_to over_at closed_at closed_by",
        personal="note cause risk",
    ),
    EventSubscription: classified(
        plain="id name kinds team is_active secret_key_id old_secret_until made_at",
        personal="url",
        silent="secret old_secret failures rests_until",
        diffs=True,
    ),
    OutgoingEvent: classified(
        plain="id kind subscription person payload state created_at sent_at last_status",
        silent="attempt due_at claimed_until",
    ),
    ConsentRecord: classified(
        plain="id call party kind by purposes occurred_at offset_ms script"
        " script_version language standing reported_by reported_at",
        personal="evidence",
        silent="idempotency_key",
    ),
    DoNotRecord: classified(
        plain="id number trunk team reason since until added_by added_at ended_by",
        personal="note",
    ),
    ConsentVerdict: classified(
        plain="id call number levels announce reasons fingerprint made_at"
    ),
    Listen: classified(
        plain="id recording listener purpose in_emergency for_hold restricted opened_at last_served_at links_served"
        " heard heard_ms fastest position_ms reported_at",
        personal="reason",
    ),
    EmergencyListen: classified(
        plain="id listen listener team opened_at judge_by judgement judged_by judged_at",
        personal="remark",
    ),
    Disclosure: classified(
        plain="id recording by purpose for_hold at",
        personal="recipient organisation reason",
    ),
    LiveKitEvent: classified(
        plain="id name api_key room_sid egress_id happened_at signed_at received_at"
        " state applied_at error",
        personal="payload",
        silent="attempt due_at",
    ),
    SavedSearch: classified(
        plain="id owner is_shared made_at", personal="name filters"
    ),
    Export: classified(
        plain="id owner state reason rows team_ids file_name asked_at made_at"
        " expires_at",
        personal="filters",
        silent="staff attempt claimed_until",
    ),
    ExportedCall: classified(plain="id export call"),
    Production: classified(
        plain="id team hold to due_at state reason calls recordings bytes list_sha256"
        " approval asked_by asked_at made_at expires_at manifest_sha256"
        " key_fingerprint",
        personal="recipient matter basis",
    ),
    Volume: classified(
        plain="id owner production number state reason items planned size sha256"
        " file_name asked_at made_at expires_at times_taken taken_at",
        silent="attempt claimed_until",
    ),
    ProducedItem: classified(
        plain="id production volume position call recording file sha256 bytes problem"
        " state"
    ),
    AccessCopy: classified(
        plain="id owner request state reason planned items given size sha256 file_name"
        " asked_at made_at expires_at passphrase_way passphrase_given_at discarded_at"
        " gone_proved_at",
        silent="passphrase attempt claimed_until",
    ),
    CopyItem: classified(
        plain="id copy position call recording file sound silenced sha256 withheld"
    ),
    CopyLink: classified(
        plain="id copy made_at made_by withdrawn_at first_taken_at times_taken",
        silent="token_hash",
    ),
    CopyReview: classified(plain="id request recording decision by at"),
    SilencedRange: classified(plain="id review start_ms end_ms"),
    Impact: classified(
        plain="id rule fingerprint state reason asked_by asked_at done_at calls looked"
        " judged by_team",
        silent="reached_at reached_id moved_at failures",
    ),
    Restoration: classified(
        plain="id recording speed state reason asked_by asked_at expected_at opened_at"
        " open_until for_production",
        silent="due_at",
    ),
    StoreRules: classified(
        plain="id store state looked_at found planned applied applied_at asked_by asked_at"
        " asked_found asked_planned trouble"
    ),
    Inventory: classified(
        plain="id store state reason asked_by asked_at done_at expected keys bytes files"
        " sound young orphans lost altered extra",
        silent="reached moved_at failures attempt claimed_until",
    ),
    Discrepancy: classified(
        plain="id kind store object_key recording team detail version_id bytes versions"
        " markers modified_at inventory found_at seen_at state decided_by decided_at"
        " versions_listed bytes_listed",
        personal="note",
        silent="attempt claimed_until due_at",
    ),
    Spill: classified(
        plain="id recording team what at_ms reported_by reported_at",
    ),
    CompensatingControl: classified(
        plain="id spill team owner review_on opened_by opened_at closed_by closed_at",
        personal="cause risk done closing",
    ),
    SealedListen: classified(
        plain="id recording person approved_by opened_at until",
    ),
    Flip: classified(plain="id impact call team started_at direction effect steps"),
}
