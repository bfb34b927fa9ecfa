"""An alert in words: what happened, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from recordings import alerts, endings
from recordings.models import Alert

Kind = Alert.Kind

_NEXT = {
    Kind.UNKNOWN_TRUNK: _(
        "Give the trunk a team in Settings: its calls go there, and this closes."
    ),
    Kind.NOT_RECORDED: _(
        "Where several calls fail alike, look at LiveKit and its Egress first."
    ),
    Kind.RECORDING_LOST: _(
        "Look for the file in the store, and in LiveKit's backup store."
    ),
    Kind.FILE_MISMATCH: _(
        "Compare the file with its facts on the call. Leave the object as it lies."
    ),
    Kind.SILENT_SIDE: _("Hear a minute of it, then look at that side's microphone."),
    Kind.UNLAWFUL_PART: _("A compliance officer decides what becomes of it."),
    Kind.PAUSE_LATE: _(
        "Hear the seconds after the pause was asked for: card data may be on them."
    ),
    Kind.PAUSE_LEFT_OPEN: _("Ask whoever paused why the call was not resumed."),
    Kind.EVENT_STUCK: _(
        "Look the event up in Settings: what it told may be missing from a call."
    ),
    Kind.NO_CAPACITY: _("Add an Egress, or let fewer calls be recorded at once."),
    Kind.REFUSED_EVENTS: _(
        "Compare LiveKit's webhook key with LIVEKIT_API_KEYS: calls may go unnoticed."
    ),
    Kind.CLOCK_SKEW: _("Set both clocks by NTP: consent and recording are compared."),
    Kind.UNENCRYPTED: _("Switch on the bucket's default encryption."),
    Kind.UNDELIVERED: _("Look at the last answer in Settings, and at the receiver."),
}
_BY_FINDING = frozenset({Kind.FILE_MISMATCH, Kind.SILENT_SIDE})
_BY_SUBJECT = frozenset({Kind.UNKNOWN_TRUNK, Kind.EVENT_STUCK})
"""Kinds whose subject is a name that operators look for."""


@dataclass(frozen=True)
class Matter:
    """An alert as a page shows it."""

    alert: Alert
    what: str
    why: str
    next: str
    subject: str
    may_open: bool
    may_close: bool


def told(shown: Iterable[Alert], person: Person) -> list[Matter]:
    """The alerts in words, in the same order, with what this person may do about them."""
    return [_matter(alert, person) for alert in shown]


def _matter(alert: Alert, person: Person) -> Matter:
    kind = Kind(alert.kind)
    return Matter(
        alert=alert,
        what=str(capfirst(kind.label)),
        why=_why(alert, kind),
        next=str(_NEXT[kind]),
        subject=alert.subject if kind in _BY_SUBJECT else "",
        may_open=bool(alert.call) and policy.allows(person, Verb.VIEW, alert),
        may_close=alerts.may_close(alert, by=person),
    )


def _why(alert: Alert, kind: Kind) -> str:
    if not alert.detail:
        return ""
    put = endings.finding if kind in _BY_FINDING else endings.reason
    return put(alert.detail)
