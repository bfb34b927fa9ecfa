"""What a place asks before a call is recorded, as versioned, editable data."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person
from compliance.models.purpose import Announce, Level


class ConsentRule(models.Model):
    """One version of one place's rule. A change is a new row.

    It begins as a draft, one a place: without a number, changed as often as one likes, and
    never judged by. What is published has a number and is not edited again.
    """

    class Statute(models.TextChoices):
        """Whose consent the statute names."""

        ONE = "one", _("one party")
        ALL = "all", _("all parties")
        MIXED = "mixed", _("statutes differ")
        NONE = "none", _("no statute")

    class Confidence(models.TextChoices):
        """How well the shipped row was checked."""

        VERIFIED = "v", _("matched against a source")
        KNOWN = "k", _("from general knowledge")
        UNCERTAIN = "?", _("uncertain or changing")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.CharField(_("place"), max_length=6)
    place_name = models.CharField(_("name"), max_length=80)
    version = models.PositiveIntegerField(_("version"))
    level = models.SmallIntegerField(_("level"), choices=Level)
    strict_level = models.SmallIntegerField(_("strict level"), choices=Level)
    purpose_levels = models.JSONField(
        _("levels per purpose"),
        default=dict,
        blank=True,
        help_text=_("Only where a purpose differs: {'quality': 'explicit'}"),
    )
    statute = models.CharField(_("statute"), max_length=5, choices=Statute, blank=True)
    announce = models.CharField(_("announcement"), max_length=12, choices=Announce)
    repeat_tone_seconds = models.PositiveSmallIntegerField(
        _("tone every (seconds)"), null=True, blank=True
    )
    max_keep_days = models.JSONField(
        _("keep at most (days)"),
        default=dict,
        blank=True,
        help_text=_("Only where the place sets a limit: {'quality': 180}"),
    )
    citation = models.TextField(_("citation"))
    note = models.TextField(_("note"), blank=True)
    confidence = models.CharField(
        _("confidence"), max_length=1, choices=Confidence, default=Confidence.UNCERTAIN
    )
    effective_from = models.DateField(_("effective from"))
    effective_to = models.DateField(
        _("effective to"), null=True, blank=True, help_text=_("The last day it holds")
    )
    is_offer = models.BooleanField(
        _("offered"),
        default=False,
        editable=False,
        help_text=_("A newer default beside a rule of your own; not in force"),
    )
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(
        _("published"), null=True, editable=False, help_text=_("Empty: a draft")
    )

    DRAFT = 0
    """The number of what has none yet."""

    class Meta:
        verbose_name = _("consent rule")
        verbose_name_plural = _("consent rules")
        ordering = ["place", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["place", "version"], name="consent_rule_version_is_unique"
            ),
            models.CheckConstraint(
                name="consent_rule_strict_is_not_weaker",
                condition=models.Q(strict_level__gte=models.F("level")),
            ),
            models.CheckConstraint(
                name="consent_rule_number_is_published",
                condition=models.Q(version=0, published_at=None)
                | models.Q(version__gt=0, published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.place} draft" if self.is_draft else f"{self.place} v{self.version}"
        )

    @property
    def is_draft(self) -> bool:
        """True until it is published: no call is judged by it."""
        return self.published_at is None

    @property
    def is_reviewed(self) -> bool:
        """False for shipped rows nobody has confirmed: 'default, unreviewed'."""
        return self.reviewed_by_id is not None
