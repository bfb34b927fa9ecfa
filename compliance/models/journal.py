"""The journal of what a restored database would have forgotten, on its way to the vault."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class JournalPage(models.Model):
    """What lies under one key of the vault, or is to lie there: signed, never changed."""

    name = models.CharField(_("key in the vault"), max_length=160, unique=True)
    body = models.TextField(_("body"), blank=True, help_text=_("RFC 8785 text"))
    key_id = models.CharField(_("key"), max_length=32, blank=True)
    signature = models.CharField(_("signature"), max_length=128, blank=True)
    written_at = models.DateTimeField(_("written"))
    put_at = models.DateTimeField(
        _("in the vault since"), null=True, help_text=_("Empty: still owed")
    )
    is_foreign = models.BooleanField(
        _("of another life"), default=False, help_text=_("Found in the vault")
    )
    replayed_at = models.DateTimeField(
        _("brought back"), null=True, help_text=_("Empty for what we wrote ourselves")
    )

    class Meta:
        verbose_name = _("page of the journal")
        verbose_name_plural = _("pages of the journal")
        indexes = [
            models.Index(
                fields=["written_at"],
                condition=models.Q(put_at=None),
                name="journal_owed",
            ),
            models.Index(
                fields=["name"],
                condition=models.Q(is_foreign=True, replayed_at=None),
                name="journal_to_replay",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JournalEntry(models.Model):
    """One act of a page, by what it is about."""

    class Kind(models.TextChoices):
        """What a backup must not undo."""

        DESTRUCTION = "destruction", _("destroyed for ever")
        HOLD_PLACED = "hold_placed", _("a legal hold placed")
        HOLD_RELEASED = "hold_released", _("a legal hold released")
        RESTRICTED = "restricted", _("restricted")
        LIFTED = "lifted", _("a restriction lifted")
        ERASED = "erased", _("what is kept about a person erased")
        REDACTED = "redacted", _("one person silenced in it for ever")
        QUARANTINED = "quarantined", _("quarantined")
        RELEASED = "released", _("let out of quarantine")

    page = models.ForeignKey(
        JournalPage, on_delete=models.PROTECT, related_name="entries"
    )
    kind = models.CharField(_("what"), max_length=14, choices=Kind)
    item_kind = models.CharField(max_length=32)
    item_id = models.UUIDField()
    at = models.DateTimeField(_("when"))
    said = models.JSONField(
        default=dict, help_text=_("The rest of what the page says of it: codes and ids")
    )

    class Meta:
        verbose_name = _("entry of the journal")
        verbose_name_plural = _("entries of the journal")
        indexes = [models.Index(fields=["item_id", "kind"], name="journal_of_item")]

    def __str__(self) -> str:
        return f"{self.kind} {self.item_id}"


class JournalMark(models.Model):
    """How far this database has compared the vault with its journal: one row.

    A restored database brings its mark back with it, so that it looks at all that came
    after the backup, however much it writes meanwhile.
    """

    only = models.BooleanField(default=True, unique=True, editable=False)
    compared_at = models.DateTimeField(_("compared"))

    class Meta:
        verbose_name = _("mark of the journal")
        verbose_name_plural = _("marks of the journal")

    def __str__(self) -> str:
        return f"{self.compared_at:%Y-%m-%d %H:%M}"


class SweepStop(models.Model):
    """Nothing is destroyed: the database was restored, and forgot what the journal knows."""

    class Cause(models.TextChoices):
        """How it was noticed."""

        JOURNAL = (
            "journal",
            _("the vault has pages of the journal that it does not know"),
        )
        EPOCH = "epoch", _("the audit log goes on in another life of the database")
        ANCHOR = (
            "anchor",
            _("the vault has a checkpoint of entries that it does not have"),
        )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cause = models.CharField(_("because"), max_length=8, choices=Cause)
    found_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("journal replayed"), null=True)
    epoch = models.PositiveIntegerField(
        default=0, help_text=_("Of the audit log when the journal had been replayed")
    )
    told = models.JSONField(default=dict, help_text=_("What was brought back, counted"))

    class Meta:
        verbose_name = _("stop of the sweep")
        verbose_name_plural = _("stops of the sweep")
        constraints = [
            models.UniqueConstraint(
                fields=["ended_at"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="one_stop_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.found_at:%Y-%m-%d}"
