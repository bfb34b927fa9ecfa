"""The kinds of rows that hang on calls."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.custody import Subject
from compliance.models import Ground, Restriction
from recordings import about
from recordings.models import (
    Alert,
    CallLabel,
    CompensatingControl,
    ConsentRecord,
    Disclosure,
    Discrepancy,
    EmergencyListen,
    Listen,
    Recording,
    ToldEvent,
)
from recordings.traces.of_calls import OfCalls
from recordings.traces.theirs import Rows


def _own_acts(subject: Subject) -> Q:
    """What they did themselves, or what was said to everybody."""
    return Q(party=None) | Q(party__in=about.parties(subject).values("pk"))


def _of_part(calls: Rows) -> Q:
    return Q(recording__call__in=calls)


LABELS = OfCalls(
    kind="labels",
    name=_("Labels and references of calls"),
    model=CallLabel,
    within=lambda calls: Q(call__in=calls),
    dated="call__started_at",
    told={"call": "call_id", "label": "key", "value": "value"},
)
TOLD_EVENTS = OfCalls(
    kind="told_events",
    name=_("Events of the business that were told of calls"),
    model=ToldEvent,
    within=lambda calls: Q(call__in=calls),
    dated="told_at",
    told={
        "call": "call_id",
        "event": "event__code",
        "took_place": "occurred_at",
        "told": "told_at",
    },
)
CONSENTS = OfCalls(
    kind="consents",
    name=_("What was said about being recorded: the evidence in words"),
    model=ConsentRecord,
    within=lambda calls: Q(call__in=calls),
    own=_own_acts,
    dated="occurred_at",
    texts=("evidence",),
    told={
        "call": "call_id",
        "what": "kind",
        "by": "by",
        "purposes": "purposes",
        "when": "occurred_at",
        "script": "script",
        "script_version": "script_version",
        "language": "language",
        "evidence": "evidence",
    },
)
LISTENS = OfCalls(
    kind="listens",
    name=_("Why somebody listened, in words"),
    model=Listen,
    within=_of_part,
    dated="opened_at",
    texts=("reason",),
    told={
        "call": "recording__call_id",
        "when": "opened_at",
        "purpose": "purpose",
        "reported_heard_ms": "heard_ms",
    },
)
EMERGENCIES = OfCalls(
    kind="emergencies",
    name=_("What was said of listening in an emergency"),
    model=EmergencyListen,
    within=lambda calls: Q(listen__recording__call__in=calls),
    dated="opened_at",
    texts=("remark",),
    told={
        "call": "listen__recording__call_id",
        "when": "opened_at",
        "judged": "judgement",
    },
)
COPIES = OfCalls(
    kind="copies",
    name=_("Why a copy was given, in words"),
    model=Disclosure,
    within=_of_part,
    dated="at",
    texts=("reason",),
    told={"call": "recording__call_id", "when": "at", "purpose": "purpose"},
)
ALERTS = OfCalls(
    kind="alerts",
    name=_("What was written about alerts"),
    model=Alert,
    within=lambda calls: Q(call__in=calls) | Q(recording__call__in=calls),
    dated="opened_at",
    texts=("note", "cause", "risk"),
    told={"call": "call_id", "what": "kind", "since": "opened_at"},
)
CONTROLS = OfCalls(
    kind="controls",
    name=_("What was written about what should not be on a recording"),
    model=CompensatingControl,
    within=lambda calls: Q(spill__recording__call__in=calls),
    dated="opened_at",
    texts=("cause", "risk", "done", "closing"),
    told={
        "call": "spill__recording__call_id",
        "what": "spill__what",
        "since": "opened_at",
    },
)
DISCREPANCIES = OfCalls(
    kind="discrepancies",
    name=_("What was written about files that did not fit"),
    model=Discrepancy,
    within=_of_part,
    dated="found_at",
    texts=("note",),
    told={"call": "recording__call_id", "what": "kind", "found": "found_at"},
)
GROUNDS = OfCalls(
    kind="grounds",
    name=_("Why somebody looked who had listened, in words"),
    model=Ground,
    within=lambda calls: Q(
        about__in=Recording.objects.filter(call__in=calls).values("pk")
    ),
    dated="at",
    texts=("text",),
    told={"recording": "about", "when": "at"},
)
RESTRICTIONS = OfCalls(
    kind="restrictions",
    name=_("Why their processing was restricted, in words"),
    model=Restriction,
    within=lambda calls: Q(
        kind=Recording.ITEM,
        item_id__in=Recording.objects.filter(call__in=calls).values("pk"),
    ),
    dated="placed_at",
    texts=("why", "lift_why"),
    told={"recording": "item_id", "since": "placed_at", "until": "lifted_at"},
)
ALL = (
    LABELS,
    TOLD_EVENTS,
    CONSENTS,
    LISTENS,
    EMERGENCIES,
    COPIES,
    ALERTS,
    CONTROLS,
    DISCREPANCIES,
    GROUNDS,
    RESTRICTIONS,
)
