"""What each field of each model is, and so what of it may stand in the log.

Every model of both apps has a row here or in `recordings.models.classified`, and
every field stands in exactly one of its sets; a test fails on one that does not.

- plain: may appear in a diff as it is.
- personal: somebody's data or free text. A diff says that it changed and carries a
  keyed commitment of both values, never the values.
- silent: secrets, and what changes all the time and means nothing. Never in a diff.

`diffs` says whether django-auditlog watches the model: what people edit. Rows that
are written in volume, or by use cases, are told of by `log.append` instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditlog.registry import auditlog
from django.db import models
from django.db.models.signals import pre_save

from compliance.audit import context
from compliance.keys import keyring
from compliance.models import (
    AccessReview,
    Approval,
    AuditAnchor,
    AuditCheck,
    AuditEntry,
    AuditLeaf,
    AuditNode,
    AuditPack,
    AuditSeal,
    ClockEvent,
    ConsentRule,
    Deputy,
    DirectoryAccount,
    DirectoryGroup,
    Ground,
    Group,
    Installation,
    Person,
    PersonSession,
    PhoneNumber,
    Population,
    RecordingDuty,
    Region,
    RetentionPolicy,
    ReviewLine,
    RoleGrant,
    ServiceKey,
    SiemTarget,
    StaffIdentity,
    StandingConsent,
    StandingNotice,
    Team,
)
from compliance.models.audit import require_transaction

_COMMITMENT = "a text that changed\0"


@dataclass(frozen=True)
class Classified:
    """The classes of one model's fields, by name."""

    plain: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    diffs: bool = False

    @property
    def names(self) -> frozenset[str]:
        """Every field that has a class."""
        return self.plain | self.personal | self.silent


def classified(
    *, plain: str = "", personal: str = "", silent: str = "", diffs: bool = False
) -> Classified:
    """A row of the table; each class is a list of names parted by blanks."""
    return Classified(
        frozenset(plain.split()),
        frozenset(personal.split()),
        frozenset(silent.split()),
        diffs,
    )


Table = Mapping[type[models.Model], Classified]

COMPLIANCE: Table = {
    Person: classified(
        plain="id kind is_active is_break_glass wants_alert_mail issuer created_at",
        personal="email name subject",
        silent="password last_login time_zone language theme",
        diffs=True,
    ),
    PersonSession: classified(
        plain="person began_at seen_at expire_date",
        personal="address browser",
        silent="session_key session_data provider_sub provider_sid",
    ),
    Region: classified(plain="id name", diffs=True),
    Group: classified(plain="id name external_id members", diffs=True),
    DirectoryAccount: classified(
        plain="id person active shut_out made_at changed_at removed_at",
        personal="user_name external_id display_name formatted given_name family_name",
    ),
    DirectoryGroup: classified(
        plain="id group external_id made_at changed_at removed_at"
    ),
    Team: classified(
        plain="id name region seat purposes fallback_level strict separate_sides staffed_by"
        " file_format duty ask_reason on_withdrawal pause_seconds disclose_ai leads_name_listeners"
        " is_unassigned",
        diffs=True,
    ),
    RoleGrant: classified(
        plain="id person group role scope region team valid_from valid_until granted_by"
        " granted_at",
        diffs=True,
    ),
    AccessReview: classified(plain="id begun_at begun_by done_at"),
    ReviewLine: classified(
        plain="id review grant last_used_at decision decided_by decided_at",
        personal="reason",
    ),
    Approval: classified(
        plain="id kind team content sha256 asked_by asked_at until state decided_by"
        " decided_for decided_at ended_at",
        personal="remark",
        silent="told_at",
    ),
    Deputy: classified(plain="id person deputy since until"),
    ConsentRule: classified(
        plain="id place place_name version level strict_level purpose_levels statute"
        " announce repeat_tone_seconds max_keep_days citation confidence"
        " effective_from effective_to is_offer author reviewed_by reviewed_at"
        " created_at published_at",
        personal="note",
        diffs=True,
    ),
    RecordingDuty: classified(
        plain="id code name version on_refusal on_failure citation confidence"
        " effective_from effective_to is_offer author reviewed_by reviewed_at"
        " created_at",
        personal="note",
        diffs=True,
    ),
    ClockEvent: classified(plain="id code name added_by added_at ended_at"),
    RetentionPolicy: classified(
        plain="id series version edition code name item_kind team teams direction places"
        " purposes label_key numbers number_list kept_until keep_at_least delete_after playable_for clock"
        " grace_days lock_mode tiers"
        " citation confidence is_ended is_offer author adopted_by created_at"
        " published_at",
        personal="label_value note reference calls",
        silent="told_at",
        diffs=True,
    ),
    ServiceKey: classified(
        plain="id surface prefix service created revoked expiry_date verbs team_ids networks"
        " replaces made_by",
        personal="name",
        silent="hashed_key last_used_at last_used_from",
        diffs=True,
    ),
    SiemTarget: classified(
        plain="id name kind url is_active made_at made_by",
        personal="ca certificate",
        silent="secret secret_key_id sent_xid sent_id not_before sent_at"
        " sent_count failures failing_since last_error rests_until test_entry tested_at"
        " test_answer attempt claimed_until",
        diffs=True,
    ),
    StaffIdentity: classified(
        plain="id person given_by given_at ended_at",
        personal="identity",
        silent="lookup",
    ),
    StandingConsent: classified(
        plain="id number team purposes granted_at expires_at source script recorded_by"
        " recorded_at withdrawn_at withdrawn_by",
        personal="evidence",
    ),
    StandingNotice: classified(
        plain="id team person version text given_on until recorded_by recorded_at"
        " ended_by"
    ),
    Ground: classified(
        plain="id kind about by at erased_at erased_by", personal="text"
    ),
    Population: classified(
        plain="id filters team_ids size count statement key_id signature made_by made_at"
    ),
    PhoneNumber: classified(
        plain="id country", personal="e164", silent="lookup last_four_lookup"
    ),
    AuditCheck: classified(
        plain="id began_at ended_at since seals entries found findings sealed_at"
        " unsealed unsealed_since macs_unchecked outside_at outside_size outside_place"
    ),
    AuditPack: classified(
        plain="id owner since until state reason entries file_name asked_at made_at"
        " expires_at",
        silent="attempt claimed_until",
    ),
    AuditEntry: classified(
        plain="id xid timestamp act outcome actor content_type object_kind object_pk"
        " object_repr team_id action facts changes remote_addr request_id mac_key_id"
        " mac"
    ),
    AuditLeaf: classified(plain="position entry_id hash"),
    AuditNode: classified(plain="pk level index hash"),
    AuditAnchor: classified(
        plain="id place name to size root key_id anchored_at checked_at finding"
    ),
    AuditSeal: classified(
        plain="id epoch size root previous horizon system_identifier key_id sealed_at"
        " body signature"
    ),
    Installation: classified(plain="id only made_at"),
}

