"""A team: whose calls they are, what they are recorded for, and under which law."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Region
from compliance.models.purpose import Level, Purpose
from compliance.models.recording_duty import RecordingDuty


class OnWithdrawal(models.TextChoices):
    """What happens to the part already recorded when consent is withdrawn."""

    KEEP = "keep", _("keep the earlier part")
    ERASE = "erase", _("erase the earlier part")


class StaffedBy(models.TextChoices):
    """Who talks to the callers; LiveKit tells the two apart in different ways."""

    AGENTS = "agents", _("AI agents")
    PEOPLE = "people", _("people")


class FileFormat(models.TextChoices):
    """What LiveKit's recorder can write; the value is the ending of the file."""

    OGG = "ogg", _("OGG (Opus)")
    MP3 = "mp3", "MP3"
    MP4 = "mp4", _("MP4 (AAC)")


def default_purposes() -> list[str]:
    """What a new team records for until somebody says otherwise."""
    return [Purpose.EVIDENCE.value, Purpose.QUALITY.value]


class Team(models.Model):
    """People who share calls. Every call belongs to exactly one team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="teams")
    seat = models.CharField(
        _("seat"),
        max_length=6,
        blank=True,
        help_text=_("ISO code of the country or state the team works from: DE, US-WA"),
    )
    purposes = ArrayField(
        models.CharField(max_length=20, choices=Purpose),
        verbose_name=_("records for"),
        default=default_purposes,
    )
    fallback_level = models.SmallIntegerField(
        _("level where the place is unknown"), choices=Level, null=True, blank=True
    )
    duty = models.ForeignKey(
        RecordingDuty,
        verbose_name=_("duty to record"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="teams",
        limit_choices_to={"version": 1},
        help_text=_("The law that demands recordings of its calls, if one does"),
    )
    strict = models.BooleanField(_("use the strict level of each rule"), default=False)
    separate_sides = models.BooleanField(
        _("agent and caller on separate channels"), default=True
    )
    staffed_by = models.CharField(
        _("calls are answered by"),
        max_length=6,
        choices=StaffedBy,
        default=StaffedBy.AGENTS,
        help_text=_("People share the caller's channel unless LiveKit routes media"),
    )
    file_format = models.CharField(
        _("recordings are files of"),
        max_length=3,
        choices=FileFormat,
        default=FileFormat.OGG,
        help_text=_(
            "OGG is the smallest and survives a recorder's death. MP3 needs Egress 1.11"
            " or newer. What LiveKit refuses to write is recorded as OGG"
        ),
    )
    ask_reason = models.BooleanField(
        _("ask for a reason on each listen"), default=False
    )
    on_withdrawal = models.CharField(
        _("on withdrawal"),
        max_length=5,
        choices=OnWithdrawal,
        default=OnWithdrawal.KEEP,
    )
    pause_seconds = models.PositiveSmallIntegerField(
        _("longest pause (seconds)"),
        default=300,
        help_text=_("A pause for card data that nobody ends is over after this time"),
    )
    disclose_ai = models.BooleanField(
        _("always tell callers that an AI speaks"),
        default=False,
        help_text=_("Where the law asks for it they are told in any case"),
    )
    leads_name_listeners = models.BooleanField(
        _("team leads see which colleague heard what"),
        default=False,
        help_text=_(
            "Otherwise they see totals. Where there is a works council, ask it"
        ),
    )
    is_unassigned = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = [
            models.UniqueConstraint(
                fields=["is_unassigned"],
                condition=models.Q(is_unassigned=True),
                name="one_team_for_unassigned_calls",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def team_id(self) -> uuid.UUID:
        """So that `access.policy` can be asked about a team like about a call."""
        return self.id

    @classmethod
    def unassigned(cls) -> "Team":
        """The team of calls over trunks nobody owns yet, made when first needed."""
        team, _made = cls.objects.get_or_create(
            is_unassigned=True,
            defaults={
                "name": "Unassigned",
                "region": Region.objects.get_or_create(name="Unassigned")[0],
            },
        )
        return team
