"""An alert in words: what happened, what to do next, and who sees to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit.findings import Kind as Finding
from compliance.models import Person
from compliance.templatetags.earwitness import duration
from compliance.web import siem_words
from recordings import alerts, endings
from recordings.models import Alert

Kind = Alert.Kind
Severity = Alert.Severity

TONES = {Severity.CRITICAL: "red", Severity.URGENT: "red", Severity.NORMAL: "amber"}
NEXT = {
    Kind.UNKNOWN_TRUNK: gettext_lazy(
        "Give the trunk a team in Settings: its calls go there, and this closes."
    ),
    Kind.NOT_RECORDED: gettext_lazy(
        "Where several calls fail alike, look at LiveKit and its Egress first."
    ),
    Kind.RECORDING_LOST: gettext_lazy(
        "Look for the file in the store, and in LiveKit's backup store."
    ),
    Kind.OBJECT_LOST: gettext_lazy(
        "Open the inventory: bring the file back from a copy, or accept the loss there."
    ),
    Kind.OBJECT_ALTERED: gettext_lazy(
        "Open the inventory and shut the recording; then find out who wrote to the store."
    ),
    Kind.IN_BACKUP: gettext_lazy(
        "Copy the object from LiveKit's backup store to its key before it is gone."
    ),
    Kind.FILE_MISMATCH: gettext_lazy(
        "Compare the file with its facts on the call. Leave the object as it lies."
    ),
    Kind.SILENT_SIDE: gettext_lazy(
        "Hear a minute of it, then look at that side's microphone."
    ),
    Kind.UNLAWFUL_PART: gettext_lazy(
        "A compliance officer decides what becomes of it."
    ),
    Kind.FOREIGN_RECORDER: gettext_lazy(
        "Find out who holds LiveKit's key and began it: what it writes is under no "
        "consent, no deletion date and no log of this portal."
    ),
    Kind.OUT_OF_PLACE: gettext_lazy(
        "Hear it, then decide: delete it for ever, or let it be heard again."
    ),
    Kind.CONTROL_DUE: gettext_lazy(
        "Open it under Spills, and say whether what is done instead is still enough."
    ),
    Kind.UNRECORDED_DUTY: gettext_lazy(
        "Find out what was said and keep a note of it; an officer settles this."
    ),
    Kind.NO_POLICY: gettext_lazy(
        "Write or adopt a retention policy for the team: it reaches what is kept already."
    ),
    Kind.UNDISCLOSED_AI: gettext_lazy(
        "Hear how the call begins; then see to it that the agent says so, and reports it."
    ),
    Kind.SWEEP_PAUSED: gettext_lazy(
        "Read under Deletions who paused the sweep and why, and let it go on."
    ),
    Kind.POLICY_CONFLICT: gettext_lazy(
        "See the conflicts under Retention: which two, and what is heard for what; this "
        "closes when they agree."
    ),
    Kind.PAUSE_LATE: gettext_lazy(
        "Hear the seconds after the pause was asked for: card data may be on them."
    ),
    Kind.PAUSE_LEFT_OPEN: gettext_lazy(
        "Ask whoever paused why the call was not resumed."
    ),
    Kind.EVENT_STUCK: gettext_lazy(
        "What it told may be missing from a call. Once the cause is mended, apply it "
        "again in Settings."
    ),
    Kind.NO_CAPACITY: gettext_lazy(
        "Add an Egress, or let fewer calls be recorded at once."
    ),
    Kind.REFUSED_EVENTS: gettext_lazy(
        "Compare LiveKit's webhook key with LIVEKIT_API_KEYS: calls may go unnoticed."
    ),
    Kind.CLOCK_SKEW: gettext_lazy(
        "Set both clocks by NTP: consent and recording are compared."
    ),
    Kind.BREAK_GLASS: gettext_lazy(
        "Ask its holder what for; if nobody can say, shut the account out at once."
    ),
    Kind.EMERGENCY: gettext_lazy(
        "Read the reason under Emergencies and judge it within a day: this closes then."
    ),
    Kind.REQUEST_OVERDUE: gettext_lazy(
        "Open the request and answer it today, or send the letter that says it takes "
        "longer; where its law allows, extend the next in time. This closes when it is "
        "answered, or the letter has left."
    ),
    Kind.EXTERNAL_OVERDUE: gettext_lazy(
        "Open the request, remind whoever has not confirmed, and put down what they say. "
        "This closes when every one of them has."
    ),
    Kind.PRODUCTION_OVERDUE: gettext_lazy(
        "Open it under Productions: what it waits for stands there. Tell the recipient, "
        "and by when it comes."
    ),
    Kind.EMERGENCY_OVERDUE: gettext_lazy(
        "Judge it under Emergencies now, and find out why nobody did."
    ),
    Kind.AUDIT_UNSEALED: gettext_lazy(
        "Look whether beat and workers run, then at the worker's log."
    ),
    Kind.AUDIT_HELD_UP: gettext_lazy(
        "Find the open transaction in pg_stat_activity, and end it if nobody needs it."
    ),
    Kind.AUDIT_EPOCH: gettext_lazy(
        "Find out who moved or restored the database; two people acknowledge it."
    ),
    Kind.AUDIT_CHANGED: gettext_lazy(
        "Leave everything as it lies. Read the check under Audit, and compare with the "
        "seals that are held outside."
    ),
    Kind.AUDIT_UNCHECKED: gettext_lazy(
        "Look at the worker and the beat, then run manage.py verify_audit."
    ),
    Kind.AUDIT_ANCHOR: gettext_lazy(
        "Change nothing, take a copy of the database, and let somebody from outside look."
    ),
    Kind.STORE_RULES: gettext_lazy(
        "Look under Retention > Stores what was changed, and find out who did it."
    ),
    Kind.SWEEP_STOPPED: gettext_lazy(
        "Run manage.py replay_journal: nothing is destroyed until it has brought back "
        "what the backup did not know."
    ),
    Kind.JOURNAL_OWED: gettext_lazy(
        "Look whether the worker may write the vault; nothing is destroyed meanwhile."
    ),
    Kind.UNENCRYPTED: gettext_lazy("Switch on the bucket's default encryption."),
    Kind.UNDELIVERED: gettext_lazy(
        "Look at the last answer in Settings, and at the receiver."
    ),
    Kind.UNFORWARDED: gettext_lazy(
        "Look under SIEM what keeps it; nothing is lost, what waits follows by itself."
    ),
    Kind.UNGUARDED: gettext_lazy(
        "Find out who switched the guards off, have them stand again, verify the log."
    ),
    Kind.OWN_CLOCKS: gettext_lazy("Keep all machines in step by NTP (chrony)."),
}
"""What to do about each kind; docs/runbook.md says more."""
_CLOCK_KINDS = frozenset({Kind.CLOCK_SKEW, Kind.OWN_CLOCKS})
_BY_FINDING = frozenset({Kind.FILE_MISMATCH, Kind.SILENT_SIDE, Kind.UNENCRYPTED})
_BY_SUBJECT = frozenset({Kind.UNKNOWN_TRUNK, Kind.EVENT_STUCK, Kind.FOREIGN_RECORDER})
"""Kinds whose subject is a name that operators look for."""
_SKEWS = {
    "behind": gettext_lazy("LiveKit's events are dated %(seconds)s seconds too early."),
    "ahead": gettext_lazy("LiveKit's events are dated %(seconds)s seconds too late."),
}
_CLOCKS = {
    "behind": gettext_lazy("The clock of %(name)s is %(seconds)s seconds behind ours."),
    "ahead": gettext_lazy(
        "The clock of %(name)s is %(seconds)s seconds ahead of ours."
    ),
}
_NAMES = {
    "database": gettext_lazy("the database"),
    "redis": gettext_lazy("Redis"),
    "store": gettext_lazy("the store"),
}


@dataclass(frozen=True)
class Matter:
    """An alert as a page shows it."""

    alert: Alert
    what: str
    why: str
    next: str | Promise
    subject: str
    may_open: bool
    may_close: bool

    @property
    def lasted(self) -> str:
        """How long control did not work, in words."""
        length = self.alert.lasted
        return duration(int(length.total_seconds() * 1000)) if length else ""

    @property
    def is_new(self) -> bool:
        """Whether nobody has said yet that he saw it."""
        return self.alert.acknowledged_at is None

    @property
    def anchor(self) -> str:
        """Its heading in the runbook."""
        return anchor(Kind(self.alert.kind))

    @property
    def tone(self) -> str:
        """The colour that repeats its grade."""
        return TONES[self.alert.severity]


def anchor(kind: Alert.Kind) -> str:
    """The id of a kind's heading in docs/runbook.md, which is in English."""
    with override("en"):
        return str(slugify(str(kind.label)))


