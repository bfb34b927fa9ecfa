"""How long things are kept: policies and their versions."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.clock_event import CODE
from compliance.models.consent_rule import ConsentRule
from compliance.models.fields import EncryptedTextField
from compliance.models.number_list import NumberList
from compliance.models.person import Person
from compliance.models.purpose import Purpose
from compliance.models.team import Team


class RetentionPolicy(models.Model):
    """One version of one policy: what it covers, how long that is kept at least and at
    most, and by which law.

    A change is a new row of the same series. It begins as a draft, one a series: without
    a number, and no recording is dated by it. What is published is not edited again.
    """

    class Clock(models.TextChoices):
        """From when its periods are counted, where no event of the business starts it."""

        CALL_END = "call_end", _("the end of the recording")
        CALENDAR_YEAR = "calendar_year", _("the end of its calendar year")
        FISCAL_YEAR = "fiscal_year", _("the end of its fiscal year")

    class Direction(models.TextChoices):
        """Who called whom, seen from the team."""

        INBOUND = "inbound", _("inbound")
        OUTBOUND = "outbound", _("outbound")

    class Shelf(models.TextChoices):
        """How a store keeps things: the colder, the cheaper, and the slower to read."""

        INFREQUENT = "infrequent", _("seldom read, opens at once")
        INSTANT = "instant", _("archive that opens at once")
        ARCHIVE = "archive", _("archive, opens after hours")
        DEEP = "deep", _("deep archive, opens after a day or two")

    class LockMode(models.TextChoices):
        """How firmly a store with object lock keeps what has a floor."""

        GOVERNANCE = "governance", _("governance: who may bypass it can lift it")
        COMPLIANCE = "compliance", _("compliance: nobody can, whoever he is")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    series = models.UUIDField(
        default=uuid.uuid4, editable=False, help_text=_("Shared by all its versions")
    )
    version = models.PositiveIntegerField(_("version"), default=0)
    edition = models.PositiveIntegerField(
        default=0, help_text=_("Grows with each version of any policy; a draft: 0")
    )
    code = models.CharField(
        _("code"), max_length=40, blank=True, help_text=_("Of a preset; else empty")
    )
    name = models.CharField(_("name"), max_length=120)
    item_kind = models.CharField(_("kind"), max_length=32, default="recording")
    team = models.ForeignKey(
        Team,
        verbose_name=_("team"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        help_text=_("Empty: every team"),
    )
    teams = ArrayField(
        models.UUIDField(),
        default=list,
        blank=True,
        help_text=_("Several teams, and then no single one"),
    )
    direction = models.CharField(
        _("direction"), max_length=8, choices=Direction, blank=True
    )
    places = ArrayField(models.CharField(max_length=6), default=list, blank=True)
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose), default=list, blank=True
    )
    label_key = models.CharField(_("label"), max_length=40, blank=True)
    label_value = models.CharField(_("value"), max_length=120, blank=True)
    numbers = ArrayField(
        models.UUIDField(), default=list, blank=True, help_text=_("Of phone numbers")
    )
    number_list = models.ForeignKey(
        NumberList,
        verbose_name=_("list of numbers"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="policies",
        help_text=_("Calls with a number that is on it at present"),
    )
    calls = ArrayField(
        models.UUIDField(), default=list, blank=True, help_text=_("These calls alone")
    )
    kept_until = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("A floor with a day of its own, as an authority asks for it"),
    )
    reference = EncryptedTextField(
        _("reference"), blank=True, help_text=_("Of an authority's request")
    )
    keep_at_least = models.CharField(
        _("keep at least"), max_length=7, blank=True, help_text="P5Y, P18M, P90D"
    )
    delete_after = models.CharField(
        _("delete after"), max_length=7, blank=True, help_text="P5Y, P18M, P90D"
    )
    playable_for = models.CharField(
        _("playable at once for"), max_length=16, blank=True, help_text="P2Y"
    )
    clock = models.CharField(
        _("counted from"),
        max_length=38,
        default=Clock.CALL_END,
        help_text="call_end, calendar_year, fiscal_year, event:contract_ended",
    )
    grace_days = models.PositiveSmallIntegerField(
        _("grace (days)"), default=0, help_text=_("Hidden so long, then destroyed")
    )
    lock_mode = models.CharField(
        _("lock of the store"),
        max_length=10,
        choices=LockMode,
        default=LockMode.GOVERNANCE,
    )
    tiers = ArrayField(
        models.CharField(max_length=16),
        default=list,
        blank=True,
        help_text=_("Moves by age, in days since it was stored: archive-180"),
    )
    citation = models.TextField(_("legal basis"), blank=True)
    note = models.TextField(_("note"), blank=True)
    confidence = models.CharField(
        _("confidence"),
        max_length=1,
        choices=ConsentRule.Confidence,
        default=ConsentRule.Confidence.KNOWN,
    )
    is_ended = models.BooleanField(
        _("ended"), default=False, help_text=_("From this version on it says nothing")
    )
    is_offer = models.BooleanField(
        _("offered"),
        default=False,
        editable=False,
        help_text=_("A newer default beside a version of your own; not in force"),
    )
    author = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    adopted_by = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Who answers for it. Nobody: a default, and it destroys nothing"),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    published_at = models.DateTimeField(
        _("published"), null=True, editable=False, help_text=_("Empty: a draft")
    )

    told_at = models.DateTimeField(
        null=True, editable=False, help_text=_("When others were mailed about it")
    )

    DRAFT = 0
    """The number of what has none yet."""
    EVENT = "event:"
    """What the clock begins with that an event starts; the code of it follows."""

    class Meta:
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")
        ordering = ["name", "series", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["series", "version"], name="retention_policy_version_is_unique"
            ),
            models.CheckConstraint(
                name="retention_policy_says_something",
                condition=~Q(keep_at_least="")
                | ~Q(delete_after="")
                | Q(kept_until__isnull=False),
            ),
            models.CheckConstraint(
                name="retention_policy_of_one_team_or_several",
                condition=Q(team=None) | Q(teams=[]),
            ),
            models.CheckConstraint(
                name="retention_policy_of_an_authority_only_keeps",
                condition=Q(kept_until=None) | Q(keep_at_least="", delete_after=""),
            ),
            models.CheckConstraint(
                name="retention_policy_periods_are_whole",
                condition=Q(keep_at_least__regex=r"^(P[1-9][0-9]{0,4}[DMY])?$")
                & Q(delete_after__regex=r"^(P[1-9][0-9]{0,4}[DMY])?$")
                & Q(playable_for__regex=r"^(P[1-9][0-9]{0,4}[DMY])?$"),
            ),
            models.CheckConstraint(
                name="retention_policy_clock_is_known",
                condition=Q(
                    clock__regex=rf"^(call_end|calendar_year|fiscal_year|event:{CODE})$"
                ),
            ),
            models.CheckConstraint(
                name="retention_policy_number_is_published",
                condition=Q(version=0, published_at=None, edition=0)
                | Q(version__gt=0, published_at__isnull=False, edition__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} draft" if self.is_draft else f"{self.name} v{self.version}"

    @property
    def is_draft(self) -> bool:
        """True until it is published: no recording is dated by it."""
        return self.published_at is None

    @property
    def is_of_authority(self) -> bool:
        """Whether it keeps what an authority asked for, until a day."""
        return self.kept_until is not None

    @property
    def event(self) -> str:
        """The code of the event that starts its clock; '' where none does."""
        return self.clock.removeprefix(self.EVENT) if self.EVENT in self.clock else ""

    @property
    def is_adopted(self) -> bool:
        """False for a shipped row nobody answers for: 'default, unreviewed'."""
        return self.adopted_by_id is not None
