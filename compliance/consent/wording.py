"""Verdicts, reasons and plans in words, for pages and for the API's `why`."""

from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compliance.consent.places import NEEDS_PART, Note, Source, Strength
from compliance.consent.plan import Why
from compliance.consent.reasons import OF_STAFF, SEAT, Basis, Reason
from compliance.consent.standing import NeedKind
from compliance.models import Level

LEVELS: dict[Level, Promise] = {
    Level.ONE_PARTY: gettext_lazy("no announcement"),
    Level.NOTICE: gettext_lazy("an announcement to everybody"),
    Level.EXPLICIT: gettext_lazy("explicit consent of everybody"),
}
"""What a level asks for, to follow 'asks for'."""

SOURCES: dict[Source, Promise] = {
    Source.DECLARED: gettext_lazy("declared place"),
    Source.BILLING: gettext_lazy("billing address"),
    Source.NUMBER_COUNTRY: gettext_lazy("number prefix"),
    Source.NUMBER_AREA: gettext_lazy("area code"),
    Source.SEAT: gettext_lazy("seat of the team"),
}

STRENGTHS: dict[Strength, Promise] = {
    Strength.STRONG: pgettext_lazy("evidence", "strong"),
    Strength.FAIR: pgettext_lazy("evidence", "fair"),
    Strength.WEAK: pgettext_lazy("evidence", "weak"),
}

NOTES: dict[Note, Promise] = {
    Note.AREA_CODE: gettext_lazy("an area code moves with its owner"),
    Note.MOBILE: gettext_lazy("a mobile phone may be abroad"),
    Note.NOMADIC: gettext_lazy("an internet number can be used anywhere"),
    Note.NO_PLACE: gettext_lazy("a number without a place, such as a freephone one"),
    Note.WITHHELD: gettext_lazy("the number is withheld"),
    Note.UNREADABLE: gettext_lazy("the number cannot be read"),
    Note.UNKNOWN_RANGE: gettext_lazy("a range of numbers that is not known to us"),
}

WHY: dict[Why, Promise] = {
    Why.NOT_NEEDED: gettext_lazy("No announcement is asked for."),
    Why.MET: gettext_lazy("What the law asks for has happened."),
    Why.RECORD_THE_WORDS: gettext_lazy(
        "The recorder starts first, so that the announcement is on the recording."
    ),
    Why.ANNOUNCE_FIRST: gettext_lazy("The announcement comes first."),
    Why.ANNOUNCEMENT_OVERDUE: gettext_lazy(
        "The announcement did not come in time; it must come before any recording."
    ),
    Why.CONSENT_FIRST: gettext_lazy("Everybody must agree first."),
    Why.NOBODY_YET: gettext_lazy("There is nobody on the line to be told."),
    Why.NO_PURPOSE: gettext_lazy("There is no purpose to record for."),
    Why.REFUSED: gettext_lazy("Somebody said no."),
    Why.NO_STAFF_NOTICE: gettext_lazy(
        "There is no notice on file for staff on the line, and the team is strict."
    ),
    Why.DO_NOT_RECORD: gettext_lazy(
        "Its number or trunk is on the do-not-record list."
    ),
}

NEEDS: dict[NeedKind, Promise] = {
    NeedKind.ANNOUNCEMENT: gettext_lazy("was not told"),
    NeedKind.CONSENT: gettext_lazy("did not agree"),
    NeedKind.AGREEMENT_AFTER_REFUSAL: gettext_lazy("said no"),
}
"""What is missing, to follow the name of a party."""


def sentence(reason: Reason) -> str:
    """What was asked, and by which rule: 'Germany asks for explicit consent of
    everybody (StGB s. 201).'"""
    if reason.basis in OF_STAFF:
        return _of_staff(reason)
    asked = LEVELS[max(reason.levels.values())]
    if reason.basis is Basis.RULE:
        text = _("%(place)s asks for %(level)s (%(citation)s).")
        return text % {
            "place": reason.place_name or reason.rule_place,
            "level": asked,
            "citation": reason.citation,
        }
    return _fallback_text(reason) % {"place": reason.place, "level": asked}


def evidence(reason: Reason) -> str:
    """What the place rests on: 'area code (weak: an area code moves with its owner)'."""
    if reason.basis in OF_STAFF:
        told = reason.basis is Basis.STANDING_NOTICE
        return _("told before the call") if told else _("nothing on file")
    if reason.source is None:
        return _("nothing is known")
    source = SOURCES[reason.source]
    if reason.party == SEAT:
        return str(source)
    strength = STRENGTHS[reason.strength]
    if not reason.note:
        return f"{source} ({strength})"
    return f"{source} ({strength}: {NOTES[Note(reason.note)]})"


def rule_name(reason: Reason) -> str:
    """'Rule DE v3, default, unreviewed', or '' when the fallback spoke."""
    if reason.basis is not Basis.RULE:
        return ""
    name = _("Rule %(place)s v%(version)s") % {
        "place": reason.rule_place,
        "version": reason.rule_version,
    }
    return name if reason.is_reviewed else f"{name}, {_('default, unreviewed')}"


def _of_staff(reason: Reason) -> str:
    if reason.basis is Basis.STANDING_NOTICE:
        given = date_format(date.fromisoformat(reason.citation), "DATE_FORMAT")
        text = _("Staff were told by the notice of %(day)s (%(version)s).")
        return text % {"day": given, "version": reason.place_name}
    text = _("No notice on file for staff of team %(team)s.")
    if reason.basis is Basis.NO_NOTICE_STRICT:
        text = _(
            "No notice on file for staff of team %(team)s: strict teams wait for it."
        )
    return text % {"team": reason.place_name}


def _fallback_text(reason: Reason) -> str:
    if reason.basis is Basis.NO_PLACE:
        return _("The place is not known: the fallback asks for %(level)s.")
    if reason.basis is Basis.WEAK_PLACE:
        return _("The place is not sure: the fallback asks for %(level)s.")
    if reason.place in NEEDS_PART:
        return _("The state is not known: the fallback asks for %(level)s.")
    return _("There is no rule for %(place)s: the fallback asks for %(level)s.")