def told(shown: Iterable[Alert], person: Person) -> list[Matter]:
    """The alerts in words, in the same order, with what this person may do about them."""
    return [_matter(alert, person) for alert in shown]


def _matter(alert: Alert, person: Person) -> Matter:
    kind = Kind(alert.kind)
    return Matter(
        alert=alert,
        what=str(capfirst(kind.label)),
        why=_why(alert, kind),
        next=NEXT[kind],
        subject=alert.subject if kind in _BY_SUBJECT else "",
        may_open=bool(alert.call) and _may_open(alert, person),
        may_close=alerts.may_close(alert, by=person),
    )


def _may_open(alert: Alert, person: Person) -> bool:
    """Whether he sees its call. is_restricted: as `queries.alerts` tells it."""
    if getattr(alert, "is_restricted", False):
        return policy.allows(person, Verb.RESTRICT, alert)
    return policy.allows(person, Verb.VIEW, alert)


def _why(alert: Alert, kind: Kind) -> str:
    if not alert.detail:
        return ""
    if kind in _CLOCK_KINDS:
        way, _colon, seconds = alert.detail.partition(":")
        ways = _SKEWS if kind == Kind.CLOCK_SKEW else _CLOCKS
        name = str(_NAMES.get(alert.subject, alert.subject))
        said = str(ways.get(way, _("It is off.")))
        return said % {"seconds": seconds, "name": name}
    if kind == Kind.UNFORWARDED:
        return str(capfirst(siem_words.told(alert.detail))) + "."
    if kind == Kind.UNGUARDED:
        return _("%(what)s does not stand.") % {"what": alert.detail}
    if kind == Kind.AUDIT_CHANGED and alert.detail in Finding:
        return str(Finding(alert.detail).label)
    put = endings.finding if kind in _BY_FINDING else endings.reason
    return put(alert.detail)
