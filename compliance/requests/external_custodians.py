"""Who else holds data of callers, as people of the house put it down.

Nothing here is known by itself: a preset says what such a system is known to hold, and
counts for nothing until somebody has read it and saved it as his own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import ExternalCustodian, Person
from compliance.retention.periods import legal_calendar

Role = ExternalCustodian.Role


@dataclass(frozen=True)
class Preset:
    """What is known of a kind of system before anybody looked at this one."""

    code: str
    name: Promise
    role: Role
    holds: Promise
    ask_how: Promise
    days: int = 0
    """After how many it deletes by itself; 0 where that is not known."""

    def told(self) -> dict[str, str]:
        """What a form begins with."""
        return {
            "name": str(self.name),
            "role": self.role.value,
            "holds": str(self.holds),
            "ask_how": str(self.ask_how),
            "retention": f"P{self.days}D" if self.days else "",
        }


def presets() -> list[Preset]:
    """What can be begun with. Sources: LiveKit's agents and egress, as published; the
    days of the backup store are those that the portal itself counts on."""
    return [
        Preset(
            "observability",
            _("LiveKit Cloud observability"),
            Role.PROCESSOR,
            _(
                "A second copy of the call's sound, its transcript, traces and logs, where an "
                "agent's session records."
            ),
            _(
                "By the ids of rooms and sessions, in LiveKit's dashboard or by its support. An "
                "agent started with record=False makes none."
            ),
        ),
        Preset(
            "egress_backup",
            _("Egress backup store"),
            Role.OURSELVES,
            _("Recordings that the main store did not take, and their manifests."),
            _("The store's own lifecycle deletes them; look that it is switched on."),
            days=settings.BACKUP_DAYS,
        ),
        Preset(
            "database_backups",
            _("Database backups"),
            Role.OURSELVES,
            _(
                "Everything the portal keeps beside the recordings, as it was on each day."
            ),
            _(
                "They are overwritten in their turn. After a restore, replay the journal before "
                "anybody gets in."
            ),
        ),
    ]


def preset(code: str) -> Preset | None:
    """A preset by its code; None for one that is not known."""
    return next((one for one in presets() if one.code == code), None)


def unreviewed() -> list[Preset]:
    """The presets nobody has made his own yet."""
    saved = set(_current().values_list("preset", flat=True))
    return [one for one in presets() if one.code not in saved]


def active(*, now: datetime) -> QuerySet[ExternalCustodian]:
    """Those that hold data on the legal day of that moment, by name."""
    day = legal_calendar().day_of(now)
    return ExternalCustodian.objects.filter(
        Q(until=None) | Q(until__gt=day), since__lte=day
    )


def listed() -> Iterable[ExternalCustodian]:
    """All of them, those that have ended last."""
    rows = ExternalCustodian.objects.all()
    return sorted(rows, key=lambda one: (one.until is not None, one.name.casefold()))


def save(custodian: ExternalCustodian, *, by: Person, now: datetime) -> None:
    """Keep a new one or a changed one; the log has what changed. Raises Refused.

    custodian: with what was said, validated by its form.
    """
    policy.require(by, Verb.HANDLE_REQUEST)
    if custodian._state.adding:
        custodian.made_by, custodian.made_at = by, now
    with transaction.atomic():
        custodian.save()


def end(*, custodian: ExternalCustodian, by: Person, now: datetime) -> None:
    """From today on it holds nothing any more; what it was asked stays. Raises Refused."""
    policy.require(by, Verb.HANDLE_REQUEST)
    if custodian.until is not None:
        return
    custodian.until = legal_calendar().day_of(now)
    with transaction.atomic():
        custodian.save(update_fields=["until"])


def _current() -> QuerySet[ExternalCustodian]:
    return ExternalCustodian.objects.filter(until=None)
