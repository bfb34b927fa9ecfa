"""The seals of the audit log: leaves, kept nodes, checkpoints. Written once.

Triggers refuse UPDATE, DELETE and TRUNCATE, as on the entries. Leaf hashes stay when
entries are archived; nothing refers to an entry by a foreign key.
"""

import base64
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Installation(models.Model):
    """Who we are in the name of our log: one row, made with the first seal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(only=True), name="installation_only_one"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class AuditLeaf(models.Model):
    """Where an entry stands in the tree, and the hash of what it said."""

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.UUIDField(unique=True)
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("leaf of the audit log")
        verbose_name_plural = _("leaves of the audit log")

    def __str__(self) -> str:
        return str(self.position)


class AuditNode(models.Model):
    """The hash of a complete subtree at level 8, 16, 24 …: 256 of the kept level below."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        verbose_name = _("node of the audit log")
        verbose_name_plural = _("nodes of the audit log")

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class AuditSeal(models.Model):
    """A signed checkpoint. The columns repeat what the body says; the body counts."""

    id = models.BigIntegerField(primary_key=True)
    epoch = models.IntegerField(_("epoch"))
    size = models.BigIntegerField(_("entries"))
    root = models.CharField(max_length=64)
    previous = models.CharField(max_length=64, blank=True)
    horizon = models.BigIntegerField()
    system_identifier = models.BigIntegerField()
    key_id = models.CharField(max_length=32)
    sealed_at = models.DateTimeField(_("sealed"))
    body = models.TextField()
    signature = models.CharField(max_length=88)

    class Meta:
        verbose_name = _("seal of the audit log")
        verbose_name_plural = _("seals of the audit log")
        get_latest_by = "id"
        indexes = [models.Index(fields=["epoch", "id"], name="audit_seal_of_epoch")]

    def __str__(self) -> str:
        return f"{self.epoch}/{self.size}"

    @property
    def signature_bytes(self) -> bytes:
        """The 64 bytes of Ed25519."""
        return base64.b64decode(self.signature)
