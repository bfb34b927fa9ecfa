"""The one vocabulary of purposes, and the levels of consent that law asks for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """Why a call may be recorded, kept or heard."""

    LEGAL_DUTY = "legal_duty", _("legal duty")
    EVIDENCE = "evidence", _("evidence")
    QUALITY = "quality", _("quality")
    STAFF_TRAINING = "staff_training", _("staff training")
    ANALYTICS = "analytics", _("analytics")
    AI_TRAINING = "ai_training", _("AI training")
    SECURITY = "security", _("security")


class Level(models.IntegerChoices):
    """What must have happened before a purpose is open; higher is stricter."""

    ONE_PARTY = 0, _("one party's knowledge")
    NOTICE = 1, _("announcement")
    EXPLICIT = 2, _("explicit consent")

    @property
    def code(self) -> str:
        """The name used in the API and in stored facts: one_party, notice, explicit."""
        return self.name.lower()

    @classmethod
    def from_code(cls, code: str) -> "Level":
        """The level of that code; raises KeyError for an unknown one."""
        return cls[code.upper()]


class Announce(models.TextChoices):
    """When the announcement is spoken in relation to the recorder."""

    BEFORE = "before", _("announce, then record")
    ON_RECORDING = "on_recording", _("record, so that the words are on it")
    BOTH = "both", _("announce, record, repeat one sentence")
