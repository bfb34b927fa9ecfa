"""The one audit log: what happened, by whom, about what, under a keyed MAC.

`AuditEntry` is the model django-auditlog writes its diffs to, and `audit.log` its
acts. Rows are only ever inserted: triggers refuse UPDATE, DELETE and TRUNCATE, no
foreign key points at the table, and its own references carry no constraint, so an
entry outlives everything it speaks of.

The MAC is HMAC-SHA-256 under the ring `audit_mac` over the RFC 8785 bytes of
`AuditEntry.signed_content`. It is made in `MacField.pre_save`, the last place
before the INSERT, where the actor is known and which `bulk_create` passes too.
"""

import hashlib
import hmac
import ipaddress
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from auditlog.models import AbstractLogEntry, LogEntryManager
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Func
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.canonical import canonical
from compliance.keys import keyring
from compliance.models.frequent import FREQUENT_ACTS

MAC_VERSION = 1
DIFF_ACTS = {0: "record.created", 1: "record.changed", 2: "record.deleted"}
"""auditlog's action numbers, in the words of our vocabulary."""


class NotInTransaction(RuntimeError):
    """An entry was about to be written in autocommit: its act could stand alone."""


def time_ordered_uuid() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, method 3): sorts by its clock, to 0.25 µs.

    The timeline pages by primary key and needs no further index for time.
    """
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    tail = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
    return uuid.UUID(
        int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | tail
    )


def first_uuid_of(moment: datetime) -> uuid.UUID:
    """The smallest `time_ordered_uuid` that moment could have made: bounds for dates."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=(milliseconds << 80) | (0x7 << 76) | (0b10 << 62))


def current_mac_key_id() -> str:
    """The id of the key new entries are signed with."""
    return keyring("audit_mac").current.id


def canonical_address(text: str) -> str | None:
    """An IP address in one spelling, or None for what is none (a forged header).

    IPv4 inside IPv6 becomes IPv4; a zone id is dropped, PostgreSQL knows none.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def require_transaction(using: str | None = None) -> None:
    """Raise NotInTransaction unless an `atomic()` block is open."""
    if not transaction.get_connection(using).in_atomic_block:
        raise NotInTransaction(
            "An audit entry stands in the same transaction as its act: "
            "open transaction.atomic() around both."
        )


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's 64-bit transaction id, set by the database."""

    def db_type(self, connection: Any) -> str:
        """The column type."""
        return "xid8"

    def from_db_value(self, value: Any, *_: object) -> int | None:
        """An int; the driver hands it over as text."""
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        """Text, which PostgreSQL reads as xid8; a plain integer it would refuse."""
        value = super().get_prep_value(value)
        return str(value) if isinstance(value, int) else value


class MacField(models.CharField):  # type: ignore[type-arg]
    """The keyed MAC of the row, made at the moment of its INSERT."""

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: FBT001
        """Sign what is about to be written; raises NotInTransaction in autocommit."""
        entry = cast("AuditEntry", model_instance)
        require_transaction(entry._state.db)
        mac = entry.mac = entry.expected_mac()
        return mac


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and inserts; the triggers refuse the rest."""

    def bulk_create(
        self, objs: Iterable["AuditEntry"], *args: Any, **kwargs: Any
    ) -> list["AuditEntry"]:
        """Insert many entries; raises NotInTransaction in autocommit."""
        require_transaction(self.db)
        return super().bulk_create(objs, *args, **kwargs)


class AuditManager(LogEntryManager.from_queryset(AuditQuerySet)):  # type: ignore[misc]
    """Turns auditlog's calls into entries without names in them."""

    def log_create(
        self,
        instance: models.Model,
        force_log: bool = False,  # noqa: FBT001, FBT002
        **kwargs: Any,
    ) -> "AuditEntry | None":
        """Write the diff of one row, as auditlog's receivers ask for it.

        The row is named by kind and key alone: its text would carry personal data.
        """
        changes: Mapping[str, Any] | None = kwargs.get("changes")
        if not changes and not force_log:
            return None
        action = kwargs.get("action", AbstractLogEntry.Action.UPDATE)
        entry = AuditEntry(
            act=DIFF_ACTS.get(action, "record.changed"),
            action=action,
            changes={
                field: [str(value) for value in values]
                for field, values in sorted((changes or {}).items())
            },
            team_id=getattr(instance, "team_id", None),
        )
        entry.speak_of(instance)
        entry.save(force_insert=True)
        return entry