_known: dict[type[models.Model], Classified] = {}


def register(table: Table) -> None:
    """Add a table of classes and let auditlog watch the models that ask for diffs.

    Called once per app while Django starts.
    """
    for model, classes in table.items():
        _known[model] = classes
        if classes.diffs and not auditlog.contains(model):
            auditlog.register(
                model,
                exclude_fields=sorted(classes.silent),
                mask_fields=sorted(classes.personal),
                mask_callable=f"{__name__}.{commitment.__name__}",
            )
            pre_save.connect(_refuse_autocommit, sender=model)


def _refuse_autocommit(instance: models.Model, **_: object) -> None:
    """Stop a new row before its INSERT: auditlog writes the entry only after it.

    Changes need no help, their entry is written before the UPDATE; deletes open a
    transaction of their own.
    """
    if instance._state.adding:
        require_transaction(instance._state.db)


def connect() -> None:
    """Let entries take actor, address and request from the context as they are saved."""
    pre_save.connect(context.fill, sender=AuditEntry, dispatch_uid="audit-context")


def classes_of(model: type[models.Model]) -> Classified | None:
    """The classes of a model's fields, or None when nobody gave it any."""
    return _known.get(model)


def holding_personal() -> dict[type[models.Model], Classified]:
    """The models that hold personal data or free text, with their classes."""
    return {model: one for model, one in _known.items() if one.personal}


def unclassified(watched: Iterable[type[models.Model]]) -> list[str]:
    """What has no class, or stands in the table without existing, as `model.field`."""
    odd: list[str] = []
    for model in watched:
        classes = classes_of(model) or Classified()
        fields = {field.name for field in model._meta.fields}
        fields |= {field.name for field in model._meta.many_to_many}
        odd += [
            f"{model._meta.label}.{name}" for name in sorted(fields ^ classes.names)
        ]
    return odd


def commitment(text: str) -> str:
    """What stands in a diff for a personal value: key id and keyed hash, or nothing.

    Whoever holds the text and the key can prove that it is the one; the log alone
    tells nothing, so an erasure never has to touch it.
    """
    if text in {"", "None"}:
        return ""
    ring = keyring("audit_mac")
    return f"{ring.current.id}:{ring.digest(_COMMITMENT + text)}"
