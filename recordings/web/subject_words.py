"""Who listened to a person, in words: lines of the page, and the printed report."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from compliance.models import Purpose
from compliance.paper.sheet import Sheet
from compliance.templatetags.earwitness import DASH
from recordings.consultations import Report, Sureness
from recordings.consulted import Consultation, Kind

_DONE = {
    Kind.HEARD: gettext_lazy("was served a recording to hear"),
    Kind.COPIED: gettext_lazy("took a copy of a recording"),
    Kind.LISTED: gettext_lazy("made a list of calls as a file"),
    Kind.PRODUCED: gettext_lazy("produced a recording"),
    Kind.REVEALED: gettext_lazy("saw a whole number"),
}
_CAUTIONS = {
    Sureness.NUMBER: "",
    Sureness.NAME: gettext_lazy(
        "Several people may bear this name. Make sure that every call is this person's."
    ),
    Sureness.ENDING: gettext_lazy(
        "Four digits may end the numbers of several people: search by the whole number "
        "before you answer anybody. This cannot be printed."
    ),
}


@dataclass(frozen=True)
class Line:
    """One consultation as it is told."""

    told: Consultation
    what: str
    purpose: str
    who: str


def line(one: Consultation, report: Report) -> Line:
    """One consultation in words."""
    return Line(one, _what(one), _purpose(one), _who(one, report))


def caution(report: Report) -> str:
    """What to mind before anybody is answered, '' for nothing."""
    return str(_CAUTIONS[report.sureness])


def printed(report: Report, *, now: datetime) -> Sheet:
    """The report for the person it is about."""
    lines = [line(one, report) for one in report.consultations]
    return Sheet(
        title=_("Who consulted the recordings of your calls"),
        language=get_language() or "en",
        foot=_("Earwitness · made %(at)s") % {"at": _stamp(now)},
        sentences=_sentences(report),
        facts=[
            (_("About"), report.about),
            (_("Calls considered"), str(report.calls)),
            (_("Consultations"), str(len(lines))),
            (_("As of"), _stamp(now)),
        ],
        header=[_("When (UTC)"), _("What was done"), _("For"), _("By"), _("Call of")],
        widths=[0.17, 0.36, 0.15, 0.16, 0.16],
        rows=[
            [_short(one.told.at), one.what, one.purpose, one.who, _call(one.told)]
            for one in lines
        ],
        notes=_notes(report),
    )


def _sentences(report: Report) -> list[str]:
    first = _(
        "This report lists every time somebody was served one of these recordings to "
        "hear, took a copy, put a call into a list that was taken as a file, or saw "
        "the whole number, as the records of the portal have it (Article 15 GDPR)."
    )
    told = [first]
    if not report.consultations:
        told.append(_("Nobody did."))
    if caution(report):
        told.append(caution(report))
    return told


def _notes(report: Report) -> list[str]:
    served = _(
        "Served means that the recording was delivered; how much of it was listened "
        "to, the portal knows only from the listener's own player."
    )
    masked = _(
        "People who work for the controller under its authority are told apart by a "
        "number and are not named: Court of Justice of the EU, C-579/21. Recipients "
        "outside are named: C-154/21."
    )
    named = _("Names are given on a ground that was put down in writing.")
    scope = _("Calls of some teams were out of reach of whoever made this report.")
    told = [served, named if report.names is not None else masked]
    return told if report.is_whole else [*told, scope]


def _what(one: Consultation) -> str:
    what = str(_DONE[one.kind])
    if one.kind is Kind.LISTED:
        calls = ngettext("%(n)s call", "%(n)s calls", one.calls) % {"n": one.calls}
        return f"{what}: {calls}"
    if one.recipient:
        return _("%(what)s, for %(recipient)s") % {
            "what": what,
            "recipient": one.recipient,
        }
    if one.in_emergency:
        return _("%(what)s, in an emergency") % {"what": what}
    return what


def _purpose(one: Consultation) -> str:
    return str(Purpose(one.purpose).label) if one.purpose else DASH


def _who(one: Consultation, report: Report) -> str:
    if one.by is None:
        return DASH
    if report.names is not None and one.by in report.names:
        return report.names[one.by]
    return _("employee %(n)s") % {"n": report.staff[one.by]}


def _call(one: Consultation) -> str:
    return _short(one.call_at) if one.call_at else DASH


def _short(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _stamp(moment: datetime) -> str:
    local = localtime(moment)
    return f"{date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"
