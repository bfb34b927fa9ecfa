"""The timeline of a call in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.models import Purpose, StandingConsent
from compliance.templatetags.earwitness import duration
from recordings import endings
from recordings.coverage import Cause
from recordings.models import Call, ConsentRecord, Party
from recordings.timeline import MS, Kind, Moment
from recordings.web.words import team_name

PLAIN_ENDS = frozenset({"", "complete", "call_ended"})
"""Reasons that say nothing a reader would not expect."""

_MARKS = {
    Kind.JOINED: ("down", ""),
    Kind.LEFT: ("up", "faint"),
    Kind.AI_DISCLOSED: ("spoken", ""),
    Kind.ANNOUNCED: ("spoken", "accent"),
    Kind.GRANTED: ("check", "green"),
    Kind.REFUSED: ("refused", "amber"),
    Kind.WITHDRAWN: ("refused", "amber"),
    Kind.PART_STARTED: ("recorded", ""),
    Kind.PART_ENDED: ("none", ""),
    Kind.GAP: ("parts", "amber"),
    Kind.NOT_RECORDED: ("cross", "red"),
    Kind.ENDED: ("up", "faint"),
}

CAUSES = {
    Cause.LEAD_IN: gettext_lazy("before the recorder began"),
    Cause.PAUSED: gettext_lazy("paused on request"),
    Cause.NOT_ALLOWED: gettext_lazy("not to be recorded"),
    Cause.LOST: gettext_lazy("this ought to have been recorded"),
    Cause.TAIL: gettext_lazy("after the recorder ended"),
}
"""Why a stretch is on no recording."""


@dataclass(frozen=True)
class Line:
    """One moment as the page shows it."""

    moment: Moment
    words: str
    detail: str
    mark: str
    tone: str


def told(moments: Iterable[Moment], call: Call) -> list[Line]:
    """The moments with their words, in the same order."""
    return [
        Line(
            moment,
            _words(moment),
            _detail(moment, call),
            *_MARKS[moment.kind],
        )
        for moment in moments
    ]


def person(party: Party | None) -> str:
    """A party as pages name it. A caller has no name here: that is a verb of its own."""
    if party is None:
        return _("everybody")
    if party.role == Party.Role.AGENT:
        return _("%(name)s (AI)") % {"name": team_name(party) or _("agent")}
    if party.role == Party.Role.STAFF:
        return team_name(party) or _("staff")
    if party.role == Party.Role.CALLER:
        return _("caller")
    return _("other party")


def _words(moment: Moment) -> str:
    who = person(moment.party)
    standing = moment.record.standing if moment.record else None
    if standing is not None and moment.kind is Kind.GRANTED:
        return _("a standing consent of %(who)s holds") % {"who": who}
    part = moment.part.part if moment.part else 0
    length = duration(moment.length // MS) if moment.length else ""
    texts = {
        Kind.JOINED: _("%(who)s joined"),
        Kind.LEFT: _("%(who)s left"),
        Kind.AI_DISCLOSED: _("%(who)s heard that an AI speaks"),
        Kind.ANNOUNCED: _("recording announced to %(who)s"),
        Kind.GRANTED: _("%(who)s gave consent"),
        Kind.REFUSED: _("%(who)s refused to be recorded"),
        Kind.WITHDRAWN: _("%(who)s withdrew consent"),
        Kind.PART_STARTED: _("recording started (part %(part)s)"),
        Kind.PART_ENDED: _("recording ended (part %(part)s)"),
        Kind.GAP: _("%(length)s not recorded"),
        Kind.NOT_RECORDED: _("part %(part)s was not recorded"),
        Kind.ENDED: _("call ended"),
    }
    return texts[moment.kind] % {"who": who, "part": part, "length": length}


def _detail(moment: Moment, call: Call) -> str:
    if moment.record is not None:
        return _of_record(moment)
    if moment.cause is not None:
        return str(CAUSES[moment.cause])
    if moment.kind is Kind.JOINED and moment.party and call.trunk:
        is_caller = moment.party.role == Party.Role.CALLER
        return _("trunk %(name)s") % {"name": call.trunk.name} if is_caller else ""
    if moment.kind is Kind.LEFT and moment.party and not moment.party.left_at:
        return _("worked out")
    if moment.kind is Kind.ENDED and call.ended_by == Call.EndedBy.FOUND:
        return _("worked out: LiveKit did not tell it, and had nobody when asked")
    if moment.part is not None and moment.kind is not Kind.PART_STARTED:
        code = moment.part.reason or moment.part.stop_wanted
        return "" if code in PLAIN_ENDS else endings.reason(code)
    return ""


def _of_record(moment: Moment) -> str:
    """By which means, in which words: 'by voice · script v4, de'."""
    record = moment.record
    assert record is not None  # noqa: S101 - for the type checker
    if record.standing is not None:
        return _of_standing(record, record.standing)
    told = [_("by %(means)s") % {"means": record.get_by_display()}]
    if record.script:
        told.append(
            _("script %(name)s %(version)s")
            % {"name": record.script, "version": record.script_version}
        )
    if record.language:
        told.append(record.language)
    if record.purposes:
        told.append(_("only for: %(purposes)s") % {"purposes": _purposes(record)})
    return " · ".join(part.strip() for part in told)


def _of_standing(record: ConsentRecord, given: StandingConsent) -> str:
    """'standing consent of 3 May 2026 until 3 May 2027 · only for: evidence'."""
    days = {
        "given": date_format(localtime(given.granted_at), "DATE_FORMAT"),
        "until": date_format(localtime(given.expires_at), "DATE_FORMAT"),
    }
    told = [_("standing consent of %(given)s until %(until)s") % days]
    if given.script:
        told.append(given.script)
    told.append(_("only for: %(purposes)s") % {"purposes": _purposes(record)})
    return " · ".join(told)


def _purposes(record: ConsentRecord) -> str:
    return ", ".join(str(Purpose(name).label) for name in record.purposes)