class AuditEntry(AbstractLogEntry):  # type: ignore[misc]
    """One thing that happened. Written once, never changed."""

    class Outcome(models.TextChoices):
        """How the act ended."""

        DONE = "done", _("done")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")
        BEGUN = "begun", _("begun")

    id = models.UUIDField(primary_key=True, default=time_ordered_uuid, editable=False)
    xid = TransactionIdField(
        db_default=Func(function="pg_current_xact_id"), editable=False
    )
    timestamp = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    act = models.CharField(_("action"), max_length=48)
    outcome = models.CharField(
        _("outcome"), max_length=8, choices=Outcome, default=Outcome.DONE
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name=_("who"),
    )
    content_type = models.ForeignKey(
        ContentType,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    object_kind = models.CharField(_("kind"), max_length=64, blank=True)
    object_pk = models.CharField(_("about"), max_length=64, blank=True)
    object_repr = models.TextField(blank=True, default="")
    team_id = models.UUIDField(_("team"), null=True)
    action = models.PositiveSmallIntegerField(
        choices=AbstractLogEntry.Action.choices, default=AbstractLogEntry.Action.ACCESS
    )
    facts = models.JSONField(_("facts"), default=dict)
    changes = models.JSONField(_("changes"), null=True)
    remote_addr = models.GenericIPAddressField(_("address"), null=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    mac_key_id = models.CharField(max_length=32, default=current_mac_key_id)
    mac = MacField(max_length=64, editable=False)

    object_id = None
    serialized_data = None
    changes_text = None
    cid = None
    remote_port = None
    additional_data = None
    actor_email = None

    objects: ClassVar[AuditManager] = AuditManager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        get_latest_by = "timestamp"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_pk", "timestamp"], name="audit_object_time"),
            models.Index(fields=["actor", "timestamp"], name="audit_actor_time"),
            models.Index(
                fields=["act", "id"],
                condition=~models.Q(act__in=FREQUENT_ACTS),
                name="audit_rare_act",
            ),
            models.Index(fields=["xid", "id"], name="audit_sealing_order"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.outcome}"

    def speak_of(self, subject: models.Model) -> None:
        """Name the row this entry is about, by kind and key."""
        self.content_type = ContentType.objects.get_for_model(subject)
        self.object_kind = subject._meta.label_lower
        self.object_pk = str(subject.pk)

    def signed_content(self) -> dict[str, Any]:
        """Everything the MAC covers, as plain JSON values.

        Left out: `xid`, which the database sets; `content_type`, a number that
        differs between databases (`object_kind` says the same); `object_repr` and
        `action`, which say nothing.
        """
        return {
            "version": MAC_VERSION,
            "id": str(self.id),
            "time": self.timestamp.astimezone(UTC).isoformat(timespec="microseconds"),
            "act": self.act,
            "outcome": self.outcome,
            "actor": _text(self.actor_id),
            "object_kind": self.object_kind,
            "object_pk": self.object_pk,
            "team": _text(self.team_id),
            "facts": self.facts,
            "changes": self.changes,
            "address": canonical_address(self.remote_addr or ""),
            "request_id": self.request_id,
            "mac_key_id": self.mac_key_id,
        }

    def leaf_content(self) -> dict[str, Any]:
        """Everything the leaf in the tree covers: all that is signed, MAC and xid too.

        Only for an entry that was read back: the database sets `xid`.
        """
        return {**self.signed_content(), "mac": self.mac, "xid": str(self.xid)}

    def expected_mac(self) -> str:
        """The MAC these contents must carry (hex).

        Raises LookupError when the ring no longer holds the entry's key.
        """
        key = keyring("audit_mac").key(self.mac_key_id)
        if key is None:
            raise LookupError(f"audit_mac has no key {self.mac_key_id!r}")
        content = canonical(self.signed_content())
        return hmac.new(key.secret, content, hashlib.sha256).hexdigest()

    def is_authentic(self) -> bool:
        """Whether the row still carries the MAC of its contents."""
        return hmac.compare_digest(self.mac, self.expected_mac())


def _text(value: object) -> str | None:
    return None if value is None else str(value)
